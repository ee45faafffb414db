"""R2: the grid search's best network on five folds of the 3,000 images, as reported and in a sound way."""

from time import perf_counter

import numpy as np
from sklearn.model_selection import cross_validate

from .. import plots
from ..experiments.fitted import Fitted
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.text import count
from ._few_images import DIVIDE
from ._folds import N_FOLDS, folds, side_by_side, unfitted
from ._winner import AS_REPORTED, CURE, SOUND, WINNER


def fit(setting, data, seed, context):
    """Train on four of five folds, five times, with scikit-learn's `cross_validate`."""
    division = DIVIDE(data, seed)
    X, y = (np.concatenate(arrays) for arrays in zip(*division.parts.values(), strict=True))
    model = unfitted(setting.parameters, division.input_scale, seed, context)
    start = perf_counter()
    with side_by_side(context):
        scores = cross_validate(model, X, y, cv=folds(seed), return_train_score=True, error_score="raise")
    seconds = perf_counter() - start
    return Fitted(
        {
            "train_accuracy": scores["train_score"].mean(),
            "test_accuracy": scores["test_score"].mean(),
            "deviation": scores["test_score"].std(ddof=1),
            "folds": scores["test_score"],
        },
        {"train": seconds},
    )


def find(outcome):
    """Say what the folds have in common, and where the reported figure lies among the seeds."""
    sentences = []
    for setting in outcome.settings():
        means = outcome.values(setting.key, "test_accuracy")
        every = [score for results in outcome.results(setting.key) for score in results["folds"]]
        parameters = setting.parameters
        sentences.append(
            f"{setting.name} (rate {parameters['learning_rate_init']:g}, lambda {parameters['alpha']:g}): "
            f"single folds from {100 * min(every):.1f} to {100 * max(every):.1f} %, means of {N_FOLDS} folds "
            f"from {100 * min(means):.1f} to {100 * max(means):.1f} % with {count(len(means), 'seed')}."
        )
        reported = setting.reported.get("test_accuracy")
        if reported is not None and reported > max(means):
            sentences.append(
                f"The reported mean of {100 * reported:.2f} % is above that of every seed here. The seed "
                "chooses which 3,000 images are used; the report does not state its own choice."
            )
    return sentences


def draw(outcome):
    """Draw the accuracy on every fold, mean and deviation of the seeds."""
    curves = {}
    for setting in outcome.settings():
        every = 100 * np.array([results["folds"] for results in outcome.results(setting.key)])
        curves[setting.name] = np.array([every.mean(axis=0), every.std(axis=0)])
    names = [f"fold {i + 1}" for i in range(N_FOLDS)]
    return {
        "folds.png": plots.sweep_curves(
            names,
            curves,
            xlabel=f"held out, of {N_FOLDS} folds",
            ylabel="accuracy (%)",
            title=f"{outcome.recipe.title}: mean ± deviation of the seeds",
        )
    }


RECIPE = Recipe(
    name="cross-validation",
    title="Five folds of 3,000 images",
    shows="3,000 images of MNIST, the best of 36 networks in five folds, and the same network set up soundly",
    report="R2",
    data="mnist",
    settings=(
        Setting(AS_REPORTED, WINNER, {"test_accuracy": 0.9033}),
        Setting(SOUND, CURE),
    ),
    fit=fit,
    figures=(*accuracies("train", "test"), Figure("deviation", "deviation of the folds (%)", 2, True)),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="1 min",
)
