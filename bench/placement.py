"""Where the operands of a kernel lie: always the same, for it changes their speed by half."""

import numpy as np
from numpy.lib.array_utils import byte_bounds

from fastmlp.workspace import LINE, aligned_zeros

PAGE = 4096  # bytes


def spread(*arrays):
    """Copy arrays, strides and all, into one block, starting at different places of their pages.

    Loads wait for stores to addresses that are equal in the last 12 bits; arrays allocated one by one lie so
    or not by chance, in every process anew.

    Parameters
    ----------
    *arrays : ndarray
        Views of strange strides take as much room as what they are views of.

    Returns
    -------
    list of ndarray
    """
    step = PAGE // len(arrays) // LINE * LINE
    firsts, end = [], 0
    for i, array in enumerate(arrays):
        start = -(-end // PAGE) * PAGE + i * step
        low, high = byte_bounds(array)
        firsts.append(start + array.ctypes.data - low)  # strides may be negative
        end = start + high - low
    block = _page_aligned(end)
    copies = []
    for first, array in zip(firsts, arrays, strict=True):
        copies.append(np.ndarray(array.shape, array.dtype, block, first, array.strides))
        copies[-1][...] = array
    return copies


def _page_aligned(n_bytes):
    raw = aligned_zeros(n_bytes + PAGE, np.uint8)
    start = -raw.ctypes.data % PAGE
    return raw[start : start + n_bytes]
