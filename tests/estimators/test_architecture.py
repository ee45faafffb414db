"""Layers: activations, dropout, initial weights, biases."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from fastmlp import MLPClassifier, initializers

from .fitting import ONE_STEP, fit, initial_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ACTIVATIONS = ["identity", "relu", "tanh", "logistic", "leaky_relu", "elu", "softplus", "gelu", "silu"]


@pytest.mark.parametrize("device", ["ref", "cpu"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns(digits, activation, device):
    X, y = digits
    clf = fit(X, y, activation=activation, device=device, max_iter=60, learning_rate_init=0.02)
    assert clf.score(X, y) > 0.9


def test_activation_per_layer(digits):
    X, y = digits
    a = fit(X, y, activation=["tanh", "tanh"])
    b = fit(X, y, activation="tanh")
    c = fit(X, y, activation=["tanh", "relu"])
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
    assert not np.array_equal(a.coefs_[0], c.coefs_[0])
    assert [layer.activation for layer in c._network.layers] == ["tanh", "relu", "identity"]


def test_changed_activations_are_shown_as_they_were_given(digits):
    X, y = digits
    clf = fit(X, y, activation=["tanh", "relu"], warm_start=True)
    with pytest.raises(ValueError, match=r"activation is \('tanh', 'relu'\), but now it is 'tanh'; restore"):
        clf.set_params(activation="tanh").fit(X, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_hidden_layer_is_softmax_regression(digits, dtype):
    X, y = digits
    ours = MLPClassifier((), solver="lbfgs", alpha=1.0, tol=1e-7, random_state=0).fit(X.astype(dtype), y)
    theirs = LogisticRegression(C=1.0, tol=1e-7).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    assert ours.n_layers_ == 2
    assert ours.coefs_[0].shape == (64, 3)
    assert ours.coefs_[0].dtype == dtype


def test_dropout(digits):
    X, y = digits
    plain, dropped = fit(X, y), fit(X, y, dropout=0.5)
    again, other = fit(X, y, dropout=[0.5, 0.5]), fit(X, y, dropout=[0.5, 0.0])
    assert not np.array_equal(plain.coefs_[0], dropped.coefs_[0])
    np.testing.assert_array_equal(dropped.coefs_[0], again.coefs_[0])
    assert not np.array_equal(other.coefs_[0], dropped.coefs_[0])
    assert len(other._network.layers) == 4
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))  # off
    long = fit(X, y, dropout=0.3, hidden_layer_sizes=(40,), max_iter=60, learning_rate_init=0.01)
    assert long.score(X, y) > 0.95


def test_dropout_draws_nothing_where_it_is_zero(digits):
    X, y = digits
    np.testing.assert_array_equal(fit(X, y).coefs_[0], fit(X, y, dropout=[0.0, 0.0]).coefs_[0])


def test_dropout_masks_follow_the_random_state(digits):
    X, y = digits
    params = {"dropout": 0.5, "weight_init": "zeros", "bias": True, "shuffle": False}
    assert fit(X, y, **params)._optimizer.seed == fit(X, y, **params)._optimizer.seed
    assert fit(X, y, **params)._optimizer.seed != fit(X, y, random_state=1, **params)._optimizer.seed


def test_weight_init(digits):
    X, y = digits
    zeros = initial_weights(X, y, weight_init="zeros")
    assert not any(w.any() for w in zeros)
    normal = initial_weights(X, y, weight_init=initializers.Normal(0.01), hidden_layer_sizes=(50,))
    assert normal[0].std() == pytest.approx(0.01, rel=0.05)
    drawn = np.random.RandomState(0).normal(0.0, 0.01, (64, 50))
    np.testing.assert_array_equal(normal[0], drawn)
    mixed = initial_weights(X, y, weight_init=["he_normal", lambda rs, shape: np.full(shape, 0.25), "zeros"])
    assert mixed[0].std() == pytest.approx(np.sqrt(2 / 64), rel=0.1)
    assert (mixed[1] == 0.25).all()
    assert abs(mixed[2]).max() < 1e-290


def test_biases_start_at_zero_unless_drawn_as_scikit_learn_does(digits):
    X, y = digits
    clf = fit(X, y, weight_init="glorot_uniform", **{**ONE_STEP, "learning_rate_init": 1e-300})
    assert all(abs(b).max() < 1e-100 for b in clf.intercepts_)
    clf = fit(X, y, **{**ONE_STEP, "learning_rate_init": 1e-300})
    assert all(abs(b).max() > 1e-3 for b in clf.intercepts_)


def test_no_bias(digits):
    X, y = digits
    clf = fit(X, y, bias=False)
    assert [b.shape for b in clf.intercepts_] == [(6,), (4,), (3,)]
    assert not any(b.any() for b in clf.intercepts_)
    np.testing.assert_array_equal(clf.predict_proba(np.zeros((1, 64))), np.full((1, 3), 1 / 3))
    with pytest.raises(ValueError, match=r"intercepts_\[0\] cannot be set, because bias=False"):
        clf.intercepts_ = [np.ones(6), np.zeros(4), np.zeros(3)]
    clf.intercepts_ = clf.intercepts_  # zeros are fine


def test_changed_dropout_keeps_the_weights(digits):
    X, y = digits
    clf = MLPClassifier((5,), warm_start=True, max_iter=3, random_state=0).fit(X, y)
    before = clf.coefs_[0].copy()
    clf.set_params(dropout=0.5, learning_rate_init=1e-12).fit(X, y)
    np.testing.assert_allclose(clf.coefs_[0], before, atol=1e-9)
    assert len(clf._network.layers) == 3
    assert len(clf.loss_curve_) == 6
