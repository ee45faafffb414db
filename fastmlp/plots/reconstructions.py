"""Images above what an autoencoder makes of them."""

import numpy as np

from .mosaic import mosaic_figure, name_rows, tile

NAMES = ("original", "reconstruction")


def reconstructions(originals, reconstructed, *, limit=12, title=""):
    """Draw images in one row, and in the row below what became of them.

    Parameters
    ----------
    originals, reconstructed : ndarray of shape (n_images, height, width[, channels])
        In the same units, with one or three channels.  Both are drawn on the scale of the originals, from 0
        to their largest value; what lies outside is cut off.
    limit : int, default=12
        The most images to draw: the first ones.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are no images, or the two have different shapes.
    """
    if np.ndim(originals) not in (3, 4) or np.shape(originals) != np.shape(reconstructed):
        raise ValueError(
            "originals and reconstructed must have the same shape (n_images, height, width[, channels]), "
            f"but have {np.shape(originals)} and {np.shape(reconstructed)}; reshape the rows that "
            "inverse_transform returns."
        )
    if len(originals) == 0 or limit < 1:
        raise ValueError(f"there is no image to draw: {len(originals)} given, limit={limit}.")
    largest = np.max(originals) or 1
    images = np.concatenate([originals[:limit], reconstructed[:limit]]) / largest
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    (height, width), n_columns = images.shape[1:3], len(images) // 2
    gap, white = -(-height // 16), 0.0 if images.ndim == 3 else 1.0  # gray levels are drawn as ink
    cell = (height + gap, width + gap)
    figure, axes = mosaic_figure(
        tile(images.clip(0, 1), n_columns, cell, blank=white),
        0.78 * n_columns,
        head=0.5,
        left=1.25,
        right=0.1,
        title=title,
        cmap="gray_r",
        vmin=0,
        vmax=1,
    )
    name_rows(axes, NAMES, cell[0], height / 2)
    return figure
