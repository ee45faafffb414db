"""R2: layers, activation and penalty, every combination on one division, and a search by cross-validation."""

from time import perf_counter

import numpy as np
from sklearn.model_selection import GridSearchCV

from .. import plots
from ..experiments.classification import Classification
from ..experiments.fitted import Fitted
from ..experiments.one_parameter import near_best, ranked
from ..experiments.recipe import Recipe, Setting, accuracies
from ..experiments.seed_curves import spread
from ..experiments.text import count, listed
from ._few_images import DESCENT, DIVIDE, NETWORKS, TWO, agreement
from ._folds import N_FOLDS, folds, side_by_side, unfitted

#: The report's names, and ours.
ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}
LAMBDAS = (1e-8, 1e-4, 0.01, 0.05, 0.1, 0.5)
BEST = (TWO, "relu", 0.5)
REPORTED = {"train_accuracy": 0.931, "test_accuracy": 0.903}
CHOICES = {"activation": list(ACTIVATIONS.values()), "alpha": list(LAMBDAS)}
GRID = [CHOICES | {name: [value] for name, value in network.items()} for network in NETWORKS.values()]
SEARCH = Setting(
    "scikit-learn's GridSearchCV",
    DESCENT | {"grid": GRID},
    group="5 folds of the training images",
    most_seeds=1,
)
ONE_DIVISION = Classification(DIVIDE)


def _settings():
    """Yield the search, which takes longest, and every combination."""
    yield SEARCH
    for layers, network in NETWORKS.items():
        for name, activation in ACTIVATIONS.items():
            for value in LAMBDAS:
                parameters = DESCENT | network | {"activation": activation, "alpha": value}
                reported = REPORTED if (layers, name, value) == BEST else {}
                yield Setting(f"lambda {value:g}", parameters, reported, f"{layers}, {name}")


def fit(setting, data, seed, context):
    """Fit one combination; or search among all of them on the training images, by cross-validation."""
    if setting.key != SEARCH.key:
        return ONE_DIVISION(setting, data, seed, context)
    division = DIVIDE(data, seed)
    X, y = division.parts["train"]
    parameters = dict(setting.parameters)
    grid = parameters.pop("grid")
    model = unfitted(parameters, division.input_scale, seed, context)
    search = GridSearchCV(
        model, grid, cv=folds(seed), refit=False, return_train_score=True, error_score="raise"
    )
    start = perf_counter()
    with side_by_side(context):
        search.fit(X, y)
    seconds, table = perf_counter() - start, search.cv_results_
    scores = [table[f"split{i}_test_score"] for i in range(N_FOLDS)]
    deviations = np.std(scores, axis=0, ddof=1)
    layers = {network["hidden_layer_sizes"]: name for name, network in NETWORKS.items()}
    names = {ours: name for name, ours in ACTIVATIONS.items()}
    rows = [
        {
            "group": f"{layers[one['hidden_layer_sizes']]}, {names[one['activation']]}",
            "lambda": one["alpha"],
            "train_accuracy": table["mean_train_score"][i],
            "accuracy": table["mean_test_score"][i],
            "deviation": deviations[i],
        }
        for i, one in enumerate(table["params"])
    ]
    best = rows[search.best_index_]
    return Fitted(
        {
            "train_accuracy": best["train_accuracy"],
            "test_accuracy": best["accuracy"],
            "best": best,
            "rows": rows,
        },
        {"train": seconds},
    )


def _groups(outcome):
    """Return layers and activations with all their combinations, list of str."""
    return [group for group in outcome.groups() if len(outcome.settings(group)) == len(LAMBDAS)]


def find(outcome):
    """Say which combination is best on the test images, and which by cross-validation."""
    sentences = [*_on_the_test_images(outcome)]
    for best in _searched(outcome, "best"):
        sentences.append(
            f"By cross-validation on the training images alone, scikit-learn's GridSearchCV chooses "
            f"{best['group']}, lambda {best['lambda']:g}: {100 * best['accuracy']:.1f} % of the images held "
            f"out, with a standard deviation of {100 * best['deviation']:.1f} points between the folds."
        )
    return [*sentences, *agreement(outcome)]


def _on_the_test_images(outcome):
    """The best combinations of all, and the place of the report's."""
    settings = [setting for group in _groups(outcome) for setting in outcome.settings(group)]
    ranks = ranked(outcome, settings, "test_accuracy")
    if not ranks:
        return
    best, near = ranks[0], len(near_best(outcome, ranks, "test_accuracy"))
    yield (
        f"On the test images, {listed([setting.key for setting in best])} "
        f"{'is' if len(best) == 1 else 'are'} best of {count(len(settings), 'combination')} with "
        f"{_tested(outcome, best)}"
        + (f", and {near} more within one standard deviation of that." if near else ".")
    )
    for place, rank in enumerate(ranks):
        for setting in rank:
            if setting.reported:
                better = sum(map(len, ranks[:place]))
                yield (
                    f"The report's best, {setting.key}, has {_tested(outcome, rank)}; "
                    f"{better or 'none'} of the others {'is' if better < 2 else 'are'} better."
                )


def _tested(outcome, rank):
    """The mean test accuracy that the settings of one rank have."""
    return f"{100 * outcome.mean(rank[0].key, 'test_accuracy'):.1f} %"


def _searched(outcome, what):
    """Return what the search found, for every seed, list."""
    return [results[what] for results in outcome.results(SEARCH.key) if what in results]


def draw(outcome):
    """Draw accuracy against lambda for all layers and activations: on the test images, and by the search."""
    pictures, curves, drawn = {}, {}, []
    for group in _groups(outcome):
        settings = outcome.settings(group)
        drawn += settings
        deviations = [outcome.deviation(setting.key, "test_accuracy") for setting in settings]
        means = outcome.percentages(settings, "test_accuracy")
        curves[group] = [means, 100 * np.array(deviations, float)]
    if curves:
        pictures["test-accuracy.png"] = _against_lambda(
            curves, "test accuracy (%)", ", ".join(filter(None, ("one division", spread(outcome, drawn))))
        )
    for rows in _searched(outcome, "rows")[:1]:
        curves = {}
        for row in rows:
            means, deviations = curves.setdefault(row["group"], ([], []))
            means.append(100 * row["accuracy"])
            deviations.append(100 * row["deviation"])
        pictures["cross-validated-accuracy.png"] = _against_lambda(
            curves, "accuracy on the images held out (%)", "5 folds of the training images, mean ± deviation"
        )
    return pictures


def _against_lambda(curves, ylabel, what):
    return plots.sweep_curves(
        LAMBDAS, curves, xlabel="lambda", ylabel=ylabel, log=True, title=f"{RECIPE.title}:\n{what}"
    )


RECIPE = Recipe(
    name="grid-search",
    title="Layers, activation and penalty on 3,000 images",
    shows="3,000 images of MNIST, 36 networks: the best on the test images, and by cross-validation",
    report="R2",
    data="mnist",
    settings=tuple(_settings()),
    fit=fit,
    figures=accuracies("train", "test", decimals=1),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="5 min",
    version=2,  # deviations of five folds are those of a sample
)
