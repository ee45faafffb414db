"""Loss and accuracy against the epoch."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .epochs import epoch_axis, epoch_markers
from .palette import TRAIN, VALIDATION
from .panels import finish, log_scale

BEST = "#6b6b6b"
BELOW = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14)}  # of axes, where a legend hides no curve


class Losses(NamedTuple):
    """The losses of one training run.

    Attributes
    ----------
    name : str
        What it is called.
    training, other : sequence of float, length n_epochs
        Mean loss of every epoch on the training data, and on other data.
    other_name : str
        Which these are: 'validation' or 'test'.
    best_epoch : int or None
        The epoch whose weights were kept, counted from 1; None if they were those of the last.
    training_only : str
        What the training loss has and the other one has not, such as 'dropout and penalties'.
    """

    name: str
    training: list
    other: list
    other_name: str = "validation"
    best_epoch: int | None = None
    training_only: str = ""


def training_curves(
    loss, validation_loss, validation_accuracy, *, best_epoch=None, training_only="", title=""
):
    """Draw loss (logarithmic) and accuracy against the epoch.

    Parameters
    ----------
    loss, validation_loss : sequence of float, length n_epochs
        Mean loss of every epoch.
    validation_accuracy : sequence of float, length n_epochs
        Between 0 and 1.
    best_epoch : int, optional
        The epoch whose weights were kept, counted from 1.
    training_only : str
        What the training loss has and the validation loss has not, such as 'dropout and penalties'.
    title : str

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    losses = Losses("Loss", loss, validation_loss, "validation", best_epoch, training_only)
    _draw_losses(left, losses, {"loc": "best"})
    epochs, accuracy = np.arange(1, len(loss) + 1), 100 * np.asarray(validation_accuracy)
    right.plot(epochs, accuracy, color=VALIDATION, label="validation", **epoch_markers(len(loss)))
    right.set(title="Accuracy", ylabel="correct (%)")
    _finish(right, best_epoch, {"loc": "lower right"})
    return figure


def loss_curves(trainings, *, title=""):
    """Draw the losses (logarithmic) of several training runs, each in axes of its own.

    Parameters
    ----------
    trainings : sequence of Losses
    title : str

    Returns
    -------
    Figure
    """
    figure = Figure(figsize=(max(6.5, 5 * len(trainings)), 4.9), layout="constrained")
    figure.suptitle(title)
    for axes, losses in zip(figure.subplots(1, len(trainings), squeeze=False)[0], trainings, strict=True):
        _draw_losses(axes, losses, BELOW)
    return figure


def _draw_losses(axes, losses, legend):
    """Draw one run's losses; the name becomes the title."""
    epochs, style = np.arange(1, len(losses.training) + 1), epoch_markers(len(losses.training))
    label = f"training (with {losses.training_only})" if losses.training_only else "training"
    axes.plot(epochs, losses.training, color=TRAIN, label=label, **style)
    axes.plot(epochs, losses.other, color=VALIDATION, label=losses.other_name, **style)
    axes.set(title=losses.name, ylabel="mean loss (cross-entropy, nats)")
    log_scale(axes)
    _finish(axes, losses.best_epoch, legend)


def _finish(axes, best_epoch, legend):
    """Mark the best epoch; label the epochs; add the legend."""
    if best_epoch is not None:
        label = f"best accuracy: epoch {best_epoch}"
        axes.axvline(best_epoch, color=BEST, linestyle=":", label=label, zorder=1)
    epoch_axis(axes)
    finish(axes)
    axes.legend(**legend, edgecolor="none", framealpha=0.9)
