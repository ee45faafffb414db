"""What networks of two inputs answer in the plane."""

from typing import NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .panels import balanced, legend_below, wrapped

SIDE = 6.0  # the plane is drawn from -6 to 6
COLOURS = {-1: "#e8862e", 1: "#2c6fb0"}  # as in TensorFlow Playground
CMAP = LinearSegmentedColormap.from_list("playground", [COLOURS[-1], "#f4f4f4", COLOURS[1]])


class Surface(NamedTuple):
    """A network's outputs in the plane, and the points that it learned from and was tested on.

    Attributes
    ----------
    outputs : ndarray of shape (n, n)
        At [i, j], that for the inputs (t[j], t[i]), where t = linspace(-6, 6, n); colours go from -1 to 1.
    X_train, X_test : ndarray of shape (n_rows, 2)
    y_train, y_test : ndarray of shape (n_rows,)
        Labels: -1 and 1.
    caption : str
        What is to be said below the surface, such as the loss.
    """

    outputs: np.ndarray
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    caption: str = ""


def decision_surfaces(panels, *, title=""):
    """Draw networks' outputs over the square from -6 to 6, with training and test points.

    Parameters
    ----------
    panels : dict of str to Surface, or a tuple of its fields
        What stands above a surface -> the surface.
    title : str

    Returns
    -------
    Figure
        Points that were learned have white rims, those for testing black ones; a line is where the output
        is 0.

    Raises
    ------
    ValueError
        If there is no panel, or outputs are not a square of at least 2 x 2.
    """
    panels = {name: Surface(*panel) for name, panel in panels.items()}
    if not panels:
        raise ValueError("panels must have at least one surface.")
    for name, surface in panels.items():
        shape = np.shape(surface.outputs)
        if len(shape) != 2 or shape[0] != shape[1] or shape[0] < 2:
            raise ValueError(f"the outputs of {name!r} have the shape {shape}, but must have (n, n), n > 1.")
    n_columns = balanced(len(panels), 3)
    n_rows = -(-len(panels) // n_columns)
    figure = Figure(figsize=(max(6.4, 4.0 * n_columns + 1), 0.8 + 4.3 * n_rows), layout="compressed")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    figure.suptitle(title)
    all_axes = wrapped(figure, len(panels), n_columns)
    for axes, (name, surface) in zip(all_axes, panels.items(), strict=True):
        t = np.linspace(-SIDE, SIDE, len(surface.outputs))
        edge = SIDE + (t[1] - t[0]) / 2  # pixels have their middles at the places of t
        image = axes.imshow(
            surface.outputs,
            CMAP,
            origin="lower",
            extent=(-edge, edge) * 2,
            vmin=-1,
            vmax=1,
            alpha=0.6,
            interpolation="bilinear",
        )
        if np.min(surface.outputs) < 0 < np.max(surface.outputs):
            axes.contour(t, t, surface.outputs, [0.0], colors="0.3", linewidths=1)
        for X, y, rim in (
            (surface.X_train, surface.y_train, "white"),
            (surface.X_test, surface.y_test, "black"),
        ):
            colours = [COLOURS[1 if label > 0 else -1] for label in y]
            axes.scatter(*np.asarray(X).T, c=colours, s=16, edgecolors=rim, linewidths=0.6)
        axes.set(title=name, xlabel="$x_1$", ylabel="$x_2$", xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE))
        if surface.caption:
            axes.set_xlabel(f"$x_1$\n{surface.caption}")
    figure.colorbar(image, ax=all_axes, label="output", shrink=0.8, extend="both")
    handles = [
        Line2D([], [], linestyle="", marker="o", color=COLOURS[label], markeredgecolor=rim, label=text)
        for label, rim, text in (
            (-1, "white", "-1, training"),
            (1, "white", "1, training"),
            (-1, "black", "-1, test"),
            (1, "black", "1, test"),
        )
    ]
    legend_below(figure, handles)
    return figure
