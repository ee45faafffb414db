"""R3: the best of the report's settings, the arithmetic of its network, and the digits that it confuses."""

from itertools import pairwise

import numpy as np

from .. import plots
from ..experiments.evaluation import confused_pairs
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ._three_epochs import DEFAULT, FIT

REPORTED = {"validation_accuracy": 0.9654, "n_parameters": 99_710}


def find(outcome):
    """Name the pair of digits that is confused most often, over all seeds, and count the parameters."""
    setting = RECIPE.settings[0]
    sentences = [f"Parameters: {arithmetic(outcome.first(setting.key)['layer_sizes'])}."]
    matrices = [np.array(matrix) for matrix in outcome.values(setting.key, "test_confusion")]
    matrix = sum(matrices, np.zeros((0, 0), int) if not matrices else 0)
    pairs = confused_pairs(matrix, np.arange(len(matrix)))
    if pairs:
        worst, n_errors = pairs[0], matrix.sum() - np.trace(matrix)
        sentences.insert(
            0,
            f"Most often a {worst['true']} is taken for a {worst['predicted']}: {worst['count']} of "
            f"{n_errors} errors on test images, of all seeds together.",
        )
    return sentences


def arithmetic(widths):
    """Write out the parameters of dense layers, such as '784 x 100 + 100 = 78,500'."""
    pairs = list(pairwise(widths))
    terms = [f"{k} x {n} + {n} = {k * n + n:,}" for k, n in pairs]
    return f"{', '.join(terms)}; together {sum(k * n + n for k, n in pairs):,}"


def draw(outcome):
    """Draw the confusion matrix of the first seed."""
    setting = RECIPE.settings[0]
    matrices = outcome.values(setting.key, "test_confusion")
    if not matrices:
        return {}
    matrix, seed = np.array(matrices[0]), outcome.fits[0]["seed"]
    title = f"{outcome.data.title}, {matrix.sum():,} test images, three epochs, seed {seed}"
    return {"confusion.png": plots.confusion(matrix, range(len(matrix)), title=title)}


RECIPE = Recipe(
    name="most-confused",
    title="The report's best setting of three epochs, and its errors",
    shows="MNIST, 100-100-100 units, batches of 4: parameters counted by hand, digits confused",
    report="R3",
    data="mnist",
    settings=(Setting("batch 4, rate 0.01", DEFAULT | {"batch_size": 4}, REPORTED),),
    fit=FIT,
    figures=(*accuracies("train", "validation", "test"), Figure("n_parameters", "parameters", 0)),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="10 s",
)
