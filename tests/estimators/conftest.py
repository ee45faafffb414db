"""Data sets and settings of the estimators' tests."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_multilabel_classification, make_regression


@pytest.fixture(scope="session")
def digits():
    """150 images of three digits, scaled to [0, 1]."""
    X, y = load_digits(n_class=3, return_X_y=True)
    return X[:150] / 16, y[:150]


@pytest.fixture(scope="session")
def problems(digits):
    """Name -> (X, y): one problem of every kind of target."""
    X, y = digits
    X_multilabel, y_multilabel = make_multilabel_classification(130, 12, n_classes=4, random_state=0)
    X_reg, y_reg = make_regression(140, 8, noise=5.0, random_state=1)
    _, y_multi = make_regression(140, 8, n_targets=3, noise=5.0, random_state=1)
    return {
        "binary": (X, np.where(y == 2, "two", "other")),
        "multiclass": (X, y),
        "multilabel": (X_multilabel / 20, y_multilabel),
        "regression": (X_reg, y_reg / 100),
        "multi-output": (X_reg, y_multi / 100),
        "counts": (X_reg, np.random.RandomState(0).poisson(2.0, 140)),
    }
