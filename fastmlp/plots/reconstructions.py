"""Images above what an autoencoder makes of them."""

import numpy as np
from matplotlib.figure import Figure

NAMES = ("original", "reconstruction")
LEAST = 6.0  # inches: room for the title


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
    pairs = np.stack(
        [np.asarray(images[:limit], np.float64) / largest for images in (originals, reconstructed)]
    )
    if pairs.ndim == 4:
        pairs = pairs[..., np.newaxis]  # (2, n_images, height, width, channels)
    n_columns, height, width, channels = pairs.shape[1:]
    gap, white = -(-height // 16), 0.0 if channels == 1 else 1.0  # gray levels are drawn as ink
    edges = [(0, 0), (0, 0), (0, gap), (0, gap), (0, 0)]
    mosaic = np.pad(pairs.clip(0, 1), edges, constant_values=white).swapaxes(1, 2)
    mosaic = mosaic.reshape(2 * (height + gap), n_columns * (width + gap), channels)

    head, foot, beside, side = 0.5, 0.1, 1.25, 0.78  # inches
    wide, high = side * n_columns, side * 2 * (height + gap) / (width + gap)
    figure = Figure(figsize=(max(LEAST, beside + wide + foot), head + high + foot))
    whole = figure.get_size_inches()
    axes = figure.add_axes((beside / whole[0], foot / whole[1], wide / whole[0], high / whole[1]))
    shown = mosaic[..., 0] if channels == 1 else mosaic
    axes.imshow(shown, cmap="gray_r", interpolation="nearest", aspect="auto", vmin=0, vmax=1)
    axes.set_axis_off()
    for row, name in enumerate(NAMES):
        middle = (-0.5, row * (height + gap) + height / 2 - 0.5)
        axes.annotate(name, middle, (-8, 0), textcoords="offset points", ha="right", va="center")
    figure.suptitle(title, y=1 - 0.12 / whole[1], va="top")
    return figure
