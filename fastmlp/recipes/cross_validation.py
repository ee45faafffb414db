"""R2: the best network of the report's grid search on five folds, and what it takes to reach its figure."""

from time import perf_counter

import numpy as np
from sklearn.model_selection import cross_validate

from .. import plots
from ..experiments.fitted import Fitted
from ..experiments.recipe import FAR, Figure, Recipe, Setting, accuracies
from ..experiments.text import count, percent, span
from ._few_images import DIVIDE
from ._folds import N_FOLDS, folds, side_by_side, unfitted
from ._winner import AS_REPORTED, CHOSEN, CURE, SOUND, WINNER

REPORTED = 0.9033
OWN, CURED = Setting(AS_REPORTED, WINNER, {"test_accuracy": REPORTED}), Setting(SOUND, CURE)
NAMES = {"weight_init": "initial weights", "learning_rate_init": "learning rate", "alpha": "lambda"}
#: What the sound setting changes, one by one, and initial weights and lambda together.
STEPS = tuple(
    Setting(
        f"sound {' and '.join(NAMES[name] for name in names)}", WINNER | {name: CURE[name] for name in names}
    )
    for names in (("weight_init",), ("learning_rate_init",), ("alpha",), ("weight_init", "alpha"))
)


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
    """Say where the report lies among folds and seeds, and which changes reach it."""
    return [*_folds(outcome), *_among_seeds(outcome), *_what_it_takes(outcome)]


def _folds(outcome):
    """How far single folds and the means of seeds lie from each other."""
    for setting in (OWN, CURED):
        means = outcome.values(setting.key, "test_accuracy")
        every = [score for results in outcome.results(setting.key) for score in results.get("folds", [])]
        if every:
            parameters = setting.parameters
            yield (
                f"{setting.name} (rate {parameters['learning_rate_init']:g}, "
                f"lambda {parameters['alpha']:g}): single folds {span(every, 1)}, means of {N_FOLDS} folds "
                f"{span(means, 1)} with {count(len(means), 'seed')}."
            )


def _among_seeds(outcome):
    """How far the reported figure is from the mean of seeds, which choose the images."""
    mean, deviation = (part(OWN.key, "test_accuracy") for part in (outcome.mean, outcome.deviation))
    if deviation:
        off = (REPORTED - mean) / deviation
        explains = "alone does not explain it" if abs(off) > FAR else "may explain it"
        yield (
            f"The reported mean of {percent(REPORTED)} is {abs(off):.1f} standard deviations "
            f"{'above' if off > 0 else 'below'} the mean of {count(len(outcome.results(OWN.key)), 'seed')}, "
            f"{percent(mean)}. The seed chooses the images: their choice {explains}."
        )


def _what_it_takes(outcome):
    """Which changes of the stated settings reach the reported figure, and how they were chosen."""
    means = {setting.name: outcome.mean(setting.key, "test_accuracy") for setting in (*STEPS, CURED)}
    known = {name: mean for name, mean in means.items() if mean is not None}
    reach = [f"{name} ({percent(mean)})" for name, mean in known.items() if mean >= REPORTED]
    others = [f"{name} ({percent(mean)})" for name, mean in known.items() if mean < REPORTED]
    if reach:
        yield f"The reported figure is reached with: {', '.join(reach)}."
    if others:
        yield f"It is not reached with: {', '.join(others)}."
    if CURED.name in known:
        yield f"The {SOUND} setting, initial weights, learning rate and lambda, {CHOSEN}."


def draw(outcome):
    """Draw mean and deviation of the five folds of every seed, as reported and set up soundly."""
    scores = {
        setting.name: {
            fit["seed"]: 100 * np.array(fit["results"]["folds"])
            for fit in outcome.fits
            if fit["setting"] == setting.key and fit["results"].get("folds")
        }
        for setting in (OWN, CURED)
    }
    seeds = sorted({seed for known in scores.values() for seed in known})
    if not seeds:
        return {}
    missing = np.full(N_FOLDS, np.nan)
    curves = {
        name: np.array(
            [(row.mean(), row.std(ddof=1)) for row in (known.get(seed, missing) for seed in seeds)]
        ).T
        for name, known in scores.items()
    }
    return {
        "folds.png": plots.sweep_curves(
            [str(seed) for seed in seeds],
            curves,
            reported={OWN.name: [100 * REPORTED] * len(seeds)} if OWN.name in curves else {},
            xlabel="seed, which chooses images and folds",
            ylabel="accuracy on what is held out (%)",
            title=f"{outcome.recipe.title}: mean ± deviation of the folds",
        )
    }


RECIPE = Recipe(
    name="cross-validation",
    title="Five folds of 3,000 images",
    shows="3,000 images of MNIST, the report's best of 36 networks in five folds, and what changes it",
    report="R2",
    data="mnist",
    settings=(OWN, *STEPS, CURED),
    fit=fit,
    figures=(*accuracies("train", "test"), Figure("deviation", "deviation of the folds (%)", 2, True)),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="1 min",
)
