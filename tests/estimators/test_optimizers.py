"""AdamW, clipping and schedules, each against a plain restatement of what it means."""

import numpy as np
import pytest

from fastmlp import MLPClassifier

from .fitting import ONE_STEP, fit, initial_weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
