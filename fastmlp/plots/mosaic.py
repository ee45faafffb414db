"""Images in one array: forty axes would take a second to draw, one takes milliseconds."""

import numpy as np
from matplotlib.figure import Figure

LEAST = 6.0  # inches: room for the title


def tile(images, n_columns, cell, corner=(0, 0), blank=0):
    """Put images into the cells of a table, row by row.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width[, channels])
    n_columns : int
    cell : (int, int)
        Height and width of a cell in pixels.
    corner : (int, int)
        Row and column of the cell's pixel that the image's first one comes to.
    blank : number
        What is between the images.

    Returns
    -------
    ndarray of shape (n_rows * cell[0], n_columns * cell[1][, channels])
    """
    n_rows = max(1, -(-len(images) // n_columns))
    shape = (n_rows * cell[0], n_columns * cell[1], *images.shape[3:])
    mosaic = np.full(shape, blank, images.dtype)
    for place, image in enumerate(images):
        top, left = _place(place, n_columns, cell, corner)
        mosaic[top : top + image.shape[0], left : left + image.shape[1]] = image
    return mosaic


def mosaic_figure(mosaic, wide, *, head, foot=0.1, left=0.0, right=0.0, title="", **options):
    """Make a figure of one image between margins; everything in inches.

    Parameters
    ----------
    mosaic : ndarray of shape (height, width[, channels])
    wide : float
        Width of the drawn image; its pixels are squares.
    head, foot, left, right : float
        Margins; the title stands in the uppermost.
    title : str
    **options
        Of `Axes.imshow`.

    Returns
    -------
    Figure, Axes
    """
    high = wide * mosaic.shape[0] / mosaic.shape[1]
    figure = Figure(figsize=(max(LEAST, left + wide + right), head + high + foot))
    whole = figure.get_size_inches()
    left += (whole[0] - left - wide - right) / 2
    axes = figure.add_axes((left / whole[0], foot / whole[1], wide / whole[0], high / whole[1]))
    axes.imshow(mosaic, interpolation="nearest", aspect="auto", **options)
    axes.set_axis_off()
    figure.suptitle(title, y=1 - 0.12 / whole[1], va="top")
    return figure, axes


def write_above(axes, texts, width, n_columns, cell, corner, *, fontsize, colours=None):
    """Write a text above every image of a mosaic.

    Parameters
    ----------
    axes : Axes
        As `mosaic_figure` returns them.
    texts : sequence of str
    width : int
        Of an image in pixels.
    n_columns, cell, corner
        As given to `tile`.
    fontsize : float
    colours : sequence of colours, optional
        Of the texts; black by default.
    """
    for place, text in enumerate(texts):
        top, left = _place(place, n_columns, cell, corner)
        axes.annotate(
            text,
            (left + width / 2 - 0.5, top - 0.5),  # the middle of the image's upper edge
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=fontsize,
            color="black" if colours is None else colours[place],
        )


def _place(place, n_columns, cell, corner):
    """Return row and column of an image's first pixel."""
    row, column = divmod(place, n_columns)
    return row * cell[0] + corner[0], column * cell[1] + corner[1]


def name_rows(axes, names, cell_height, middle, *, captions=None):
    """Write names, and smaller captions below them, on the left of a mosaic's rows.

    Parameters
    ----------
    axes : Axes
        As `mosaic_figure` returns them.
    names : sequence of str
    cell_height : int
        Pixels from one row to the next.
    middle : float
        Where the middle of the first row's images is, in pixels.
    captions : sequence of str, optional
    """
    near = {"textcoords": "offset points", "ha": "right"}
    for row, name in enumerate(names):
        place = (-0.5, row * cell_height + middle - 0.5)
        if captions is None:
            axes.annotate(name, place, (-8, 0), va="center", **near)
        else:
            axes.annotate(name, place, (-8, 1), va="bottom", fontweight="bold", **near)
            axes.annotate(captions[row], place, (-8, -1), va="top", fontsize=8, color="0.35", **near)
