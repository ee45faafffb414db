"""A call that raises leaves the estimator as it was: unfitted, or with the model that it had."""

import copy
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from fastmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(20, 3))
Y = np.arange(20) % 3
BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
QUICK = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0, "device": "ref", "dropout": 0.1}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:The early-stopping split is not stratified"),
]


class OwnError(Exception):
    """Raised by a callback or an initializer."""


def fail(*args):
    raise OwnError


#: What to set, the arguments of `fit`, and the error; in the order in which a fit finds them.
FAILURES = {
    "callbacks": ({"callbacks": ["print"]}, (X, Y), {}, TypeError),
    "X": ({}, (X[:, :2] * np.nan, Y), {}, ValueError),
    "y": ({}, (X[:, :2], np.full(20, "one class")), {}, ValueError),
    "sample_weight": ({}, (X[:, :2], Y % 2, np.zeros(20)), {}, ValueError),
    "width of X_val": ({}, (X[:, :2], Y), {"X_val": X, "y_val": Y}, ValueError),
    "y_val": ({}, (X, Y), {"X_val": X, "y_val": np.column_stack([Y, Y])}, ValueError),
    "sample_weight_val": (
        {},
        (X, Y),
        {"X_val": X, "y_val": Y, "sample_weight_val": np.zeros(20)},
        ValueError,
    ),
    "epsilon": ({"epsilon": 1e-60}, (X.astype(np.float32), Y), {}, ValueError),
    "dropout": ({"dropout": [0.5, 0.5]}, (X, Y), {}, ValueError),
    "weight_init": ({"weight_init": ["zeros", fail]}, (X, Y), {}, OwnError),
    "split": ({"early_stopping": True, "validation_fraction": 0.01}, (X, Y), {}, ValueError),
    "weights of the split": (
        {"early_stopping": True},
        (X, Y, np.arange(20) == 0),
        {},
        ValueError,
    ),
    "first epoch": ({"callbacks": [fail]}, (X[:, :2], Y % 2), {}, OwnError),
    "divergence": (
        {"solver": "sgd", "learning_rate_init": 1e300, "activation": "identity"},
        (X, Y),
        {},
        ValueError,
    ),
    "lbfgs": ({"callbacks": [fail], "solver": "lbfgs", "dropout": 0.0}, (X[:, :2], Y % 2), {}, OwnError),
}
#: Those that a fit finds which goes on with the fitted network, before its first epoch.
OF_WARM_STARTS = ("callbacks", "X", "width of X_val", "y_val", "sample_weight_val", "dropout")


def fail_to_fit(estimator, failure):
    params, args, kwargs, error = FAILURES[failure]
    kept = estimator.get_params()
    with np.errstate(all="ignore"), pytest.raises(error):
        estimator.set_params(**params).fit(*args, **kwargs)
    estimator.set_params(**kept)


def assert_same(estimator, twin):
    """Equal in every attribute, and in what comes of training on."""
    assert set(vars(estimator)) == set(vars(twin))
    for name in ("n_features_in_", "n_iter_", "t_", "loss_", "best_loss_", "loss_curve_", "n_outputs_"):
        assert getattr(estimator, name) == getattr(twin, name), name
    np.testing.assert_array_equal(estimator.predict(X), twin.predict(X))
    for model in (estimator, twin):
        model.partial_fit(X, Y)
    np.testing.assert_array_equal(estimator._network.params, twin._network.params)
    assert estimator.loss_curve_ == twin.loss_curve_


@BOTH
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_first_fit_leaves_an_unfitted_estimator(Estimator, failure):
    estimator = Estimator(**QUICK)
    before = dict(vars(estimator))
    fail_to_fit(estimator, failure)
    assert vars(estimator) == before
    assert not hasattr(estimator, "coefs_")
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    assert len(estimator.fit(X, Y).loss_curve_) == 2


@BOTH
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_refit_keeps_the_model(Estimator, failure):
    estimator = Estimator(**QUICK).fit(X, Y)
    twin = copy.deepcopy(estimator)
    fail_to_fit(estimator, failure)
    assert_same(estimator, twin)


@BOTH
@pytest.mark.parametrize("failure", OF_WARM_STARTS)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_failed_warm_start_keeps_the_model(Estimator, failure, solver):
    estimator = Estimator(warm_start=True, solver=solver, **{**QUICK, "dropout": 0.0}).fit(X, Y)
    twin = copy.deepcopy(estimator)
    fail_to_fit(estimator, failure)
    for model in (estimator, twin):
        model.set_params(solver="adam")
    assert_same(estimator, twin)


@BOTH
def test_a_failed_partial_fit_keeps_the_model(Estimator):
    classes = {"classes": [0, 1, 2]} if Estimator is MLPClassifier else {}
    estimator = Estimator(**QUICK).partial_fit(X, Y, **classes)
    twin = copy.deepcopy(estimator)
    for args in ((X[:, :2], Y), (X, Y, np.zeros(20)), (X, np.column_stack([Y, Y]))):
        with pytest.raises(ValueError, match=r"features|sample_weight|outputs is|Unknown label"):
            estimator.partial_fit(*args)
    estimator.set_params(epsilon=1e-310)
    with pytest.raises(ValueError, match="epsilon"):
        estimator.partial_fit(X, Y)
    estimator.set_params(epsilon=1e-8)
    assert_same(estimator, twin)


def test_a_failed_first_partial_fit_forgets_its_classes():
    clf = MLPClassifier(**QUICK)
    with pytest.raises(ValueError, match=r"`y` has classes not in"):
        clf.partial_fit(X, Y, classes=[0, 1])
    assert not hasattr(clf, "classes_")
    clf.partial_fit(X, Y, classes=[0, 1, 2, 3])
    assert clf.n_outputs_ == 4


@BOTH
def test_a_warning_made_an_error_does_not_take_the_trained_model(Estimator):
    estimator = Estimator(**QUICK)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning, match="Maximum iterations"):
            estimator.fit(X, Y)
    assert estimator.n_iter_ == 2
    assert estimator.predict(X).shape == (20,)


@pytest.mark.parametrize("batch_size", [4, 32])
def test_weights_set_anew_after_a_divergence_train(batch_size):
    rng = np.random.RandomState(0)
    X, y = rng.rand(64, 10).astype(np.float32), rng.randint(0, 3, 64)
    model = MLPClassifier(
        (20, 20), batch_size=batch_size, random_state=0, max_iter=3, warm_start=True, learning_rate_init=0.01
    )
    model.fit(X, y)
    weights, biases = [w.copy() for w in model.coefs_], [b.copy() for b in model.intercepts_]
    with pytest.raises(ValueError, match="finite"):
        model.set_params(learning_rate_init=1e30).fit(X, y)
    model.coefs_, model.intercepts_ = weights, biases
    model.set_params(learning_rate_init=0.01).fit(X, y)
    assert np.isfinite(model.loss_)
