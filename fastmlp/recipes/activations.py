"""R1: four activations on raw pixels with tiny weights and no biases, and the same network set up soundly."""

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Pooled
from ..experiments.exploration import maps, subset
from ..experiments.recipe import Figure, Recipe, accuracies, losses
from ..experiments.seed_curves import every_seed
from ..experiments.text import count
from ._activations import ACTIVATIONS, AS_REPORTED, SOUND, all_settings
from ._activations_findings import find

DIVIDE = Pooled(0.2)
PARTS = ("train", "test")
TITLES = {"train": "training", "test": "test"}
MAPPED, FEWEST = 1000, 20  # images of each part in the map; a tenth of the part, between these


def binary_losses(model, division, seed):
    """Return the mean binary cross-entropy, summed over the outputs, on either part, dict.

    The reported losses agree with this one: every output counts as a decision of its own.
    """
    return {
        f"{part}_binary_loss": binary_cross_entropy(
            model.predict_proba(division.parts[part].X),
            np.searchsorted(model.classes_, division.parts[part].y),
        )
        for part in PARTS
    }


def binary_cross_entropy(probabilities, classes):
    """Return the mean of the rows' binary cross-entropies, each summed over the classes.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows, n_classes)
    classes : ndarray of int, shape (n_rows,)
        The true ones.

    Returns
    -------
    float
        In nats; finite, as probabilities of 0 and 1 count as the numbers next to them.
    """
    info = np.finfo(probabilities.dtype)
    p = np.clip(probabilities, info.tiny, 1 - info.eps).astype(float)
    true = p[np.arange(len(p)), classes]
    return float((np.log1p(-true) - np.log(true) - np.log1p(-p).sum(axis=1)).mean())


def draw(outcome):
    """Draw error against epoch, a picture for each activation, and the map of the best model's last layer."""
    figures = {}
    for name in ACTIVATIONS:
        panels = {}
        for group in (AS_REPORTED, SOUND):
            diverged = _diverged(outcome, f"{group}: {name}")
            for part in PARTS:
                curves = every_seed(outcome, f"{group}: {name}", f"{part}_accuracy")
                if curves:
                    panels[f"{group}, {TITLES[part]} images{diverged}"] = {
                        seed: np.where(curve < 1, 100 * (1 - curve), np.nan) for seed, curve in curves.items()
                    }
        if panels:
            figures[f"error-{name}.png"] = plots.epoch_curves(
                panels,
                ylabel="images wrong (%)",
                title=f"MNIST, hidden layers of 256, 128 and 64: {name}",
                log=True,
                share="row",
                n_columns=len(PARTS),
            )
    four = [setting for setting in outcome.settings(AS_REPORTED) if setting.name in ACTIVATIONS]
    reached = {setting.key: outcome.mean(setting.key, "test_accuracy") for setting in four}
    reached = {key: mean for key, mean in reached.items() if mean is not None}
    if reached:
        figures["tsne.png"] = _map(outcome, max(reached, key=reached.get))
    return figures


def _diverged(outcome, key):
    """Say why curves end early, if any does."""
    results = outcome.results(key)
    n_diverged = sum(one["diverged"] for one in results)
    return f":\n{n_diverged} of {count(len(results), 'fit')} diverged" if n_diverged else ""


def _map(outcome, key):
    """Map the last hidden layer of a setting's first model, for some images of either part."""
    seed, model = outcome.first_model(key)
    tables, labels = {}, {}
    for name, part in DIVIDE(outcome.data, seed).parts.items():
        rows = subset(len(part.y), min(MAPPED, max(FEWEST, len(part.y) // 10)), seed)
        title = f"{len(rows):,} {TITLES[name]} images"
        tables[title], labels[title] = model.hidden_features(part.X[rows]), part.y[rows]
    return plots.embeddings(
        maps(tables, seed, 1),
        labels,
        [f"{digit}" for digit in outcome.data.classes],
        title=f"t-SNE of the last hidden layer: {key}, seed {seed}",
    )


RECIPE = Recipe(
    name="activations",
    title="Four activations",
    shows="MNIST, relu, tanh, sigmoid and linear on raw pixels with tiny weights, and set up soundly",
    report="R1",
    data="mnist",
    settings=tuple(all_settings()),
    fit=Classification(DIVIDE, watched=PARTS, more=binary_losses, keep_model=True),
    figures=(
        *accuracies(*PARTS),
        *losses(*PARTS),
        *(Figure(f"{part}_binary_loss", f"{part} binary loss, summed", 3) for part in PARTS),
    ),
    find=find,
    draw=draw,
    seeds=5,
    quick={"max_iter": 2},
    duration="20 min",
    version=2,
)
