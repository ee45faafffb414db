"""What a network looks at, over the image that it looks at."""

import numpy as np
from matplotlib.figure import Figure


def heat_map(image, weights, *, title="", label="weight"):
    """Draw a gray image, and beside it the same image under a heat map.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        Drawn as ink: 0 is white.
    weights : ndarray of shape (rows, columns)
        How much every part of the image counts, such as a class activation map; spread over the whole image,
        and interpolated between the middles of its parts.
    title : str
    label : str
        What the weights are, and their unit.

    Returns
    -------
    Figure
        Where there are negative weights, colours diverge from white at 0.

    Raises
    ------
    ValueError
        If one of them has not two axes, or is empty.
    """
    image, weights = np.asarray(image), np.asarray(weights, np.float64)
    if image.ndim != 2 or weights.ndim != 2 or not image.size or not weights.size:
        raise ValueError(
            f"image and weights have the shapes {image.shape} and {weights.shape}, but must be (height, "
            "width) and (rows, columns)."
        )
    figure = Figure(figsize=(7.6, 4.0), layout="compressed")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    height, width = image.shape
    for axes in (left, right):
        axes.imshow(image, cmap="gray_r", vmin=0, interpolation="nearest")
        axes.set_axis_off()
    largest, diverges = np.abs(weights).max() or 1.0, weights.min() < 0
    heat = right.imshow(
        weights,
        cmap="RdBu_r" if diverges else "YlOrRd",
        vmin=-largest if diverges else 0,
        vmax=largest,
        alpha=0.65,
        interpolation="bilinear",
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
    )
    left.set_title("input")
    right.set_title("input under its heat map")
    figure.colorbar(heat, ax=[left, right], label=label, shrink=0.9)
    return figure
