"""R4: one to three wide hidden layers and three activations on the pixels of CIFAR-10."""

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import WithValidation
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..plots.palette import LINES

SMOOTHED = 5  # epochs
LISTED = 20  # epochs in the report's listing; its text says 30
#: The report's names, and ours.
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
#: Train and test accuracy in percent, with one, two and three hidden layers.
REPORTED = {
    "relu": ((56.92, 49.30), (64.80, 50.73), (70.52, 50.21)),
    "tanh": ((48.36, 43.96), (42.63, 40.12), (38.37, 36.49)),
    "sigmoid": ((55.27, 47.49), (55.09, 47.62), (51.37, 45.95)),
}
#: The report's test images are either what it split off, or the 10,000 meant for it: it does not say.
TESTED = ("held-out", "test")
PARAMETERS = {
    "weight_init": "glorot_uniform",  # as in Keras, with zero biases
    "solver": "adam",
    "learning_rate_init": 1e-3,
    "alpha": 0.0,
    "batch_size": 128,
    "max_iter": 30,
}


def _settings():
    """Yield the nine networks."""
    for name, activation in ACTIVATIONS.items():
        for depth, (train, test) in enumerate(REPORTED[name], 1):
            yield Setting(
                f"{depth} x 1024",
                PARAMETERS | {"hidden_layer_sizes": (1024,) * depth, "activation": activation},
                {"train_accuracy": train / 100} | {f"{part}_accuracy": test / 100 for part in TESTED},
                group=name,
            )


def find(outcome):
    """Say how far the reproduction is from the report, and what depth does to every activation."""
    return [*_distances(outcome), *_depths(outcome), *_wavering(outcome)]


def _distances(outcome):
    """Mean distance from the report on either choice of test images."""
    apart = {part: [] for part in ("train", *TESTED)}
    for setting in outcome.settings():
        for part, distances in apart.items():
            value = outcome.mean(setting.key, f"{part}_accuracy")
            if value is not None:
                distances.append(value - setting.reported[f"{part}_accuracy"])
    if all(apart.values()):
        means = ", ".join(
            f"{100 * np.mean(values):+.1f} points on {part} images (from {100 * min(values):+.1f} to "
            f"{100 * max(values):+.1f})"
            for part, values in apart.items()
        )
        yield f"On average of the networks, the accuracies lie off the reported ones by {means}."


def _depths(outcome):
    """Accuracy on training and test images with every depth."""
    for name in ACTIVATIONS:
        pairs = []
        for setting in outcome.settings(name):
            train, test = (outcome.mean(setting.key, f"{part}_accuracy") for part in ("train", "test"))
            if test is not None:
                pairs.append(f"{100 * train:.1f} / {100 * test:.1f}")
        if pairs:
            yield f"With {name}, accuracy in percent on training / test images, by depth: {', '.join(pairs)}."


def _wavering(outcome):
    """How much the accuracy moves from epoch to epoch, and what its mean over the last ones is."""
    steps, apart = [], {part: [] for part in ("train", "test")}
    for setting in outcome.settings():
        for results in outcome.results(setting.key):
            for part, distances in apart.items():
                last = np.array(results["epochs"][f"{part}_accuracy"], float)[-SMOOTHED:]
                if len(last) == SMOOTHED:
                    steps.append(np.abs(np.diff(last)).mean())
                    distances.append(last.mean() - setting.reported[f"{part}_accuracy"])
    if steps:
        means = " and ".join(f"{100 * np.mean(values):+.1f} ({part})" for part, values in apart.items())
        yield (
            f"From one of the last {SMOOTHED} epochs to the next, accuracies change by "
            f"{100 * np.mean(steps):.1f} points: what the last epoch gives is no more certain than that. "
            f"The mean of these epochs lies off the reported figures by {means} points, averaged over the "
            "networks."
        )


def draw(outcome):
    """Draw two confusion matrices of every network, and the accuracies by epoch; return a dict of Figures."""
    figures = {}
    for part in ("train", "test"):
        matrices = {
            f"{s.group}, {s.name}: {100 * outcome.first(s.key)[f'{part}_accuracy']:.1f} %": np.array(
                outcome.first(s.key)[f"{part}_confusion"]
            )
            for s in outcome.settings()
            if outcome.first(s.key)[f"{part}_confusion"] is not None
        }
        if matrices:
            figures[f"confusion-{part}.png"] = plots.confusions(
                matrices, outcome.data.class_names, title=f"CIFAR-10, {part} images", n_columns=3
            )
    panels, styles = {}, {}
    for name in ACTIVATIONS:
        for setting, colour in zip(outcome.settings(name), LINES, strict=False):
            epochs = outcome.first(setting.key)["epochs"]
            for part, line in (("train", ":"), ("test", "-")):
                label = f"{setting.name}, {part}"
                styles[label] = {"color": colour, "linestyle": line, "markersize": 3}
                panels.setdefault(name, {})[label] = 100 * np.array(epochs[f"{part}_accuracy"], float)
    figures["accuracy.png"] = plots.epoch_curves(
        panels, ylabel="accuracy (%)", title="CIFAR-10, hidden layers of 1024", styles=styles
    )
    return figures


RECIPE = Recipe(
    name="cifar10-depth",
    title="Depth and activation on the pixels of CIFAR-10",
    shows="CIFAR-10, 1 to 3 hidden layers of 1024 units with relu, tanh and sigmoid",
    report="R4",
    data="cifar10",
    settings=tuple(_settings()),
    fit=Classification(
        WithValidation(0.3, name="held-out"),
        scored=("train", *TESTED),
        watched=("train", "test"),
        early=(LISTED,),
    ),
    figures=(
        *accuracies("train", *TESTED),
        *(
            Figure(f"{part}_accuracy_after_{LISTED}", f"{part} after {LISTED} epochs (%)", 2, True)
            for part in ("train", "test")
        ),
    ),
    find=find,
    draw=draw,
    seeds=1,
    quick={"max_iter": 1},
    duration="15 min",
)
