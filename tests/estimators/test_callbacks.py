"""What callbacks see and do, Ctrl-C included."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from fastmlp import MLPClassifier
from fastmlp.callbacks import EpochRecord

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_callbacks_get_records(digits):
    X, y = digits
    records = []
    clf = MLPClassifier((5,), max_iter=3, warm_start=True, random_state=0, callbacks=[records.append])
    clf.fit(X, y, X_val=X, y_val=y)
    assert all(isinstance(record, EpochRecord) for record in records)
    assert [record.epoch for record in records] == [1, 2, 3]
    assert [record.loss for record in records] == clf.loss_curve_
    assert [record.validation_loss for record in records] == clf.validation_loss_curve_
    assert [record.validation_score for record in records] == clf.validation_scores_
    assert {record.n_rows for record in records} == {150}
    assert {record.learning_rate for record in records} == {0.001}
    assert all(record.seconds > 0 for record in records)
    assert records[0].estimator is clf
    clf.fit(X, y)
    assert [record.epoch for record in records[3:]] == [4, 5, 6]
    assert records[3].validation_loss is records[3].validation_score is None


def test_a_callback_stops_training_and_all_are_called(digits, recwarn):
    X, y = digits
    calls = []
    callbacks = [lambda record: record.epoch == 2, calls.append]
    clf = fit(X, y, callbacks=callbacks, max_iter=2)
    assert clf.n_iter_ == len(calls) == 2
    assert not [w for w in recwarn if issubclass(w.category, ConvergenceWarning)]
    clf = fit(X, y, callbacks=[lambda record: "yes"], max_iter=3)  # only True stops
    assert clf.n_iter_ == 3
    clf = fit(X, y, callbacks=callbacks, solver="lbfgs", max_iter=5)
    assert clf.n_iter_ == 2


def test_the_estimator_can_be_used_within_a_callback(digits):
    X, y = digits
    for solver in ("adam", "lbfgs"):
        scores = []
        clf = fit(
            X.astype(np.float32),
            y,
            solver=solver,
            callbacks=[lambda record, scores=scores: scores.append(record.estimator.score(X, y))],
        )
        assert scores[-1] == clf.score(X, y)
        assert clf.coefs_[0].dtype == np.float32


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_keyboard_interrupt_keeps_the_state(digits, solver):
    X, y = digits
    kept = []

    def interrupt(record):
        kept.append(record.estimator.coefs_[0].copy())
        if record.epoch == 3:
            raise KeyboardInterrupt

    clf = MLPClassifier((5,), solver=solver, callbacks=[interrupt], random_state=0)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        clf.fit(X, y)
    assert clf.n_iter_ == len(clf.loss_curve_) == 3
    np.testing.assert_array_equal(clf.coefs_[0], kept[2])
    assert np.isfinite(clf.predict_proba(X)).all()


def test_keyboard_interrupt_with_restore_best_leaves_the_best(digits):
    X, y = digits

    def interrupt(record):
        if record.epoch == 4:
            raise KeyboardInterrupt

    clf = MLPClassifier((5,), callbacks=[interrupt], restore_best=True, random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(X, y, X_val=X, y_val=y)
    assert clf.score(X, y) == max(clf.validation_scores_)
