"""R2: one convolution before the dense layers, with kernels of 2 to 24 pixels, on all of MNIST.

The report does not state optimizer, batch size and rate of its dropout, nor whether the weights are those of
the last epoch: Adam, 32, 0.1 and those of the epoch with the best validation accuracy are assumed.
"""

from contextlib import suppress

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import WithValidation
from ..experiments.occlusion import occlusion
from ..experiments.one_parameter import ranked
from ..experiments.outcome import MissingFits
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.seed_curves import first_seed
from ..experiments.text import count, listed, percent
from ..layers import Conv2D, MaxPool2D

REPORTED = {
    2: {"test_accuracy": 0.9768},
    3: {"test_accuracy": 0.9835, "validation_accuracy": 0.9867, "n_parameters": 135_805},
    4: {"test_accuracy": 0.9848},
    8: {"test_accuracy": 0.9864},
    24: {"test_accuracy": 0.9690},
}
TRAINING = {"input_shape": (28, 28, 1), "batch_size": 32, "max_iter": 10, "restore_best": True}
POOLING = 1  # its place among the layers
SQUARE = 5  # pixels along the side of what covers the image
PICTURED = 0  # number of the test image in the pictures
DRAWN = (3, 24)  # kernels whose feature maps are drawn


def _setting(size, rate):
    """Return the network with one size of kernels."""
    layers = (Conv2D(32, size), MaxPool2D(2), 25)
    parameters = {"hidden_layer_sizes": layers, "dropout": rate} | TRAINING
    return Setting(f"{size} x {size}", parameters, REPORTED[size], f"dropout {rate:g}")


SETTINGS = {size: _setting(size, 0.1) for size in REPORTED}
MORE_DROPOUT = {size: _setting(size, 0.25) for size in (3, 24)}


def find(outcome):
    """Compare the kernels with each other, and with the report."""
    tested = _means(outcome, SETTINGS.values(), "test_accuracy")
    known = [setting for setting in SETTINGS.values() if setting.key in tested]
    if not known:
        return []
    best = ranked(outcome, known, "test_accuracy")[0]
    in_report = max(known, key=lambda setting: setting.reported["test_accuracy"])
    off = {setting.name: tested[setting.key] - setting.reported["test_accuracy"] for setting in known}
    return [
        f"Kernels of {listed([setting.name for setting in best])} pixels are best on the test images with "
        f"{percent(tested[best[0].key])}, those of {in_report.name} in the report with "
        f"{percent(in_report.reported['test_accuracy'])}.",
        "Percentage points between the test accuracies and the reported ones: "
        + ", ".join(f"{100 * points:+.2f} with {name}" for name, points in off.items())
        + ".",
        *_earlier(outcome, max(known, key=lambda setting: abs(off[setting.name]))),
        *_dropout(outcome),
    ]


def _means(outcome, settings, figure):
    """Return a figure's mean for the settings that have it, dict of keys to float."""
    means = {setting.key: outcome.mean(setting.key, figure) for setting in settings}
    return {key: mean for key, mean in means.items() if mean is not None}


def _earlier(outcome, setting):
    """When the network farthest from the report has what is reported, on the validation images."""
    reported = setting.reported["test_accuracy"]
    curves = [results["epochs"]["validation_accuracy"] for results in outcome.results(setting.key)]
    first = [np.flatnonzero(np.array(curve, float) >= reported)[:1] + 1 for curve in curves]
    if all(map(len, first)) and outcome.mean(setting.key, "test_accuracy") > reported:
        yield (
            f"It is farthest with {setting.name}, which passes the reported {percent(reported)} on the "
            f"validation images in epoch {np.mean(first):.3g} of {setting.parameters['max_iter']}, on "
            f"average over {count(len(curves), 'seed')}."
        )


def _dropout(outcome):
    """What another rate of dropout changes; the validation accuracy is what may choose one."""
    parts = []
    for size, more in MORE_DROPOUT.items():
        pair = (SETTINGS[size], more)
        validated, tested = (_means(outcome, pair, f"{part}_accuracy") for part in ("validation", "test"))
        if len(validated) == len(tested) == len(pair):
            parts += [
                f"{setting.name} with {setting.group} {percent(validated[setting.key])} "
                f"(test {percent(tested[setting.key])})"
                for setting in pair
            ]
    if parts:
        yield (
            "The report states neither the rate of its dropout, optimizer and batch size, nor which epoch's "
            f"weights it scores: here those of the best on validation. Validated: {', '.join(parts)}."
        )


def draw(outcome):
    """Draw losses of all kernels; for an image, what pooling answers and what may not be covered."""
    pictures, panels = {}, {}
    for setting in SETTINGS.values():
        for results in outcome.results(setting.key)[:1]:
            curves = results["epochs"]
            if curves.get("validation_loss"):
                panels[setting.name] = {
                    "training (with dropout)": curves["loss"],
                    "validation": curves["validation_loss"],
                }
    if panels:
        seed = first_seed(outcome, [setting for setting in SETTINGS.values() if setting.name in panels])
        pictures["losses.png"] = plots.epoch_curves(
            panels,
            ylabel="mean cross-entropy (nats)",
            log=True,
            title=f"{outcome.recipe.title}, by the size of kernels, {seed}",
        )
    for size in DRAWN:
        with suppress(MissingFits):  # it diverged with every seed
            pictures |= _seen(outcome, size, outcome.first_model(SETTINGS[size].key)[1])
    return pictures


def _seen(outcome, size, model):
    """Draw what one network sees in an image."""
    image = outcome.data.X_test[PICTURED].reshape(outcome.data.image_shape)
    digit = outcome.data.y_test[PICTURED]
    title = f"kernels of {SETTINGS[size].name} pixels, image of a {digit}"
    maps = model.hidden_features(image.reshape(1, -1), POOLING)[0]
    return {
        f"feature-maps-{size}.png": plots.feature_maps(maps, title=f"Pooling layer, {title}"),
        f"heat-map-{size}.png": plots.heat_map(
            image,
            occlusion(model, image, digit, size=SQUARE),
            title=f"What is lost where {SQUARE} x {SQUARE} pixels are covered:\n{title}",
            label="log odds lost (nats)",
        ),
    }


RECIPE = Recipe(
    name="convolution",
    title="One convolution on MNIST",
    shows="MNIST, 32 kernels of 2 to 24 pixels, max-pooling, 25 units: what they cost and what they see",
    report="R2",
    data="mnist",
    settings=(*SETTINGS.values(), *MORE_DROPOUT.values()),
    fit=Classification(
        WithValidation(0.1),
        scored=("train", "validation", "test"),
        watched=("validation",),
        keep_model=True,
    ),
    figures=(*accuracies("train", "validation", "test"), Figure("n_parameters", "parameters", 0)),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="9 min",
)
