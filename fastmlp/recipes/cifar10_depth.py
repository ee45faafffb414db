"""R4: one to three wide hidden layers and three activations on the pixels of CIFAR-10."""

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import WithValidation
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.text import span
from ..plots.palette import LINES
from ._optimizers import KERAS_ADAM
from ._tested import TESTED, which_images

LAST = 5  # epochs among which the accuracy of a network is said to range
LISTED = 20  # epochs in the report's listing; its text says 30
FAR = 1.5  # points
#: The report's names, and ours.
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
#: Train and test accuracy in percent, with one, two and three hidden layers.
REPORTED = {
    "relu": ((56.92, 49.30), (64.80, 50.73), (70.52, 50.21)),
    "tanh": ((48.36, 43.96), (42.63, 40.12), (38.37, 36.49)),
    "sigmoid": ((55.27, 47.49), (55.09, 47.62), (51.37, 45.95)),
}
WATCHED = ("train", "held-out")
TITLES = {"train": "training", "held-out": "held-out"}
PARAMETERS = KERAS_ADAM | {"batch_size": 128, "max_iter": 30}
#: In the report, tanh gets worse with every layer: this is the cure.
SOUND, SLOWER = "sound", "tanh, learning rate 0.0001"


def _settings():
    """Yield the nine networks, then those with smaller steps."""
    for name, activation in ACTIVATIONS.items():
        for depth, (train, test) in enumerate(REPORTED[name], 1):
            yield Setting(
                f"{depth} x 1024",
                PARAMETERS | {"hidden_layer_sizes": (1024,) * depth, "activation": activation},
                {"train_accuracy": train / 100} | {f"{part}_accuracy": test / 100 for part in TESTED},
                group=name,
            )
    slower = PARAMETERS | {"activation": "tanh", "learning_rate_init": 1e-4}
    for depth in (2, 3):
        layers = {"hidden_layer_sizes": (1024,) * depth}
        yield Setting(f"{SLOWER}, {depth} x 1024", slower | layers, group=SOUND)


def find(outcome):
    """Say which networks are far from the report, what depth does, and what smaller steps do."""
    return [*_far(outcome), *which_images(outcome), *_listed(outcome), *_depths(outcome), *_cure(outcome)]


def _far(outcome):
    """The networks that lie far from the report on held-out images, each with its last epochs."""
    below, above, n_near, inside = [], [], 0, []
    for name in ACTIVATIONS:
        settings = outcome.settings(name)
        reproduced = outcome.percentages(settings, "held-out_accuracy")
        for setting, value in zip(settings, reproduced, strict=True):
            reported = 100 * setting.reported["held-out_accuracy"]
            if np.isnan(value):
                continue
            if abs(value - reported) <= FAR:
                n_near += 1
                continue
            text, ranges = _last_epochs(outcome, setting, reported)
            inside += ranges
            (below if value < reported else above).append(
                f"{name}, {setting.name}, {value:.1f} % ({reported:.2f} % reported{text})"
            )
    n_networks = n_near + len(below) + len(above)
    if n_networks:
        yield (
            f"On held-out images, {n_near} of {n_networks} networks lie within {FAR:g} points of the report, "
            f"{len(below)} lower and {len(above)} higher."
        )
    for networks, where in ((below, "Lower"), (above, "Higher")):
        if networks:
            yield f"{where}: {'; '.join(networks)}."
    if inside:
        yield (
            f"Of these {len(below) + len(above)}, {sum(inside)} had the reported accuracy between the least "
            "and the most of their last epochs."
        )


def _last_epochs(outcome, setting, reported):
    """Say between which figures the last epochs lie, and what an earlier one gives.

    Returns
    -------
    str
    list of bool
        Whether the reported figure lies between them; empty with fewer than two epochs.
    """
    curves = [one["epochs"].get("held-out_accuracy", ()) for one in outcome.results(setting.key)]
    last = [value for curve in curves for value in curve[-LAST:] if value is not None]
    n_epochs = min(LAST, max(map(len, curves)))
    if n_epochs < 2 or not last:
        return "", []
    text = f"; {span(last, 1)} in the last {n_epochs} epochs"
    early = outcome.mean(setting.key, f"held-out_accuracy_after_{LISTED}")
    if early is not None:
        text += f", {100 * early:.1f} % after {LISTED}"
    return text, [min(last) <= reported / 100 <= max(last)]


def _listed(outcome):
    """Whether the listing's number of epochs or the text's gives the training accuracies of the report."""
    settings = [setting for name in ACTIVATIONS for setting in outcome.settings(name)]
    reported = [100 * setting.reported["train_accuracy"] for setting in settings]
    early, last = (
        np.abs(outcome.percentages(settings, f"train_accuracy{when}") - reported)
        for when in (f"_after_{LISTED}", "")
    )
    both = np.isfinite(early - last)
    if both.any():
        yield (
            f"On training images, {np.sum(early[both] < last[both])} of {both.sum()} networks are closer to "
            f"the report after the {LISTED} epochs of its listing ({np.mean(early[both]):.1f} points off on "
            f"average) than after the 30 of its text ({np.mean(last[both]):.1f})."
        )


def _depths(outcome):
    """Accuracy on training and held-out images with every depth."""
    for name in ACTIVATIONS:
        pairs = _pairs(outcome, outcome.settings(name))
        if pairs:
            yield (
                f"With {name}, accuracy in percent on training / held-out images, by depth: "
                f"{', '.join(pairs.values())}."
            )


def _cure(outcome):
    """What smaller steps give."""
    pairs = _pairs(outcome, outcome.settings(SOUND))
    if pairs:
        reached = "; ".join(f"{name}: {pair}" for name, pair in pairs.items())
        yield f"With smaller steps, accuracy in percent on training / held-out images: {reached}."


def _pairs(outcome, settings):
    """Accuracies on training and held-out images as text, dict of a setting's name to str."""
    both = [outcome.percentages(settings, f"{part}_accuracy") for part in WATCHED]
    return {
        setting.name: f"{train:.1f} / {held_out:.1f}"
        for setting, train, held_out in zip(settings, *both, strict=True)
        if np.isfinite([train, held_out]).all()
    }


def draw(outcome):
    """Draw two confusion matrices of every network, and the accuracies by epoch; return a dict of Figures."""
    networks = [setting for name in ACTIVATIONS for setting in outcome.settings(name)]
    figures = {}
    for part in WATCHED:
        matrices = {}
        for setting in networks:
            results = outcome.first(setting.key)
            if results[f"{part}_confusion"] is not None:
                title = f"{setting.group}, {setting.name}: {100 * results[f'{part}_accuracy']:.1f} %"
                matrices[title] = np.array(results[f"{part}_confusion"])
        if matrices:
            n_images = next(iter(matrices.values())).sum()
            figures[f"confusion-{part}.png"] = plots.confusions(
                matrices,
                outcome.data.class_names,
                title=f"CIFAR-10, {n_images:,} {TITLES[part]} images",
                n_columns=3,
            )
    panels, styles = {}, {}
    for setting in outcome.settings():
        depth = len(setting.parameters["hidden_layer_sizes"])
        epochs = outcome.first(setting.key)["epochs"]
        panel = panels.setdefault(SLOWER if setting.group == SOUND else setting.group, {})
        for part, line in zip(WATCHED, (":", "-"), strict=True):
            label = f"{depth} x 1024, {TITLES[part]}"
            styles[label] = {"color": LINES[depth - 1], "linestyle": line, "markersize": 3}
            panel[label] = 100 * np.array(epochs.get(f"{part}_accuracy", ()), float)
    figures["accuracy.png"] = plots.epoch_curves(
        panels, ylabel="accuracy (%)", title="CIFAR-10, hidden layers of 1024", styles=styles, n_columns=2
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
        watched=WATCHED,
        early=(LISTED,),
    ),
    figures=(
        *accuracies("train", *TESTED),
        *(
            Figure(f"{part}_accuracy_after_{LISTED}", f"{part} after {LISTED} epochs (%)", 2, True)
            for part in WATCHED
        ),
    ),
    find=find,
    draw=draw,
    seeds=1,
    quick={"max_iter": 1},
    duration="20 min",
    version=2,
)
