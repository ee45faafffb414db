"""Parameters beyond scikit-learn's, each against a plain restatement of what it means."""

import numpy as np
import pytest
from sklearn.datasets import make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_sample_weight

from fastmlp import MLPClassifier, MLPRegressor, initializers
from fastmlp.callbacks import EpochRecord

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ACTIVATIONS = ["identity", "relu", "tanh", "logistic", "leaky_relu", "elu", "softplus", "gelu", "silu"]
ONE_STEP = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "max_iter": 1, "batch_size": 150}


def fit(X, y, **params):
    params = {"hidden_layer_sizes": (6, 4), "max_iter": 5, "random_state": 0, **params}
    return MLPClassifier(**params).fit(X, y)


def initial_weights(X, y, **params):
    """The weights that `fit` starts from: those after a step of length (almost) zero."""
    start = fit(X, y, **{**ONE_STEP, **params, "learning_rate_init": 1e-300})
    return [w.copy() for w in start.coefs_]


# The network


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


# The objective


def test_l1(digits):
    """One step of gradient descent: the penalty adds rate * l1 * sign(w) / n, and nothing to the biases."""
    X, y = digits
    start = initial_weights(X, y)
    plain, penalised = fit(X, y, **ONE_STEP), fit(X, y, l1=2.0, **ONE_STEP)
    for w, a, b in zip(start, plain.coefs_, penalised.coefs_, strict=True):
        np.testing.assert_allclose(a - b, 0.1 * 2.0 * np.sign(w) / 150, atol=1e-12)
    np.testing.assert_array_equal(plain.intercepts_[0], penalised.intercepts_[0])
    assert penalised.loss_ - plain.loss_ == pytest.approx(2.0 * sum(abs(w).sum() for w in start) / 150)


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
    spoilt = y.copy()
    spoilt[::10] += 100.0
    params = {"hidden_layer_sizes": (), "alpha": 0.0, "learning_rate_init": 0.03, "max_iter": 400, "tol": 0.0}
    robust = MLPRegressor(loss=loss, huber_delta=0.1, n_iter_no_change=400, random_state=0, **params)
    square = MLPRegressor(n_iter_no_change=400, random_state=0, **params)
    assert robust.fit(X, spoilt).score(X, y) > 0.97 > 0.5 > square.fit(X, spoilt).score(X, y)


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


# Training


def test_adamw_decays_weights_and_not_biases(digits):
    X, y = digits
    one = {"max_iter": 1, "batch_size": 150, "learning_rate_init": 0.01}
    adam, adamw = fit(X, y, solver="adam", **one), fit(X, y, solver="adamw", weight_decay=0.5, **one)
    for w, a, b in zip(initial_weights(X, y), adam.coefs_, adamw.coefs_, strict=True):
        np.testing.assert_allclose(a - b, 0.01 * 0.5 * w, atol=1e-12)
    np.testing.assert_allclose(adam.intercepts_[0], adamw.intercepts_[0], atol=1e-15)
    same = fit(X, y, solver="adamw", weight_decay=0.0)
    np.testing.assert_array_equal(same.coefs_[0], fit(X, y, solver="adam").coefs_[0])


def test_clip_norm(digits):
    """A clipped step of gradient descent has the length rate * clip_norm and the gradient's direction."""
    X, y = digits
    start = MLPClassifier((6, 4), random_state=0, **{**ONE_STEP, "learning_rate_init": 1e-300}).fit(X, y)
    plain, clipped = fit(X, y, **ONE_STEP), fit(X, y, clip_norm=0.01, **ONE_STEP)
    step = clipped._network.params - start._network.params
    full = plain._network.params - start._network.params
    assert np.linalg.norm(step) == pytest.approx(0.1 * 0.01)
    np.testing.assert_allclose(step * np.linalg.norm(full) / np.linalg.norm(step), full, atol=1e-10)
    loose = fit(X, y, clip_norm=1e6, **ONE_STEP)
    np.testing.assert_allclose(loose.coefs_[0], plain.coefs_[0], atol=1e-15)


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["invscaling", "adaptive"])
def test_schedules_for_every_solver(digits, solver, schedule):
    X, y = digits
    rates = []
    clf = fit(
        X,
        y,
        solver=solver,
        learning_rate=schedule,
        max_iter=12,
        tol=10.0,
        n_iter_no_change=2,
        callbacks=[lambda record: rates.append(record.learning_rate)],
    )
    if schedule == "invscaling":
        assert rates == pytest.approx([0.001, 0.001 / np.sqrt(151), 0.001 / np.sqrt(301)])
    else:  # divided by 5 after epochs 3, 5, 7, ... until it is 1e-6
        assert rates == pytest.approx([0.001 / 5 ** max(0, (epoch - 1) // 2) for epoch in range(len(rates))])
        assert clf.n_iter_ == 12 == len(rates)


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_scale(digits, dtype):
    X, y = digits
    raw = (X * 16).astype(dtype)
    scaled = MLPClassifier((5,), input_scale=1 / 16, max_iter=5, random_state=0).fit(raw, y)
    plain = MLPClassifier((5,), max_iter=5, random_state=0).fit((X).astype(dtype), y)
    np.testing.assert_array_equal(scaled.coefs_[0], plain.coefs_[0])  # 1/16 is exact
    np.testing.assert_array_equal(scaled.predict_proba(raw), plain.predict_proba(X.astype(dtype)))


def test_bytes_are_trained_in_float32(digits):
    X, y = digits
    raw = (X * 16).astype(np.uint8)
    clf = MLPClassifier((5,), input_scale=1 / 16, max_iter=5, random_state=0).fit(raw, y)
    twin = MLPClassifier((5,), max_iter=5, random_state=0).fit(X.astype(np.float32), y)
    assert clf.coefs_[0].dtype == np.float32
    np.testing.assert_array_equal(clf.coefs_[0], twin.coefs_[0])
    np.testing.assert_array_equal(clf.predict_proba(raw), twin.predict_proba(X.astype(np.float32)))
    np.testing.assert_array_equal(clf.predict(raw), clf.predict(raw.astype(np.float64)))


def test_bytes_are_not_copied(digits, monkeypatch):
    from fastmlp.network import Network

    X, y = digits
    raw = (X * 16).astype(np.uint8)
    seen, train_epoch = [], Network.train_epoch

    def spy(self, rows, *rest):
        seen.append(rows.data)
        return train_epoch(self, rows, *rest)

    monkeypatch.setattr(Network, "train_epoch", spy)
    fit(raw, y, max_iter=1, early_stopping=True)
    fit(X, y, max_iter=1, early_stopping=True)
    assert np.shares_memory(seen[0], raw)
    assert seen[0].dtype == np.uint8
    assert np.shares_memory(seen[1], X)


# Callbacks


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


# What is fitted


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


def test_summary(digits):
    X, y = digits
    text = fit(X, y, dropout=[0.25, 0.0]).summary()
    for expected in (
        "input",
        "64",
        "Dense (relu)",
        "390",
        "Dropout (0.25)",
        "28",
        "15",
        "total: 433 parameters",
    ):
        assert expected in text, text


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"solver": "lbfgs", "max_iter": 3}])
def test_threads_give_the_same_bits(digits, params):
    X, y = digits
    a = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=1, **params)
    b = fit(X, y, hidden_layer_sizes=(64, 32), n_threads=2, **params)
    for first, second in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(first, second)
    assert a.loss_curve_ == b.loss_curve_


def test_verbose(digits, capsys):
    X, y = digits
    fit(X, y, verbose=True, early_stopping=True, tol=10.0, n_iter_no_change=2, max_iter=20)
    out = capsys.readouterr().out
    assert "Iteration 3, loss = " in out
    assert "Validation score: " in out
    assert (
        "Validation score did not improve more than tol=10.000000 for 2 consecutive epochs. Stopping." in out
    )
    fit(X, y, verbose=True, solver="sgd", learning_rate="adaptive", tol=10.0, n_iter_no_change=2, max_iter=4)
    assert "Setting learning rate to 0.000200" in capsys.readouterr().out
    fit(X, y)
    assert capsys.readouterr().out == ""


def test_changed_dropout_keeps_the_weights(digits):
    X, y = digits
    clf = MLPClassifier((5,), warm_start=True, max_iter=3, random_state=0).fit(X, y)
    before = clf.coefs_[0].copy()
    clf.set_params(dropout=0.5, learning_rate_init=1e-12).fit(X, y)
    np.testing.assert_allclose(clf.coefs_[0], before, atol=1e-9)
    assert len(clf._network.layers) == 3
    assert len(clf.loss_curve_) == 6
