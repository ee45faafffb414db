"""Threads within a fit, fits within threads, and both at once."""

import joblib
import numpy as np
import pytest

from fastmlp.kernels.cpu import engine, predict

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def threads_used(monkeypatch):
    """Let every run have as many threads as it may, however little there is to do; collects their numbers."""
    used = set()

    def useful_threads(*args):
        limit = args[-1]() if callable(args[-1]) else args[-1]  # of a prediction, or of training
        used.add(limit)
        return limit

    for program in (engine, predict):
        monkeypatch.setattr(program, "useful_threads", useful_threads)
    return used


def assert_same_fit(a, b):
    for first, second in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(first, second)
    assert a.loss_curve_ == b.loss_curve_
    assert a.validation_scores_ == b.validation_scores_


@pytest.mark.parametrize(
    "params", [{}, {"early_stopping": True}, {"dropout": 0.2}, {"solver": "lbfgs", "max_iter": 3}]
)
def test_threads_give_the_same_bits(digits, params, threads_used):
    X, y = digits
    one = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=1, **params)
    assert threads_used == {1}
    for n_threads in (2, 4):
        several = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=n_threads, **params)
        assert n_threads in threads_used
        assert_same_fit(one, several)
        np.testing.assert_array_equal(one.predict_proba(X), several.predict_proba(X))


@pytest.mark.parametrize("params", [{}, {"solver": "lbfgs"}])
def test_fits_at_the_same_time(digits, params, threads_used):
    """Four fits at a time, each on two threads of its own."""
    X, y = digits

    def fit_on(n_threads, seed):
        return fit(X, y, random_state=seed, n_threads=n_threads, **params)

    together = joblib.Parallel(n_jobs=4, prefer="threads")(
        joblib.delayed(fit_on)(2, seed) for seed in range(6)
    )
    assert threads_used == {2}
    for seed, clf in enumerate(together):
        assert_same_fit(clf, fit_on(1, seed))


def test_predictions_at_the_same_time(digits, threads_used):
    """One fitted estimator, used by several threads."""
    X, y = digits
    clf = fit(X, y, n_threads=2)
    expected = clf.predict_proba(X)
    threads_used.clear()
    found = joblib.Parallel(n_jobs=4, prefer="threads")(
        joblib.delayed(clf.predict_proba)(X) for _ in range(12)
    )
    assert threads_used == {2}
    for probabilities in found:
        np.testing.assert_array_equal(probabilities, expected)
