"""Rows of data as points in the plane."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .palette import class_colours


def embeddings(points, labels, names, *, title=""):
    """Draw embeddings side by side, coloured by class.

    The axes have no ticks: distances and directions of an embedding such as t-SNE have no unit.

    Parameters
    ----------
    points : dict of str to ndarray of shape (n_rows, 2)
        What was embedded -> the points.
    labels : ndarray of int, shape (n_rows,), or dict of str to such arrays
        Classes, from 0: of all embeddings, if they are of the same rows, or of each.
    names : sequence of str
        Names of the classes.
    title : str

    Returns
    -------
    Figure
    """
    colours = class_colours(len(names))
    figure = Figure(figsize=(max(6, 5 * len(points)), 6.1), layout="constrained")
    figure.suptitle(title)
    for axes, (name, xy) in zip(
        figure.subplots(1, len(points), squeeze=False)[0], points.items(), strict=True
    ):
        own = labels[name] if isinstance(labels, dict) else labels
        axes.scatter(*np.asarray(xy).T, c=colours[own], s=9, linewidths=0, alpha=0.75)
        axes.set(title=name, xticks=[], yticks=[])
        axes.set_box_aspect(1)
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colour, label=name)
        for colour, name in zip(colours, names, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(5, len(names)), frameon=False)
    return figure
