"""Activations as heat maps."""

import numpy as np
from matplotlib.colors import Normalize, PowerNorm

from .mosaic import mosaic_figure, tile, write_above

FINE = 48  # pixels that a map is enlarged to: gaps between small maps would be a third of them
WIDTHS = (0.9, 3.2)  # inches: narrowest and widest map


def feature_maps(maps, *, title="", label="activation"):
    """Draw the channels of an image inside a network as a grid of heat maps, in the same colours.

    Parameters
    ----------
    maps : ndarray of shape (height, width, channels)
        Activations, such as those of a pooling layer for one image; those of a dense layer as one map.
    title : str
    label : str
        The quantity, beside its scale.

    Returns
    -------
    Figure
        Every map under its number, from 1.  Where there are negative activations, colours diverge from white
        at 0; otherwise they are stretched, so that weak ones show beside strong ones.

    Raises
    ------
    ValueError
        If `maps` has another number of axes, or is empty.
    """
    maps = np.asarray(maps, np.float64)
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(
            f"maps has the shape {maps.shape}, but must be (height, width, channels); give activations of a "
            "dense layer the shape (height, width, 1)."
        )
    times = -(-FINE // max(maps.shape[:2]))
    images = maps.transpose(2, 0, 1).repeat(times, axis=1).repeat(times, axis=2)
    n_maps, height, width = images.shape
    n_columns = min(8, n_maps)
    side = np.clip(7.2 / n_columns, *WIDTHS)
    gap = -(-width // 12)
    above = int(np.ceil(0.2 * width / side)) if n_maps > 1 else 0  # for the number
    cell = (above + height, width + gap)
    largest = np.abs(maps).max() or 1.0
    diverges = maps.min() < 0
    figure, axes = mosaic_figure(
        tile(images, n_columns, cell, (above, 0), blank=np.nan)[:, :-gap],
        side * (n_columns * cell[1] - gap) / width,
        head=0.5,
        foot=0.15,
        left=0.15,
        right=1.1,
        title=title,
        cmap="RdBu_r" if diverges else "viridis",
        norm=Normalize(-largest, largest) if diverges else PowerNorm(0.5, 0, largest),
    )
    if n_maps > 1:
        write_above(axes, map(str, range(1, n_maps + 1)), width, n_columns, cell, (above, 0), fontsize=8)
    box, whole = axes.get_position(), figure.get_size_inches()
    bar = figure.add_axes((box.x1 + 0.15 / whole[0], box.y0, 0.14 / whole[0], box.height))
    figure.colorbar(axes.images[0], cax=bar, label=label)
    return figure
