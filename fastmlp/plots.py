"""Pictures of a training run: curves, confusion matrix, misclassified images.

Every function returns a matplotlib Figure that belongs to no window and leaves pyplot's state alone;
`save_figure` writes it as a PNG file.  Needs matplotlib (the extra `cli`).
"""

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from sklearn.metrics import ConfusionMatrixDisplay

from .files import atomic_open

TRAIN, VALIDATION, BEST = "#2f6db3", "#d1622b", "#6b6b6b"


def save_figure(figure, path, *, dpi=150):
    """Write a figure as a PNG file, whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : str or Path
        Its folder must exist.
    dpi : int, default=150
        Pixels per inch.
    """
    with atomic_open(path) as file:
        figure.savefig(file, format="png", dpi=dpi)


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
    epochs = np.arange(1, len(loss) + 1)
    style = {"marker": "o", "markersize": 4} if len(loss) <= 40 else {}
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    training = f"training (with {training_only})" if training_only else "training"
    left.plot(epochs, loss, color=TRAIN, label=training, **style)
    left.plot(epochs, validation_loss, color=VALIDATION, label="validation", **style)
    left.set(title="Loss", ylabel="mean loss (cross-entropy, nats)", yscale="log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    right.plot(epochs, 100 * np.asarray(validation_accuracy), color=VALIDATION, label="validation", **style)
    right.set(title="Accuracy", ylabel="correct (%)")
    for axes in (left, right):
        if best_epoch is not None:
            label = f"best epoch: {best_epoch}"
            axes.axvline(best_epoch, color=BEST, linestyle=":", label=label, zorder=1)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right" if axes is right else "best", edgecolor="none", framealpha=0.9)
    return figure


def confusion(matrix, labels, *, title=""):
    """Draw a confusion matrix; colours are stretched so that single errors show beside full diagonals.

    Parameters
    ----------
    matrix : ndarray of int, shape (n_classes, n_classes)
        Row: true class, column: predicted class.
    labels : sequence, length n_classes
        Names of the classes.
    title : str

    Returns
    -------
    Figure
    """
    side = max(6.4, 0.62 * len(labels))
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    norm = PowerNorm(0.35, vmin=0, vmax=max(1, matrix.max()))
    display = ConfusionMatrixDisplay(matrix, display_labels=labels)
    display.plot(ax=axes, cmap="Blues", values_format="d", im_kw={"norm": norm}, colorbar=False)
    for count, text in zip(matrix.ravel(), display.text_.ravel(), strict=True):
        # scikit-learn chooses the text's colour as for a linear scale
        text.set_color("white" if norm(count) > 0.6 else "black" if count else "0.75")
    figure.colorbar(
        display.im_, ax=axes, label="images (colour scale stretched)", shrink=0.85, ticks=_ticks(norm.vmax)
    )
    figure.suptitle(title)
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def _ticks(highest):
    """Round counts for the stretched colour scale."""
    return [0] + [tick for power in range(7) for tick in (10**power, 3 * 10**power) if tick <= highest]


def misclassified(images, true, predicted, confidence, *, limit=40, title=""):
    """Draw the misclassified images of whose wrong class the model was most confident.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        All misclassified images.
    true, predicted : ndarray of shape (n_images,)
        Labels.
    confidence : ndarray of shape (n_images,)
        Probability that the model gave to the predicted class.
    limit : int, default=40
        The most images to draw.
    title : str

    Returns
    -------
    Figure
    """
    shown = np.argsort(-np.asarray(confidence), kind="stable")[:limit]
    n_columns = min(8, max(6, len(shown)))
    n_rows = -(-len(shown) // n_columns) or 1
    height, width = images.shape[1:]
    above, beside = -(-height // 4), -(-width // 4)  # room for the label and between two images
    mosaic = np.zeros((n_rows * (above + height), n_columns * (beside + width)), images.dtype)

    head, foot, wide = 0.55, 0.1, 1.3 * n_columns  # inches
    high = wide * len(mosaic) / mosaic.shape[1]
    figure = Figure(figsize=(wide, head + high + foot))
    axes = figure.add_axes((0, foot / (head + high + foot), 1, high / (head + high + foot)))
    for place, i in enumerate(shown):  # one axes for all: forty of them would take a second to draw
        row, column = divmod(place, n_columns)
        top, left = row * (above + height) + above, column * (beside + width) + beside // 2
        mosaic[top : top + height, left : left + width] = images[i]
        percent = np.floor(1000 * float(confidence[i])) / 10  # never 100: that would be certainty
        axes.annotate(
            f"{true[i]} → {predicted[i]}  ({percent:.1f} %)",
            (left + width / 2 - 0.5, top - 0.5),  # the middle of the image's upper edge
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=9,
        )
    axes.imshow(mosaic, cmap="gray_r", interpolation="nearest", vmin=0, vmax=max(1, mosaic.max()))
    axes.set_axis_off()
    some = (
        f"the {len(shown)} most confident of {len(true):,}"
        if len(true) > len(shown)
        else f"all {len(true):,}"
    )
    what = f"{some}: true → predicted (confidence)" if len(true) else "none"
    figure.suptitle(f"{title}\n{what}", y=1 - 0.1 / figure.get_figheight(), va="top")
    return figure
