"""Penalties, class weights and losses, each against a plain restatement of what it means."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.datasets import make_regression
from sklearn.utils.class_weight import compute_sample_weight

from fastmlp import MLPClassifier, MLPRegressor

from .fitting import ONE_STEP, fit, initial_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_l1(digits):
    """One step of gradient descent: the penalty adds rate * l1 * sign(w) / n, and nothing to the biases."""
    X, y = digits
    start = initial_weights(X, y)
    plain, penalized = fit(X, y, **ONE_STEP), fit(X, y, l1=2.0, **ONE_STEP)
    for w, a, b in zip(start, plain.coefs_, penalized.coefs_, strict=True):
        np.testing.assert_allclose(a - b, 0.1 * 2.0 * np.sign(w) / 150, atol=1e-12)
    np.testing.assert_array_equal(plain.intercepts_[0], penalized.intercepts_[0])
    assert penalized.loss_ - plain.loss_ == pytest.approx(2.0 * sum(abs(w).sum() for w in start) / 150)


def test_class_weight_is_a_sample_weight(digits):
    X, y = digits
    for class_weight in ({0: 3.0, 2: 0.5}, "balanced"):
        weights = np.random.RandomState(1).uniform(0.5, 2.0, 150)
        a = MLPClassifier((5,), class_weight=class_weight, max_iter=4, random_state=0)
        b = MLPClassifier((5,), max_iter=4, random_state=0)
        a.fit(X, y, sample_weight=weights)
        b.fit(X, y, sample_weight=weights * compute_sample_weight(class_weight, y))
        np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
        a.fit(X, y)
        b.fit(X, y, sample_weight=compute_sample_weight(class_weight, y))
        np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])


def test_class_weight_in_partial_fit(digits):
    X, y = digits
    a = MLPClassifier((5,), class_weight={0: 3.0}, random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    b = MLPClassifier((5,), random_state=0)
    b.partial_fit(X, y, sample_weight=np.where(y == 0, 3.0, 1.0), classes=[0, 1, 2])
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_robust_losses_forget_outliers(loss):
    X, y = make_regression(100, 2, random_state=0)
    y = y / 50
    spoiled = y.copy()
    spoiled[::10] += 100.0
    params = {"hidden_layer_sizes": (), "alpha": 0.0, "learning_rate_init": 0.03, "max_iter": 400, "tol": 0.0}
    robust = MLPRegressor(loss=loss, huber_delta=0.1, n_iter_no_change=400, random_state=0, **params)
    square = MLPRegressor(n_iter_no_change=400, random_state=0, **params)
    assert robust.fit(X, spoiled).score(X, y) > 0.97 > 0.5 > square.fit(X, spoiled).score(X, y)


def test_values_of_the_losses():
    X, y = make_regression(80, 3, random_state=0)
    y = y / 50
    common = {"hidden_layer_sizes": (3,), "alpha": 0.0, "solver": "lbfgs", "max_iter": 3, "random_state": 0}
    for loss, value in [
        ("absolute_error", lambda e: abs(e)),
        ("huber", lambda e: np.where(abs(e) <= 0.7, e * e / 2, 0.7 * (abs(e) - 0.35))),
        ("squared_error", lambda e: e * e / 2),
    ]:
        reg = MLPRegressor(loss=loss, huber_delta=0.7, **common).fit(X, y)
        assert reg.loss_ == pytest.approx(value(reg.predict(X) - y).mean()), loss


@pytest.mark.parametrize("out_activation", ["tanh", "logistic", "softplus"])
def test_output_activations_of_the_regressor(out_activation):
    X, y = make_regression(80, 3, random_state=0)
    y = (y > 0).astype(float)
    common = {"hidden_layer_sizes": (3,), "alpha": 0.0, "solver": "lbfgs", "max_iter": 9, "random_state": 0}
    reg = MLPRegressor(out_activation=out_activation, **common).fit(X, y)
    outputs = reg.hidden_features(X) @ reg.coefs_[1] + reg.intercepts_[1]
    activate = {"tanh": np.tanh, "logistic": expit, "softplus": lambda z: np.logaddexp(0, z)}[out_activation]
    np.testing.assert_allclose(reg.predict(X), activate(outputs).ravel(), rtol=1e-9)
    np.testing.assert_allclose(reg.predictor()(X[0]), reg.predict(X[:1]), rtol=1e-12)
    assert reg.loss_ == pytest.approx(((reg.predict(X) - y) ** 2 / 2).mean())
    assert reg.out_activation_ == out_activation
    assert reg.score(X, y) > 0.3


def test_poisson_has_its_own_output_activation():
    X, y = make_regression(20, 3, random_state=0)
    with pytest.raises(ValueError, match="out_activation='tanh' does not go with loss='poisson'"):
        MLPRegressor(loss="poisson", out_activation="tanh").fit(X, abs(y))
