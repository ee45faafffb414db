"""Penalties on weights; see the reference."""

import numpy as np

from .device import SUMMING, cuda, for_dtype, launch
from .sums import block_sum


@for_dtype
def functions(real):
    """Return the device function `slope(w, l2, l1)` of a dtype: the derivative of the penalty."""
    zero = real(0)

    @cuda.jit(device=True)
    def slope(w, l2, l1):
        sign = l1 if w > zero else (-l1 if w < zero else zero)
        return l2 * w + sign

    return slope


@cuda.jit(device=True)
def penalty_of(w, l2, l1):
    """Penalty of one weight, in float64."""
    wide = np.float64(w)
    return 0.5 * l2 * wide * wide + l1 * abs(wide)


@for_dtype
def _kernel(real):
    slope = functions(real)

    @cuda.jit
    def kernel(w, g, l2, l1, total):
        shared, own = cuda.shared.array(SUMMING, np.float64), 0.0
        for i in range(cuda.threadIdx.x, w.size, SUMMING):
            g[i] += slope(w[i], real(l2), real(l1))
            own += penalty_of(w[i], l2, l1)
        own = block_sum(shared, own)
        if cuda.threadIdx.x == 0:
            total[0] = own

    return kernel


def penalty(w, g, l2, l1):
    """Add the penalty's gradient to `g` and return the penalty, l2 |w|² / 2 + l1 |w|₁."""
    total = np.zeros(1)
    launch(_kernel(w.dtype), 1, SUMMING, w, g, float(l2), float(l1), total)
    return float(total[0])
