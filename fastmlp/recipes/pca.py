"""R2: principal components instead of pixels, with no, one and two hidden layers."""

from dataclasses import replace

import numpy as np
from sklearn.decomposition import PCA

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Division, Part
from ..experiments.recipe import Recipe, Setting, accuracies
from ..experiments.seed_curves import spread
from ..experiments.text import listed, percent
from ._few_images import DIVIDE, agreement, passed
from ._winner import CHOSEN, STOPPING

FIT = Classification(DIVIDE, watched=("train", "test"))
COMPONENTS = (20, 50, 100)  # the report does not state their number
WIDTHS = {"no hidden layer": (), "1 hidden layer": (100,), "2 hidden layers": (100, 64)}
EVERY_EPOCH = {"batch_size": 16, "max_iter": 100, "dropout": 0.2}
DROPOUT = ", dropout"
PIXELS = "pixels"
REPORTED = {
    "no hidden layer": {"train_accuracy": 0.8715, "test_accuracy": 0.8867},
    "1 hidden layer": {"train_accuracy": 0.9444, "test_accuracy": 0.9167},
    "2 hidden layers": {"train_accuracy": 0.9570, "test_accuracy": 0.9300},
}
REPORTED_PIXELS = {"2 hidden layers": {"train_accuracy": 0.9537, "test_accuracy": 0.9167}}
DEEPEST = "2 hidden layers"
PICTURED = 16  # components


def _settings():
    """Yield all numbers of components, pixels, and dropout instead of early stopping.

    The report's row for pixels is that of Keras with early stopping, and so are the others, it seems.
    """
    groups = {f"{n} components": (n, STOPPING, REPORTED) for n in COMPONENTS}
    groups[PIXELS] = (None, STOPPING, REPORTED_PIXELS)
    groups |= {f"{n} components{DROPOUT}": (n, EVERY_EPOCH, {}) for n in COMPONENTS}
    for group, (n_components, training, reported) in groups.items():
        for name, widths in WIDTHS.items():
            parameters = {"n_components": n_components, "hidden_layer_sizes": widths} | training
            yield Setting(name, parameters, reported.get(name, {}), group)


def components(division, n_components):
    """Fit scikit-learn's PCA to the training images, pixels from 0 to 1.

    Parameters
    ----------
    division : Division
    n_components : int
        Fewer, if there are not so many rows or columns.

    Returns
    -------
    pca : PCA
    reduced : Division
        The same parts, with components as columns.
    """
    rows = {name: part.X * np.float32(division.input_scale) for name, part in division.parts.items()}
    pca = PCA(min(n_components, *rows["train"].shape), svd_solver="covariance_eigh").fit(rows["train"])
    return pca, Division(
        {name: Part(pca.transform(rows[name]), part.y) for name, part in division.parts.items()}
    )


def fit(setting, data, seed, context):
    """Fit a classifier to principal components, or to pixels if their number is None."""
    parameters = dict(setting.parameters)
    n_components = parameters.pop("n_components")
    setting = replace(setting, parameters=parameters)
    if n_components is None:
        return FIT(setting, data, seed, context)
    pca, reduced = components(DIVIDE(data, seed), n_components)
    fitted = replace(FIT, divide=lambda data, seed: reduced)(setting, data, seed, context)
    fitted.results["explained_variance"] = float(pca.explained_variance_ratio_.sum())
    return fitted


def find(outcome):
    """Compare components with pixels, and with the report; say why it differs, and what was chosen."""
    return [
        *_compared(outcome),
        *_explained(outcome),
        *agreement(outcome),
        *_earlier(outcome),
        *_chosen(outcome),
    ]


def _compared(outcome):
    """The best of all with two hidden layers, and pixels."""
    known = {
        setting.group: outcome.mean(setting.key, "test_accuracy")
        for setting in outcome.settings()
        if setting.name == DEEPEST and outcome.values(setting.key, "test_accuracy")
    }
    if len(known) > 1:
        highest = f"{100 * max(known.values()):.1f}"
        shown = {group: f"{100 * share:.1f}" for group, share in known.items()}
        best = listed([group for group, share in shown.items() if share == highest])
        others = [f"{share} % with {group}" for group, share in shown.items() if share != highest]
        yield (
            f"With 2 hidden layers, the test accuracy is highest with {best}: {highest} %."
            + (f" It is {', '.join(others)}." if others else "")
        )


def _explained(outcome):
    """How much of the pixels' variance the components have."""
    shares = {}
    for setting in outcome.settings():
        for share in outcome.values(setting.key, "explained_variance")[:1]:
            shares.setdefault(setting.parameters["n_components"], share)
    if shares:
        parts = (f"{n} components {100 * share:.0f} %" for n, share in sorted(shares.items()))
        yield f"Of the variance of the training images' pixels, {', '.join(parts)} remain."


def _earlier(outcome):
    """When training passes what is reported, which is less than it has in the end."""
    parts = []
    for setting in outcome.settings():
        train, end = setting.reported.get("train_accuracy"), outcome.mean(setting.key, "train_accuracy")
        if setting.name != DEEPEST or train is None or end is None or end <= train:
            continue
        found = passed(outcome, setting.key, train)
        if found is not None:
            parts.append(
                f"{setting.group} in epoch {found.epoch:.3g} of {found.n_epochs:.3g}, with "
                f"{percent(found.test_accuracy)} of the test images right then "
                f"({percent(setting.reported['test_accuracy'])} reported)"
            )
    if parts:
        yield (
            f"With {DEEPEST}, training passes the reported training accuracy early, on average over the "
            f"seeds: {'; '.join(parts)}."
        )


def _chosen(outcome):
    """How the rate of dropout was chosen."""
    if any(setting.group.endswith(DROPOUT) for setting in outcome.settings()):
        yield f"The rate of dropout, {EVERY_EPOCH['dropout']:g}, {CHOSEN}."


def draw(outcome):
    """Draw accuracy against the number of hidden layers, and the first components as images."""
    groups = [group for group in outcome.groups() if len(outcome.settings(group)) == len(WIDTHS)]
    stopped = [group for group in groups if not group.endswith(DROPOUT)]
    pictures = {}
    for name, shown, part, training in (
        ("train-accuracy", stopped, "train", "early stopping"),
        ("test-accuracy", stopped, "test", "early stopping"),
        ("dropout", [group for group in groups if group.endswith(DROPOUT)], "test", "dropout"),
    ):
        if shown:
            pictures[f"{name}.png"] = _against_layers(outcome, shown, part, training)
    pca, _ = components(DIVIDE(outcome.data, outcome.fits[0]["seed"]), PICTURED)
    pictures["components.png"] = plots.feature_maps(
        pca.components_.reshape(-1, *outcome.data.image_shape).transpose(1, 2, 0),
        title="The first principal components",
        label="weight of a pixel",
    )
    return pictures


def _against_layers(outcome, groups, part, training):
    """Draw an accuracy against the number of hidden layers, for some groups.

    The report does not state the number of its components: their figures stand beside no group's.
    """
    figure, curves, reported, beside, drawn = f"{part}_accuracy", {}, {}, None, []
    for group in groups:
        settings = outcome.settings(group)
        deviations = [outcome.deviation(setting.key, figure) for setting in settings]
        curves[group] = [outcome.percentages(settings, figure), 100 * np.array(deviations, float)]
        drawn += settings
        stated = 100 * np.array([setting.reported.get(figure) for setting in settings], float)
        if group == PIXELS:
            reported[group] = stated
        elif np.isfinite(stated).any():
            beside = stated  # the same for every number
    title = f"{outcome.recipe.title}, {training}"
    return plots.sweep_curves(
        list(WIDTHS),
        curves,
        reported=reported,
        beside=beside,
        xlabel="",
        ylabel=f"{part} accuracy (%)",
        title="\n".join(filter(None, (title, spread(outcome, drawn)))),
    )


RECIPE = Recipe(
    name="pca",
    title="Principal components of 3,000 images",
    shows="3,000 images of MNIST: principal components instead of pixels, with 0 to 2 hidden layers",
    report="R2",
    data="mnist",
    settings=tuple(_settings()),
    fit=fit,
    figures=accuracies("train", "test"),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="20 s",
    version=2,  # epochs are watched
)
