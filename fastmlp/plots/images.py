"""Images beside each other."""

import numpy as np

from .image_grid import image_grid
from .mosaic import mosaic_figure, name_rows, tile


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
    percent = np.floor(1000 * np.asarray(confidence, float)) / 10  # never 100: that would be certainty
    some = (
        f"the {len(shown)} most confident of {len(true):,}"
        if len(true) > len(shown)
        else f"all {len(true):,}"
    )
    what = f"{some}: true → predicted (confidence)" if len(true) else "none"
    return image_grid(
        images[shown],
        [f"{true[i]} → {predicted[i]}  ({percent[i]:.1f} %)" for i in shown],
        n_columns=min(8, max(6, len(shown))),
        title=f"{title}\n{what}",
    )


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
    n_columns, height, width, channels = images.shape[1:]
    gap = -(-height // 16)
    cell = (gap + height, gap + width)
    mosaic = tile(images.reshape(-1, height, width, channels), n_columns, cell, blank=255)[:-gap, :-gap]
    figure, axes = mosaic_figure(
        mosaic, 0.78 * mosaic.shape[1] / cell[1], head=0.5, foot=0.12, left=1.7, right=0.12, title=title
    )
    name_rows(axes, names, cell[0], height / 2, captions=captions)
    return figure
