"""Gray images in a grid, each under a caption."""

import numpy as np

from .mosaic import mosaic_figure, name_rows, tile, write_above

SIDE = 1.04  # inches: width of an image under a caption
BARE_SIDE = 0.78  # and without one
LETTER, LINE = 0.08, 0.19  # inches: width of a caption's letter, height of its line
NAME_LETTER = 0.1  # and width of a row name's letter
WRONG = "#c0392b"


def image_grid(images, captions=None, *, n_columns, title="", row_names=None, wrong=None):
    """Draw gray images in a grid, row by row, each under its caption.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        Drawn as ink: 0 and less is white, the largest value of all images is black.
    captions : sequence of str, length n_images, optional
        May have several lines.
    n_columns : int
    title : str
    row_names : sequence of str, one for each row of the grid, optional
        Written on the left.
    wrong : array-like of bool, shape (n_images,), optional
        Which captions are red.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If `images` has another shape, `n_columns` is less than 1, or captions, row names or `wrong` are not
        as many as what they belong to.
    """
    images = np.asarray(images)
    if images.ndim != 3 or n_columns < 1:
        raise ValueError(
            f"images has the shape {images.shape} and n_columns={n_columns}: image_grid needs images of "
            "shape (n_images, height, width), and at least one column."
        )
    n_rows = max(1, -(-len(images) // n_columns))
    for name, given, count in (
        ("captions", captions, len(images)),
        ("row_names", row_names, n_rows),
        ("wrong", wrong, len(images)),
    ):
        if given is not None and len(given) != count:
            raise ValueError(
                f"{name} has {len(given)} entries, but {count} are needed for {len(images)} images in "
                f"{n_columns} columns."
            )
    height, width = images.shape[1:]
    if captions is None:
        inch, corner = BARE_SIDE / width, (0, 0)
        cell = (height + -(-height // 16), width + -(-width // 16))
    else:
        inch = SIDE / width
        lines = [line for caption in captions for line in caption.split("\n")]
        most = max((caption.count("\n") + 1 for caption in captions), default=1)
        longest = LETTER * max(map(len, lines), default=0) + 0.1
        above = int(np.ceil((LINE * most + 0.06) / inch))
        cell = (above + height, max(int(np.ceil(longest / inch)), width + -(-width // 8)))
        corner = (above, (cell[1] - width) // 2)
    left = 0.2 + NAME_LETTER * max(map(len, row_names)) if row_names is not None else 0.1
    figure, axes = mosaic_figure(
        tile(images, n_columns, cell, corner),
        inch * cell[1] * n_columns,
        head=0.3 + 0.22 * (title.count("\n") + 1),
        left=left,
        right=0.1,
        title=title,
        cmap="gray_r",
        vmin=0,
        vmax=max(images.max(initial=0), 1e-30),  # all white where nothing is positive
    )
    if row_names is not None:
        name_rows(axes, row_names, cell[0], corner[0] + height / 2)
    if captions is not None:
        colours = None if wrong is None else np.where(wrong, WRONG, "black")
        write_above(axes, captions, width, n_columns, cell, corner, fontsize=9, colours=colours)
    return figure
