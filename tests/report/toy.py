"""Runs of a small recipe, trained by the reference, so that nothing is compiled."""

import json
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure as Drawing
from sklearn.datasets import load_digits

from fastmlp.datasets import ImageSet
from fastmlp.experiments.classification import Classification
from fastmlp.experiments.division import WithValidation
from fastmlp.experiments.recipe import Recipe, accuracies, vary
from fastmlp.experiments.sweep import Execution, SweepSettings, run

REF = SweepSettings(device="ref")


def find_best(outcome):
    return [f"The best rate is {outcome.best('test_accuracy').name} & not <less>."]


def draw_blank(outcome):
    return {"best-rate.png": Drawing(figsize=(0.5, 0.25))}


RECIPE = Recipe(
    name="toy",
    title="Toy <rates>",
    shows="what a page looks like",
    report="R0",
    data="mnist",
    settings=vary(
        "learning_rate_init",
        (0.1, 0.01),
        {"hidden_layer_sizes": (5,), "max_iter": 2, "batch_size": 20},
        reported=[{"test_accuracy": 0.9993}, {}],
    ),
    fit=Classification(WithValidation(0.25), ("train", "test"), watched=("test",), keep_model=True),
    figures=accuracies("train", "test"),
    find=find_best,
    draw=draw_blank,
    seeds=2,
    quick={"max_iter": 1},
)


def digits():
    """240 + 60 digits of 8 x 8 pixels."""
    bunch = load_digits()
    X, y = (bunch.images.reshape(-1, 64) * 15).astype(np.uint8), bunch.target.astype(np.int64)
    return ImageSet("mnist", "Toy", X[:240], y[:240], X[240:300], y[240:300], (8, 8), 1 / 240, "nowhere")


def two_classes():
    """60 + 20 coloured images of 4 x 4 pixels in two classes."""
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 256, (80, 4, 4, 3)).astype(np.uint8), np.arange(80) % 2
    parts = X[:60], y[:60], X[60:], y[60:]
    return ImageSet("cifar10", "CIFAR-10", *parts, (4, 4, 3), 1 / 255, "nowhere", class_names=("a", "b"))


def make_run(folder, *, choice=REF, **changes):
    """Run the recipe, or a changed one; return the folder."""
    run(replace(RECIPE, **changes), digits(), folder, choice, Execution(threads=1))
    return folder


def load(folder):
    """The record in a folder."""
    return json.loads((folder / "record.json").read_text(encoding="utf-8"))


def edit(path, change):
    """Change a JSON file in place."""
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")
