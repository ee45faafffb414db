"""A validation set of one's own, and what early stopping does with it."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from fastmlp import MLPClassifier, MLPRegressor

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "regression", "multi-output"])
def test_validation_set_of_ones_own(problems, name):
    X, y = problems[name]
    X_val, y_val = X[100:], y[100:]
    is_regression = name in ("regression", "multi-output")
    make = MLPRegressor if is_regression else MLPClassifier
    scores = []
    estimator = make(
        hidden_layer_sizes=(5,),
        alpha=5.0,
        max_iter=4,
        random_state=0,
        callbacks=[lambda record: scores.append(record.estimator.score(X_val, y_val))],
    )
    estimator.fit(X[:100], y[:100], X_val=X_val, y_val=y_val)
    assert estimator.validation_scores_ == pytest.approx(scores)
    assert estimator.best_validation_score_ == pytest.approx(max(scores))
    assert len(estimator.validation_loss_curve_) == len(estimator.loss_curve_) == 4
    if name == "multiclass":
        expected = log_loss(y_val, estimator.predict_proba(X_val), labels=[0, 1, 2])
    elif is_regression:
        error = (estimator.predict(X_val) - y_val).reshape(len(y_val), -1)
        expected = 0.5 * (error**2).sum(axis=1).mean()
    else:
        p = estimator.predict_proba(X_val)
        p = p[:, 1:] if name == "binary" else p
        truth = (y_val == estimator.classes_[1])[:, np.newaxis] if name == "binary" else y_val
        expected = -np.log(np.where(truth, p, 1 - p)).sum(axis=1).mean()
    assert estimator.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-6)  # without the penalty


def test_validation_set_is_not_trained_on(digits):
    X, y = digits
    a = MLPClassifier((5,), max_iter=4, random_state=0).fit(X, y, X_val=X[::-1], y_val=y[::-1])
    b = MLPClassifier((5,), max_iter=4, random_state=0).fit(X, y)
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
    assert b.validation_loss_curve_ is b.validation_scores_ is None


def test_early_stopping_uses_the_given_set(digits):
    X, y = digits
    clf = fit(X, y, early_stopping=True, tol=10.0, n_iter_no_change=3, max_iter=50)
    assert clf.n_iter_ == 4
    clf = MLPClassifier((6, 4), early_stopping=True, tol=10.0, n_iter_no_change=3, random_state=0)
    clf.fit(X, y, X_val=X[:30], y_val=y[:30], sample_weight_val=np.arange(30.0))
    assert clf.n_iter_ == 4
    assert clf.t_ == 4 * 150  # nothing was split off
    assert clf.score(X[:30], y[:30], np.arange(30.0)) == pytest.approx(clf.best_validation_score_)


def test_early_stopping_records_the_validation_loss(digits):
    X, y = digits
    clf = fit(X, y, early_stopping=True, max_iter=5)
    assert len(clf.validation_loss_curve_) == len(clf.validation_scores_) == 5
    assert np.isfinite(clf.validation_loss_curve_).all()


def test_lbfgs_with_a_validation_set(digits):
    X, y = digits
    records = []
    clf = fit(X[:100], y[:100], solver="lbfgs", max_iter=6, callbacks=[records.append])
    assert len(clf.loss_curve_) == clf.n_iter_ == 6
    assert clf.loss_ == pytest.approx(clf.loss_curve_[-1]) == pytest.approx(clf.best_loss_)
    assert [record.epoch for record in records] == [1, 2, 3, 4, 5, 6]
    assert records[0].learning_rate is None
    params = {"solver": "lbfgs", "max_iter": 100, "random_state": 0, "early_stopping": True, "tol": 1e-9}
    stopped = MLPClassifier((6, 4), n_iter_no_change=3, **params)
    stopped.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    best = int(np.argmax(stopped.validation_scores_))
    assert stopped.score(X[100:], y[100:]) == stopped.validation_scores_[best]
    assert stopped.n_iter_ < 100
