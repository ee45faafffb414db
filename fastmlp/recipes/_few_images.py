"""R2: 3,000 images of MNIST, and the network of which the report varies one parameter at a time.

The report states batches of 16 images, 100 epochs, weights from N(0, 1) and a tenth of that in the last
layer, and 100 and 64 units in two hidden layers.  What it does not state is read from its figures, which the
following fits; the recipe l2-penalty shows what other readings give.

- Pixels from 0 to 1.
- The gradient of a batch of m images is that of their mean loss plus lambda W / m, so that lambda is `alpha`.
- lambda is 0.5 and the learning rate 0.004 where another parameter varies: then rows of its tables agree.
- One hidden layer has 100 units: with lambda 0.01, 64 of them learn 87.6 % of the training images, 100 learn
  92.8 % and 128 learn 96.7 % (seed 0); reported are 92.9 %.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Few
from ..experiments.one_parameter import OneParameter
from ..experiments.outcome import Outcome
from ..experiments.recipe import Setting, vary
from ..experiments.seed_curves import first_seed
from ..experiments.text import percent
from ..initializers import Normal
from ._optimizers import GRADIENT_DESCENT

DIVIDE = Few(3000, 0.1)
FIT = Classification(DIVIDE, watched=("train", "test"))
#: Gradient descent as in the report, with what stays where another parameter varies.
DESCENT = GRADIENT_DESCENT | {
    "alpha": 0.5,
    "learning_rate_init": 0.004,
    "batch_size": 16,
    "max_iter": 100,
}
TWO, ONE = "2 hidden layers", "1 hidden layer"


def network(*widths):
    """Return the parameters of a network with the report's initial weights, dict."""
    return {"hidden_layer_sizes": widths, "weight_init": (*[Normal(1.0)] * len(widths), Normal(0.1))}


NETWORKS = {TWO: network(100, 64), ONE: network(100)}


def figures(*pairs):
    """Return what is reported, from pairs of train and test accuracy or None, list of dict."""
    names = ("train_accuracy", "test_accuracy")
    return [{} if pair is None else dict(zip(names, pair, strict=True)) for pair in pairs]


def swept(parameter, values, layers, reported, group=None, label="{:g}".format, **others):
    """Return a setting for every value of one parameter, others being as in the report.

    Parameters
    ----------
    parameter : str
    values : sequence
    layers : str
        A key of `NETWORKS`.
    reported : list of dict
    group : str, optional
        By default that of the layers.
    label : callable
        label(value) -> the name of the setting.
    **others
        Further parameters that differ.

    Returns
    -------
    tuple of Setting
    """
    base = DESCENT | NETWORKS[layers] | others
    return vary(parameter, values, base, reported=reported, group=group or layers, label=label)


def of_groups(outcome, groups):
    """Return what is known of some groups of settings alone, Outcome."""
    settings = tuple(setting for setting in outcome.recipe.settings if setting.group in groups)
    return Outcome(replace(outcome.recipe, settings=settings), outcome.fits, outcome.data, outcome.folder)


class Off(NamedTuple):
    """How far an accuracy is from the reported one."""

    distance: float
    setting: Setting
    name: str
    found: float
    reported: float

    def __str__(self):
        """Name both in percent, with all the digits that a report prints."""
        return f"{self.name.replace('_', ' ')} {100 * self.found:.1f} %, reported {percent(self.reported)}"


def distances(outcome, settings):
    """Return how far accuracies are from the reported ones where both are known, list of Off.

    Parameters
    ----------
    outcome : Outcome
    settings : sequence of Setting
    """
    return [
        Off(abs(found - reported), setting, name, found, reported)
        for setting in settings
        for name, reported in setting.reported.items()
        if name.endswith("_accuracy")
        for found in [outcome.mean(setting.key, name)]
        if found is not None
    ]


def mean_distance(off):
    """Return the mean of distances, float; None if there are none."""
    return float(np.mean([each.distance for each in off])) if off else None


@dataclass(frozen=True)
class Sweep(OneParameter):
    """Findings and pictures of a sweep in this report: accuracies against the parameter and the epoch."""

    judge: str = "test_accuracy"
    shown: tuple[str, ...] = ("train_accuracy", "test_accuracy")

    def find(self, outcome):
        """Name the best and the worst values, and the distances from the report."""
        return [*super().find(outcome), *agreement(outcome)]

    def draw(self, outcome):
        """Draw accuracies against the parameter, and against the epoch."""
        return super().draw(outcome) | epochs(outcome, self.name)


def agreement(outcome):
    """Yield a sentence on the distances from the reported accuracies, and how much of them is chance."""
    parts, rates = [], []
    for group in outcome.groups():
        off = distances(outcome, outcome.settings(group))
        if not off:
            continue
        what = f"{group}: " if group else ""
        if len({each.setting.key for each in off}) == 1:
            parts.append(f"{what}{off[0].setting.name} ({'; '.join(map(str, off))})")
        else:
            worst = max(off, key=lambda each: each.distance)
            parts.append(
                f"{what}{100 * mean_distance(off):.1f} points on average, most for {worst.setting.name} "
                f"({worst})"
            )
        rates += [each.found for each in off if each.name == "test_accuracy"]
    if parts:
        yield f"Distance from the reported accuracies: {'; '.join(parts)}."
    n_images = n_tested(outcome)
    if rates and n_images:
        rate = max(rates)
        yield (
            f"{n_images} test images leave much to chance: an accuracy of {100 * rate:.1f} % has a standard "
            f"deviation of {100 * sqrt(rate * (1 - rate) / n_images):.1f} points, and the report does not "
            "say which images it took."
        )


def n_tested(outcome):
    """Return the number of test images; None if all fits diverged."""
    known = (fit["results"].get("test_confusion") for fit in outcome.fits)
    return next((sum(map(sum, matrix)) for matrix in known if matrix is not None), None)


class Passed(NamedTuple):
    """Where training passes a training accuracy, on average over the seeds."""

    epoch: float
    n_epochs: float
    test_accuracy: float


def passed(outcome, key, train_accuracy):
    """Find the first epoch with a training accuracy; return a Passed, or None if a fit never has it."""
    rows = []
    for results in outcome.results(key):
        curves = results.get("epochs", {})
        shares = np.array(curves.get("train_accuracy", []), float)
        reached = np.flatnonzero(shares >= train_accuracy)
        if not len(reached):
            return None
        rows.append((reached[0] + 1, len(shares), curves["test_accuracy"][reached[0]]))
    return Passed(*np.mean(rows, axis=0)) if rows else None


def epochs(outcome, parameter):
    """Draw train and test accuracy against the epoch, a picture for every group.

    Parameters
    ----------
    outcome : Outcome
    parameter : str
        Its name in words, before the names of the settings.

    Returns
    -------
    dict of str to Figure
        Without fits that diverged in their first epoch.
    """
    pictures = {}
    for group in outcome.groups():
        panels = {
            f"{parameter} {setting.name}": {
                part: 100 * np.array(curves[f"{part}_accuracy"], float) for part in ("train", "test")
            }
            for setting in outcome.settings(group)
            for curves in [outcome.first(setting.key)["epochs"]]
            if curves.get("train_accuracy")
        }
        if panels:
            name = "-".join(["epochs", *group.replace(",", "").split()])
            seed = first_seed(outcome, outcome.settings(group))
            pictures[f"{name}.png"] = plots.epoch_curves(
                panels, ylabel="correct (%)", title=f"{outcome.recipe.title}: {group}, {seed}", n_columns=2
            )
    return pictures
