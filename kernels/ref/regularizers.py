"""Penalties on weights."""

import numpy as np


def penalty(w, g, l2, l1):
    """Add the penalty's gradient to `g` and return the penalty, l2 |w|² / 2 + l1 |w|₁.

    Parameters
    ----------
    w : (n,) weights, read
    g : (n,) gradient, to which l2 w + l1 sign(w) is added; sign(0) = 0
    l2, l1 : float

    Returns
    -------
    float
        Summed in float64.
    """
    g += g.dtype.type(l2) * w + g.dtype.type(l1) * np.sign(w)
    wide = w.astype(np.float64)
    return float(l2 / 2 * (wide * wide).sum() + l1 * np.abs(wide).sum())
