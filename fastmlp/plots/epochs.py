"""Axes along which training goes on."""

from matplotlib.ticker import MaxNLocator


def epoch_axis(axes):
    """Label the epochs with whole numbers."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))


def epoch_markers(n_epochs):
    """Return the style that marks epochs while they can be told apart."""
    return {"marker": "o", "markersize": 4} if n_epochs <= 40 else {}
