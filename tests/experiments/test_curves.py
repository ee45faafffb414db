"""Curves of several seeds, scores after certain epochs, sweeps over losses, and models that pictures need."""

from dataclasses import replace

import joblib
import numpy as np
import pytest

from fastmlp.experiments.classification import Classification
from fastmlp.experiments.division import LastValidating, WithValidation
from fastmlp.experiments.fitted import Context
from fastmlp.experiments.one_parameter import OneParameter
from fastmlp.experiments.outcome import Outcome
from fastmlp.experiments.recipe import Setting, losses
from fastmlp.experiments.seed_curves import every_seed, mean_of_seeds


def outcome_of(recipe, *fits):
    """Return an outcome; a fit is (setting, seed, results)."""
    return Outcome(recipe, [dict(zip(("setting", "seed", "results"), fit, strict=True)) for fit in fits])


def test_curves_of_seeds(recipe):
    outcome = outcome_of(
        recipe,
        ("0.1", 4, {"epochs": {"test_loss": [1.0, None, 3.0]}}),
        ("0.1", 5, {"epochs": {"test_loss": [2.0, 4.0]}}),
        ("0.01", 4, {"epochs": {"test_loss": [9.0]}}),
    )
    curves = every_seed(outcome, "0.1", "test_loss")
    assert list(curves) == ["seed 4", "seed 5"]
    np.testing.assert_array_equal(curves["seed 4"], [1, np.nan, 3])
    np.testing.assert_array_equal(mean_of_seeds(outcome, "0.1", "test_loss"), [1.5, np.nan])


def test_scores_after_certain_epochs(digits):
    fit = Classification(WithValidation(0.25), watched=("test",), early=(1, 9))
    setting = Setting("one", {"hidden_layer_sizes": (4,), "max_iter": 2})
    results = fit(setting, digits, 0, Context(device="ref")).results
    assert results["test_accuracy_after_1"] == results["epochs"]["test_accuracy"][0]
    assert results["test_loss_after_1"] == results["epochs"]["test_loss"][0]
    assert results["test_accuracy_after_9"] is None
    assert not any(name.startswith("train_accuracy_") for name in results)


def test_the_last_images_validate(digits):
    parts = LastValidating(0.1)(digits, seed=0).parts
    assert {name: len(part.y) for name, part in parts.items()} == {"train": 216, "validation": 24, "test": 60}
    np.testing.assert_array_equal(parts["validation"].X, digits.X_train[-24:])
    np.testing.assert_array_equal(parts["train"].y, digits.y_train[:216])


@pytest.fixture
def sweep(recipe):
    """An outcome with losses, one of which is unknown."""
    recipe = replace(
        recipe,
        figures=losses("train", "validation"),
        settings=tuple(replace(setting, reported={}) for setting in recipe.settings),
    )
    values = {"0.1": 0.25, "0.01": 0.75, "0.001": None}
    return outcome_of(
        recipe,
        *((name, 0, {"train_loss": 0.1, "validation_loss": value}) for name, value in values.items()),
    )


SWEEP = OneParameter(
    "rate", lambda p: p["learning_rate_init"], "validation_loss", ("train_loss", "validation_loss")
)


def test_the_lowest_loss_is_the_best(sweep):
    (sentence,) = SWEEP.find(sweep)
    assert "best validation loss is 0.1 (0.2500), that with the worst 0.01 (0.7500)" in sentence


def test_losses_are_drawn_as_they_are(sweep):
    (figure,) = SWEEP.draw(sweep).values()
    axes = figure.axes[0]
    assert axes.get_ylabel() == "mean cross-entropy (nats)"
    values = {round(float(y), 6) for line in axes.lines for y in line.get_ydata() if np.isfinite(y)}
    assert {0.1, 0.25, 0.75} <= values


def test_the_first_saved_model_is_loaded(recipe, tmp_path):
    joblib.dump("a model", tmp_path / "second.joblib")
    fits = [
        {"setting": "0.1", "seed": 0, "results": {}, "model": None},
        {"setting": "0.1", "seed": 1, "results": {}, "model": "second.joblib"},
        {"setting": "0.01", "seed": 0, "results": {}, "model": None},
    ]
    outcome = Outcome(recipe, fits, folder=tmp_path)
    assert outcome.first_model("0.1") == (1, "a model")
    with pytest.raises(LookupError, match=r"no model of '0.01' was saved"):
        outcome.first_model("0.01")
