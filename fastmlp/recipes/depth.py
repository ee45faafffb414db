"""R3: one to eight hidden layers of 100 units."""

from ..experiments.one_parameter import OneParameter
from ..experiments.recipe import Recipe, accuracies, vary
from ._three_epochs import DEFAULT, FIT

SWEEP = OneParameter("number of hidden layers", lambda p: len(p["hidden_layer_sizes"]), log=False)
DEPTHS = (1, 2, 4, 6, 8)

RECIPE = Recipe(
    name="depth",
    title="Hidden layers, after three epochs of gradient descent",
    shows="MNIST, 1 to 8 hidden layers of 100 units: what three epochs give with each",
    report="R3",
    data="mnist",
    settings=vary(
        "hidden_layer_sizes", [(100,) * n for n in DEPTHS], DEFAULT, label=lambda widths: f"{len(widths)}"
    ),
    fit=FIT,
    figures=accuracies("train", "validation", "test"),
    find=SWEEP.find,
    draw=SWEEP.draw,
    quick={"max_iter": 1},
    duration="10 s",
)
