"""Where the operands of a kernel lie: always the same, for it changes their speed by half."""

import numpy as np

from fastmlp.workspace import LINE, aligned_zeros

PAGE = 4096  # bytes


def spread(*arrays):
    """Copy arrays into one block, starting at different places of their pages.

    Loads wait for stores to addresses that are equal in the last 12 bits; arrays allocated one by one lie so
    or not by chance, in every process anew.

    Parameters
    ----------
    *arrays : ndarray
        C-ordered.

    Returns
    -------
    list of ndarray
    """
    step = PAGE // len(arrays) // LINE * LINE
    starts, end = [], 0
    for i, array in enumerate(arrays):
        starts.append(-(-end // PAGE) * PAGE + i * step)
        end = starts[-1] + array.nbytes
    block = _page_aligned(end)
    copies = []
    for start, array in zip(starts, arrays, strict=True):
        copies.append(block[start : start + array.nbytes].view(array.dtype).reshape(array.shape))
        copies[-1][...] = array
    return copies


def _page_aligned(n_bytes):
    raw = aligned_zeros(n_bytes + PAGE, np.uint8)
    start = -raw.ctypes.data % PAGE
    return raw[start : start + n_bytes]
