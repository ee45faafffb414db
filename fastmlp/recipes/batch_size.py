"""R3: batches of 1 to 128 images."""

from ..experiments.one_parameter import OneParameter
from ..experiments.recipe import Recipe, accuracies, vary
from ._three_epochs import DEFAULT, FIT

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
BEST = {"validation_accuracy": 0.9654}  # that the report found in all its sweeps
SWEEP = OneParameter("batch size", lambda parameters: parameters["batch_size"])

RECIPE = Recipe(
    name="batch-size",
    title="The batch size, after three epochs of gradient descent",
    shows="MNIST, batches of 1 to 128 images: what three epochs give with each",
    report="R3",
    data="mnist",
    settings=vary("batch_size", SIZES, DEFAULT, reported=[BEST if size == 4 else {} for size in SIZES]),
    fit=FIT,
    figures=accuracies("train", "validation", "test"),
    find=SWEEP.find,
    draw=SWEEP.draw,
    quick={"max_iter": 1},
    duration="20 s",
)
