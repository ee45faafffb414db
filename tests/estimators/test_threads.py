"""Threads within a fit, and fits within threads."""

import numpy as np
import pytest

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"solver": "lbfgs", "max_iter": 3}])
def test_threads_give_the_same_bits(digits, params):
    X, y = digits
    a = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=1, **params)
    b = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=2, **params)
    for first, second in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(first, second)
    assert a.loss_curve_ == b.loss_curve_
