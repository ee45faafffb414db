"""R3: learning rates from 0.01 to 0.8."""

from ..experiments.one_parameter import OneParameter
from ..experiments.recipe import Recipe, accuracies, vary
from ._three_epochs import DEFAULT, FIT

SWEEP = OneParameter("learning rate", lambda parameters: parameters["learning_rate_init"])

RECIPE = Recipe(
    name="learning-rate",
    title="The learning rate, after three epochs of gradient descent",
    shows="MNIST, rates from 0.01 to 0.8: what three epochs give with each",
    report="R3",
    data="mnist",
    settings=vary("learning_rate_init", (0.01, 0.05, 0.1, 0.2, 0.4, 0.8), DEFAULT),
    fit=FIT,
    figures=accuracies("train", "validation", "test"),
    find=SWEEP.find,
    draw=SWEEP.draw,
    quick={"max_iter": 1},
    duration="10 s",
)
