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

from dataclasses import dataclass
from math import sqrt

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Few
from ..experiments.one_parameter import OneParameter
from ..experiments.recipe import vary
from ..initializers import Normal

DIVIDE = Few(3000, 0.1)
FIT = Classification(DIVIDE, watched=("train", "test"))
#: Gradient descent as in the report, with what stays where another parameter varies.
DESCENT = {
    "solver": "sgd",
    "momentum": 0.0,
    "nesterovs_momentum": False,
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


def distance(outcome, group):
    """Return how far accuracies are from the reported ones on average, and where most, or None.

    Parameters
    ----------
    outcome : Outcome
    group : str

    Returns
    -------
    mean : float
    worst : tuple
        Distance, setting, name of the accuracy, reproduced and reported value.
    """
    far = [
        (abs(found - reported), setting, name, found, reported)
        for setting in outcome.settings(group)
        for name, reported in setting.reported.items()
        if name.endswith("_accuracy")
        for found in [outcome.mean(setting.key, name)]
        if found is not None
    ]
    if not far:
        return None
    return sum(each[0] for each in far) / len(far), max(far, key=lambda each: each[0])


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
        return super().draw(outcome) | epochs(outcome)


def agreement(outcome):
    """Yield a sentence on the distances from the reported accuracies, and how much of them is chance."""
    parts, rates = [], []
    for group in dict.fromkeys(setting.group for setting in outcome.settings()):
        found = distance(outcome, group)
        if found is None:
            continue
        mean, (_, setting, name, reproduced, reported) = found
        parts.append(
            f"{group or 'all'}: {100 * mean:.1f} points on average, most for {setting.name} "
            f"({name.replace('_', ' ')} {100 * reproduced:.1f} %, reported {100 * reported:.1f} %)"
        )
        rates += outcome.values(outcome.best("test_accuracy", group).key, "test_accuracy")
    if parts:
        n_images, rate = n_tested(outcome), max(rates)
        yield f"Distance from the reported accuracies: {'; '.join(parts)}."
        yield (
            f"{n_images} test images leave much to chance: an accuracy of {100 * rate:.1f} % has a standard "
            f"deviation of {100 * sqrt(rate * (1 - rate) / n_images):.1f} points, and the report does not "
            "say which images it took."
        )


def n_tested(outcome):
    """Return the number of test images."""
    known = (fit["results"].get("test_confusion") for fit in outcome.fits)
    return next(sum(map(sum, matrix)) for matrix in known if matrix is not None)


def epochs(outcome):
    """Draw train and test accuracy against the epoch, a picture for every group; return a dict of Figures."""
    pictures = {}
    for group in dict.fromkeys(setting.group for setting in outcome.settings()):
        panels = {
            setting.name: {
                part: [None if share is None else 100 * share for share in curves[f"{part}_accuracy"]]
                for part in ("train", "test")
            }
            for setting in outcome.settings(group)
            for curves in [outcome.first(setting.key)["epochs"]]
        }
        name = "-".join(["epochs", *group.replace(",", "").split()])
        pictures[f"{name}.png"] = plots.epoch_curves(
            panels, ylabel="correct (%)", title=f"{outcome.recipe.title}: {group}"
        )
    return pictures
