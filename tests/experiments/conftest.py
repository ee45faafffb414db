"""A small recipe on a few digits, trained by the reference, so that nothing is compiled."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from fastmlp.datasets import ImageSet
from fastmlp.experiments.classification import Classification
from fastmlp.experiments.division import WithValidation
from fastmlp.experiments.recipe import Recipe, accuracies, vary
from fastmlp.experiments.sweep import Execution, SweepSettings, run

REF = SweepSettings(device="ref")
ONE_BY_ONE = Execution(threads=1)


@pytest.fixture(scope="session")
def digits():
    """240 + 60 digits of 8 x 8 pixels."""
    bunch = load_digits()
    X, y = (bunch.images.reshape(-1, 64) * 15).astype(np.uint8), bunch.target.astype(np.int64)
    return ImageSet("toy", "Toy", X[:240], y[:240], X[240:300], y[240:300], (8, 8), 1 / 240, "nowhere")


def best_rate(outcome):
    best = outcome.best("validation_accuracy")
    return [f"The best rate is {best.name}."]


@pytest.fixture
def recipe():
    """Three learning rates, two seeds."""
    return Recipe(
        name="toy",
        title="Toy",
        shows="nothing",
        report="R0",
        data="toy",
        settings=vary(
            "learning_rate_init",
            (0.1, 0.01, 0.001),
            {"hidden_layer_sizes": (5,), "max_iter": 2, "batch_size": 20},
            reported=[{"test_accuracy": 0.5}, {"test_accuracy": 0.1}, {}],
        ),
        fit=Classification(WithValidation(0.25), scored=("train", "validation", "test"), watched=("test",)),
        figures=accuracies("train", "validation", "test"),
        find=best_rate,
        seeds=2,
        quick={"max_iter": 1},
    )


@pytest.fixture
def carry_out(recipe, digits, tmp_path):
    """Run the recipe, or a changed one, in a folder; return its record."""

    def call(folder="run", execution=ONE_BY_ONE, *, choice=REF, observer=None, **changes):
        changed = replace(recipe, **changes)
        return run(changed, digits, tmp_path / folder, choice, execution, observer=observer)

    return call
