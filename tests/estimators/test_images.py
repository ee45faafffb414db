"""Estimators for images: rows and arrays of images, pipelines, and what does not fit."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from fastmlp import MLPClassifier, MLPRegressor
from fastmlp.layers import Conv2D, Dropout, MaxPool2D

HIDDEN = (Conv2D(8, 3), MaxPool2D(2), 16)
QUICK = {"hidden_layer_sizes": HIDDEN, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.01}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:400] / 16, y[:400]


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_images_and_rows_are_the_same(Estimator, digits):
    X, y = digits
    images = X.reshape(-1, 8, 8, 1)
    one = Estimator(**QUICK).fit(images, y, X_val=images[:50], y_val=y[:50])
    two = Estimator(input_shape=(8, 8, 1), **QUICK).fit(X, y, X_val=X[:50], y_val=y[:50])
    assert one.n_features_in_ == two.n_features_in_ == 64
    assert one.validation_scores_ == two.validation_scores_
    for a, b in zip(one.coefs_ + one.intercepts_, two.coefs_ + two.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one.predict(images), two.predict(X))
    np.testing.assert_array_equal(one.predict(X), two.predict(images))
    assert one.coefs_[0].shape == (3, 3, 1, 8)


def test_it_learns(digits):
    X, y = digits
    clf = MLPClassifier(**(QUICK | {"input_shape": (8, 8, 1), "max_iter": 40, "batch_size": 20}))
    clf.fit(X[:300], y[:300])
    assert clf.score(X[300:], y[300:]) > 0.9
    assert clf.partial_fit(X, y).score(X, y) > 0.9
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    np.testing.assert_array_equal(clf.predictor()(X), clf.predict_proba(X))


def test_pipelines_and_searches(digits):
    X, y = digits
    clf = MLPClassifier(input_shape=(8, 8, 1), batch_size=20, **QUICK)
    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), clone(clf)),
        {"mlpclassifier__hidden_layer_sizes": [HIDDEN, (Conv2D(4, 2), Dropout(0.2), 10)]},
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert search.best_score_ > 0.5


def test_lbfgs(digits):
    X, y = digits
    clf = MLPClassifier(
        (Conv2D(4, 3), 10), input_shape=(8, 8, 1), solver="lbfgs", max_iter=40, random_state=0
    )
    assert clf.fit(X.astype("float32"), y).score(X, y) > 0.95


def test_summary_of_a_convolutional_network(capsys, digits):
    X, y = np.zeros((20, 28, 28, 1), np.float32), np.arange(20) % 10
    MLPClassifier((Conv2D(32, 3), MaxPool2D(2), 25), dropout=0.5, max_iter=1).fit(X, y).summary()
    text = capsys.readouterr().out
    for line in (
        "28 x 28 x 1",
        "Conv2D (3 x 3, relu)",
        "26 x 26 x 32",
        "320",
        "MaxPool2D (2 x 2)",
        "13 x 13 x 32",
        "135,225",
    ):
        assert line in text
    assert "total: 135,805 parameters" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"Conv2D: its input has shape \(64,\), but must be an image"),
        ({"input_shape": (7, 8, 1)}, r"input_shape=\(7, 8, 1\) has 56 elements, but X has 64 features"),
        ({"input_shape": (8, 8.0, 1)}, "must be integers above zero"),
        ({"hidden_layer_sizes": (Conv2D(8, 9),), "input_shape": (8, 8, 1)}, "height of 8 pixels"),
        ({"hidden_layer_sizes": (8, Conv2D(8, 3)), "input_shape": (8, 8, 1)}, r"its input has shape \(8,\)"),
        ({"hidden_layer_sizes": ("conv",)}, "or layers of fastmlp.layers"),
    ],
)
def test_what_does_not_fit(options, message, digits):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**(QUICK | options)).fit(*digits)


def test_images_of_another_shape(digits):
    X, y = digits
    clf = MLPClassifier(**QUICK).fit(X.reshape(-1, 8, 8, 1), y)
    with pytest.raises(
        ValueError, match=r"X holds images of shape \(4, 16, 1\), but input_shape is \(8, 8, 1\)"
    ):
        clf.predict(X.reshape(-1, 4, 16, 1))
    with pytest.raises(ValueError, match=r"X_val holds images of shape \(4, 16, 1\)"):
        clf.fit(X.reshape(-1, 8, 8, 1), y, X_val=X.reshape(-1, 4, 16, 1), y_val=y)
    with pytest.raises(ValueError, match="partial_fit goes on with the fitted network, whose input_shape is"):
        clf.set_params(input_shape=(4, 16, 1)).partial_fit(X, y)
