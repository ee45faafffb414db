"""`coefs_` and `intercepts_`, read and assigned."""

import numpy as np
import pytest

from fastmlp import MLPClassifier

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_coefs_are_views_and_assignment_copies(digits):
    X, y = digits
    clf = fit(X, y)
    assert isinstance(clf.coefs_, list)
    assert np.shares_memory(clf.coefs_[0], clf._network.params)
    new = [np.random.RandomState(0).normal(size=w.shape) for w in clf.coefs_]
    clf.coefs_ = new
    np.testing.assert_array_equal(clf.coefs_[1], new[1])
    assert not np.shares_memory(clf.coefs_[0], new[0])
    clf.coefs_[0] = np.zeros((64, 6))
    clf.coefs_[1] += 1.0
    clf.intercepts_[0][:] = -1.0
    clf.coefs_[1:] = [new[1], new[2]]
    assert not clf.coefs_[0].any()
    np.testing.assert_array_equal(clf.coefs_[1], new[1])
    clf.intercepts_[1] = np.ones(4)
    h = np.maximum(np.zeros((1, 6)) @ new[1] + 1.0, 0) @ new[2] + clf.intercepts_[2]
    p = np.exp(h - h.max()) / np.exp(h - h.max()).sum()
    np.testing.assert_allclose(clf.predict_proba(X[:1]), p, rtol=1e-9)


def test_bad_assignments(digits):
    X, y = digits
    clf = fit(X, y)
    with pytest.raises(ValueError, match=r"coefs_ needs 3 arrays, got 2"):
        clf.coefs_ = clf.coefs_[:2]
    with pytest.raises(ValueError, match=r"coefs_\[1\] has shape \(6, 4\), got \(4, 6\)"):
        clf.coefs_[1] = np.zeros((4, 6))
    with pytest.raises(AttributeError, match="has no coefs_ yet"):
        _ = MLPClassifier().coefs_
    assert not hasattr(MLPClassifier(), "intercepts_")


def test_training_goes_on_from_assigned_weights(digits):
    X, y = digits
    clf = MLPClassifier((5,), warm_start=True, max_iter=1, random_state=0, **{"learning_rate_init": 1e-12})
    clf.fit(X, y)
    new = [np.random.RandomState(0).normal(size=w.shape) for w in clf.coefs_]
    clf.coefs_ = new
    clf.fit(X, y)
    np.testing.assert_allclose(clf.coefs_[0], new[0], atol=1e-9)
