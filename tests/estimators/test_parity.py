"""From the same random_state, the weights of scikit-learn's estimators, up to rounding."""

import warnings
from inspect import signature

import numpy as np
import pytest
from scipy import sparse
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning

from fastmlp import MLPClassifier, MLPRegressor

from ..tolerances import TRAINING

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSIFICATION = ("binary", "multiclass", "multilabel")
REGRESSION = ("regression", "multi-output", "counts")

SOLVERS = {
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "learning_rate_init": 0.05, "nesterovs_momentum": False},
    "plain": {"solver": "sgd", "learning_rate_init": 0.05, "momentum": 0.0},
    "invscaling": {"solver": "sgd", "learning_rate_init": 0.2, "learning_rate": "invscaling", "power_t": 0.3},
}


def fit_pair(ours, theirs, X, y, sample_weight=None):
    """Fit both; scikit-learn's estimators take weights since version 1.7."""
    if sample_weight is None:
        ours.fit(X, y)
        theirs.fit(X, y)
        return
    if "sample_weight" not in signature(theirs.fit).parameters:
        pytest.skip("scikit-learn 1.6 has no sample_weight here")
    ours.fit(X, y, sample_weight=sample_weight)
    theirs.fit(X, y, sample_weight=sample_weight)


def make_pair(name, **params):
    """Our estimator and scikit-learn's for a problem, with the same parameters."""
    params = {"hidden_layer_sizes": (9, 5), "max_iter": 6, "tol": 0.0, "random_state": 7, **params}
    device = params.pop("device", "cpu")
    if name in CLASSIFICATION:
        return MLPClassifier(device=device, **params), neural_network.MLPClassifier(**params)
    if name == "counts":
        if "loss" not in signature(neural_network.MLPRegressor).parameters:
            pytest.skip("scikit-learn 1.6 has no loss='poisson' here")
        params = {"loss": "poisson", **params}
    return MLPRegressor(device=device, **params), neural_network.MLPRegressor(**params)


def assert_same_weights(ours, theirs, dtype=np.float64):
    assert len(ours.coefs_) == len(theirs.coefs_)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        assert a.dtype == b.dtype == dtype
        np.testing.assert_allclose(a, b, **TRAINING[np.dtype(dtype).name])


@pytest.mark.parametrize("device", ["ref", "cpu"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", CLASSIFICATION + REGRESSION)
def test_weights(problems, name, solver, device):
    X, y = problems[name]
    ours, theirs = make_pair(name, device=device, batch_size=37, **SOLVERS[solver])
    fit_pair(ours, theirs, X, y)
    assert_same_weights(ours, theirs)
    for attribute in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    if name != "multi-output":  # scikit-learn's loss is the mean over the outputs there
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
        np.testing.assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-9)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 1, 64, 150])
@pytest.mark.parametrize("weighted", [False, True])
def test_batches_and_sample_weight(problems, batch_size, shuffle, weighted):
    X, y = problems["multiclass"]
    weights = np.random.RandomState(3).uniform(0.1, 3.0, len(y)) if weighted else None
    ours, theirs = make_pair("multiclass", batch_size=batch_size, shuffle=shuffle, max_iter=3)
    fit_pair(ours, theirs, X, y, weights)
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("name", ["binary", "multilabel", "regression", "counts"])
def test_sample_weight(problems, name):
    X, y = problems[name]
    weights = np.random.RandomState(3).uniform(0.1, 3.0, len(y))
    ours, theirs = make_pair(name, batch_size=50)
    fit_pair(ours, theirs, X, y, weights)
    assert_same_weights(ours, theirs)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_activations_and_dtypes(problems, activation, dtype):
    X, y = problems["multiclass"]
    ours, theirs = make_pair("multiclass", activation=activation, alpha=0.1)
    ours.fit(X.astype(dtype), y)
    theirs.fit(X.astype(dtype), y)
    assert_same_weights(ours, theirs, dtype)
    np.testing.assert_allclose(ours.predict_proba(X.astype(dtype)), theirs.predict_proba(X), rtol=1e-2)


@pytest.mark.parametrize("name", REGRESSION)
def test_float32_regression(problems, name):
    X, y = problems[name]
    ours, theirs = make_pair(name)
    ours.fit(X.astype(np.float32), y.astype(np.float32))
    theirs.fit(X.astype(np.float32), y.astype(np.float32))
    assert_same_weights(ours, theirs, np.float32)
    assert ours.predict(X).dtype == np.float32


@pytest.mark.parametrize("name", ["binary", "regression"])
@pytest.mark.parametrize("weighted", [False, True])
def test_early_stopping(problems, name, weighted):
    X, y = problems[name]
    y = (y == "two").astype(int) if name == "binary" else y  # scikit-learn 1.6 fails on strings here
    weights = np.random.RandomState(3).uniform(0.5, 2.0, len(y)) if weighted else None
    ours, theirs = make_pair(name, early_stopping=True, validation_fraction=0.2, max_iter=12, batch_size=20)
    fit_pair(ours, theirs, X, y, weights)
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)
    assert ours.best_validation_score_ == pytest.approx(theirs.best_validation_score_, rel=1e-9)
    assert ours.best_loss_ is theirs.best_loss_ is None


def test_adaptive_learning_rate(problems):
    """The rate falls at the same epochs: scikit-learn's patience lasts one epoch longer than it says."""
    X, y = problems["regression"]
    settings = {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.05,
        "tol": 1e-3,
        "max_iter": 150,
    }
    ours, theirs = make_pair("regression", n_iter_no_change=3, **settings)
    theirs.set_params(n_iter_no_change=2)
    fit_pair(ours, theirs, X, y)
    assert ours._optimizer.learning_rate == pytest.approx(theirs._optimizer.learning_rate)
    assert ours._optimizer.learning_rate < 0.05
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix])
def test_sparse(problems, container):
    X, y = problems["multiclass"]
    ours, theirs = make_pair("multiclass", batch_size=40)
    ours.fit(container(X), y)
    theirs.fit(container(X), y)
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(ours.predict_proba(container(X)), ours.predict_proba(X), rtol=1e-12)


def test_partial_fit_with_a_random_state_instance(problems):
    X, y = problems["multiclass"]
    ours, theirs = make_pair("multiclass", batch_size=40)
    for estimator in (ours, theirs):
        estimator.set_params(random_state=np.random.RandomState(5))
        for start in (0, 50, 100):
            rows = slice(start, start + 50)
            estimator.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert_same_weights(ours, theirs)
    assert ours.n_iter_ == theirs.n_iter_ == 1
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_warm_start(problems):
    X, y = problems["multiclass"]
    ours, theirs = make_pair("multiclass", warm_start=True, shuffle=False, batch_size=40)
    for _ in range(3):
        fit_pair(ours, theirs, X, y)
    assert_same_weights(ours, theirs)
    assert len(ours.loss_curve_) == len(theirs.loss_curve_) == 18
    assert ours.t_ == theirs.t_


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "regression", "counts"])
def test_lbfgs(problems, name):
    X, y = problems[name]
    ours, theirs = make_pair(name, solver="lbfgs", max_iter=8, activation="tanh")
    fit_pair(ours, theirs, X, y)
    assert ours.n_iter_ == theirs.n_iter_ == 8
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)


@pytest.mark.parametrize("name", ["binary", "multiclass", "regression"])
def test_lbfgs_to_convergence(problems, name):
    X, y = problems[name]
    ours, theirs = make_pair(
        name,
        solver="lbfgs",
        max_iter=500,
        activation="identity",
        alpha=1.0,
        tol=1e-6,
        hidden_layer_sizes=(4,),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        fit_pair(ours, theirs, X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-5)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_predictions_of_the_same_weights(problems, name):
    X, y = problems[name]
    ours, theirs = make_pair(name, max_iter=30)
    fit_pair(ours, theirs, X, y)
    ours.coefs_, ours.intercepts_ = theirs.coefs_, theirs.intercepts_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-9)
    assert ours.score(X, y) == theirs.score(X, y)


@pytest.mark.parametrize("theirs", [neural_network.MLPClassifier, neural_network.MLPRegressor])
def test_constructor(theirs):
    """Same names, same order, same defaults; ours come behind."""
    ours = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[theirs.__name__]
    expected = list(signature(theirs).parameters.values())
    if theirs is neural_network.MLPRegressor and "loss" not in signature(theirs).parameters:
        pytest.skip("scikit-learn 1.6 has no loss here")
    assert list(signature(ours).parameters.values())[: len(expected)] == expected
