"""R1: 5 to 200 units in one hidden layer."""

from ..experiments.classification import Classification
from ..experiments.one_parameter import OneParameter
from ..experiments.recipe import Recipe, accuracies, losses, vary
from ._one_hidden_layer import DIVIDE, NETWORK

SWEEP = OneParameter(
    "number of hidden units",
    lambda parameters: parameters["hidden_layer_sizes"][0],
    judge="validation_loss",
    shown=("train_loss", "validation_loss"),
)

RECIPE = Recipe(
    name="hidden-units",
    title="Units of one hidden layer, after 100 epochs of gradient descent",
    shows="MNIST, 5 to 200 hidden units: what more units give, in training and in validation",
    report="R1",
    data="mnist",
    settings=vary(
        "hidden_layer_sizes",
        [(units,) for units in (5, 20, 50, 100, 200)],
        NETWORK,
        label=lambda widths: f"{widths[0]}",
    ),
    fit=Classification(DIVIDE, scored=("train", "validation")),
    figures=losses("train", "validation") + accuracies("train", "validation"),
    find=SWEEP.find,
    draw=SWEEP.draw,
    quick={"max_iter": 2},
    duration="2 min",
    version=2,
)
