"""Penalties on weights."""

import numpy as np

from .jit import jit
from .sums import add_in_any_order


@jit
def penalty(w, g, l2, l1):
    """g += l2 w + l1 sign(w); return l2 |w|² / 2 + l1 |w|₁, summed in float64."""
    zero, decay, shrink = w.dtype.type(0), w.dtype.type(l2), w.dtype.type(l1)
    squares, magnitudes = 0.0, 0.0
    for i in range(w.size):
        x = w[i]
        sign = shrink if x > zero else (-shrink if x < zero else zero)
        g[i] += decay * x + sign
        squares = add_in_any_order(squares, np.float64(x) * np.float64(x))
        magnitudes = add_in_any_order(magnitudes, np.float64(abs(x)))
    return l2 / 2 * squares + l1 * magnitudes
