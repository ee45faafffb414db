"""R2: principal components instead of pixels, with no, one and two hidden layers."""

from dataclasses import replace

import numpy as np
from sklearn.decomposition import PCA

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Division, Part
from ..experiments.recipe import Recipe, Setting, accuracies
from ._few_images import DIVIDE, agreement

FIT = Classification(DIVIDE)
COMPONENTS = (20, 50, 100)  # the report does not state their number
WIDTHS = {"no hidden layer": (), "1 hidden layer": (100,), "2 hidden layers": (100, 64)}
#: The report's row for pixels is that of Keras with early stopping, and so are the others, it seems.
STOPPING = {"batch_size": 16, "max_iter": 100, "early_stopping": True, "n_iter_no_change": 10, "tol": 1e-4}
SOUND = {"batch_size": 16, "max_iter": 100, "dropout": 0.2}  # and every epoch is run
PIXELS = "pixels"
REPORTED = {
    "no hidden layer": {"train_accuracy": 0.8715, "test_accuracy": 0.8867},
    "1 hidden layer": {"train_accuracy": 0.9444, "test_accuracy": 0.9167},
    "2 hidden layers": {"train_accuracy": 0.9570, "test_accuracy": 0.9300},
}
REPORTED_PIXELS = {"2 hidden layers": {"train_accuracy": 0.9537, "test_accuracy": 0.9167}}
PICTURED = 16  # components


def _settings():
    """Yield all numbers of components, pixels, and dropout instead of early stopping."""
    groups = {f"{n} components": (n, STOPPING, REPORTED) for n in COMPONENTS}
    groups[PIXELS] = (None, STOPPING, REPORTED_PIXELS)
    groups |= {f"{n} components, dropout": (n, SOUND, {}) for n in COMPONENTS[:2]}
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
    """Compare components with pixels, say what layers add, and how far the report is."""
    return [*_compared(outcome), *_explained(outcome), *agreement(outcome)]


def _compared(outcome):
    """The best of all with two hidden layers, and pixels."""
    known = {
        setting.group: outcome.mean(setting.key, "test_accuracy")
        for setting in outcome.settings()
        if setting.name == "2 hidden layers" and outcome.values(setting.key, "test_accuracy")
    }
    if len(known) > 1:
        best = max(known, key=known.get)
        others = (f"{100 * share:.1f} % with {group}" for group, share in known.items() if group != best)
        yield (
            f"With 2 hidden layers, the test accuracy is highest with {best}: {100 * known[best]:.1f} %. "
            f"It is {', '.join(others)}."
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


def draw(outcome):
    """Draw accuracy against the number of hidden layers, and the first components as images."""
    pictures = {}
    for part in ("train", "test"):
        name = f"{part}_accuracy"
        curves = {"reported, components": [100 * REPORTED[layers][name] for layers in WIDTHS]}
        for group in dict.fromkeys(setting.group for setting in outcome.settings()):
            settings = outcome.settings(group)
            if len(settings) == len(WIDTHS):
                means = [outcome.mean(setting.key, name) for setting in settings]
                curves[group] = [None if mean is None else 100 * mean for mean in means]
        pictures[f"{part}-accuracy.png"] = plots.sweep_curves(
            [len(widths) for widths in WIDTHS.values()],
            curves,
            xlabel="hidden layers",
            ylabel=f"{part} accuracy (%)",
            title=outcome.recipe.title,
        )
    pca, _ = components(DIVIDE(outcome.data, outcome.fits[0]["seed"]), PICTURED)
    pictures["components.png"] = plots.feature_maps(
        pca.components_.reshape(-1, *outcome.data.image_shape).transpose(1, 2, 0),
        title="The first principal components",
        label="weight of a pixel",
    )
    return pictures


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
    duration="1 min",
)
