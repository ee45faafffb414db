"""Images beside each other."""

import numpy as np
from matplotlib.figure import Figure


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


def sample_images(images, names, captions, *, title=""):
    """Draw images of every class, a row each.

    Parameters
    ----------
    images : ndarray of uint8, shape (n_classes, n_columns, height, width, channels)
    names : sequence of str, length n_classes
        Names of the classes.
    captions : sequence of str, length n_classes
        What is to be said about each of them below its name.
    title : str

    Returns
    -------
    Figure
    """
    n_rows, n_columns, height, width, channels = images.shape
    gap = -(-height // 16)
    cell = (gap + height, gap + width)
    mosaic = np.full((n_rows * cell[0] - gap, n_columns * cell[1] - gap, channels), 255, np.uint8)
    for row, column in np.ndindex(n_rows, n_columns):
        top, left = row * cell[0], column * cell[1]
        mosaic[top : top + height, left : left + width] = images[row, column]

    head, foot, beside, side = 0.5, 0.12, 1.7, 0.78  # inches
    wide, high = (side * size / cell[1] for size in mosaic.shape[1::-1])
    figure = Figure(figsize=(beside + wide + foot, head + high + foot))
    whole = figure.get_size_inches()
    axes = figure.add_axes((beside / whole[0], foot / whole[1], wide / whole[0], high / whole[1]))
    axes.imshow(mosaic, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    for row, (name, caption) in enumerate(zip(names, captions, strict=True)):
        middle = (-0.5, row * cell[0] + height / 2 - 0.5)
        near = {"textcoords": "offset points", "ha": "right"}
        axes.annotate(name, middle, (-8, 1), va="bottom", fontweight="bold", **near)
        axes.annotate(caption, middle, (-8, -1), va="top", fontsize=8, color="0.35", **near)
    figure.suptitle(title, y=1 - 0.12 / whole[1], va="top")
    return figure
