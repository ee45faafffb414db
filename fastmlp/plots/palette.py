"""Colours of classes and of lines."""

import numpy as np
from matplotlib import colormaps

FEW = 10  # classes that the qualitative colours suffice for
TRAIN, VALIDATION = "#2f6db3", "#d1622b"
LINES = (TRAIN, VALIDATION, "#3a8f5c", "#8a5aa8", "#b03a5b", "#8c7a2b", "#3f9ca8", "#6b6b6b")


def class_colours(n_classes):
    """Return a colour for every class, ndarray of shape (n_classes, 4)."""
    if n_classes <= FEW:
        return colormaps["tab10"](np.arange(n_classes))
    return colormaps["turbo"](np.linspace(0, 1, n_classes))


def line_colours(names):
    """Return the colour of every named line, a dict; the first is that of training data."""
    names = list(names)
    return dict(zip(names, LINES if len(names) <= len(LINES) else class_colours(len(names)), strict=False))
