"""Figures to files."""

from ..files import atomic_open


def save_figure(figure, path, *, dpi=150):
    """Write a figure as a PNG file, whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : str or Path
        Its folder must exist.
    dpi : int, default=150
        Pixels per inch.
    """
    with atomic_open(path) as file:
        figure.savefig(file, format="png", dpi=dpi)
