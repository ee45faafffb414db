"""Colours of classes."""

import numpy as np
from matplotlib import colormaps

FEW = 10  # classes that the qualitative colours suffice for


def class_colours(n_classes):
    """Return a colour for every class, ndarray of shape (n_classes, 4)."""
    if n_classes <= FEW:
        return colormaps["tab10"](np.arange(n_classes))
    return colormaps["turbo"](np.linspace(0, 1, n_classes))
