"""Inverted dropout from Philox4x32-10, a counter-based generator; see the reference for both."""

import numpy as np

from .jit import always_inline, jit

_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)


@always_inline
def _round(c0, c1, c2, c3, key_0, key_1):
    """One round of Philox."""
    k0, k1 = np.uint32(key_0 & 0xFFFFFFFF), np.uint32(key_1 & 0xFFFFFFFF)
    first, second = np.uint64(c0) * np.uint64(0xD2511F53), np.uint64(c2) * np.uint64(0xCD9E8D57)
    return (
        np.uint32(np.uint32(second >> _WORD) ^ c1 ^ k0),
        np.uint32(second & _LOW),
        np.uint32(np.uint32(first >> _WORD) ^ c3 ^ k1),
        np.uint32(first & _LOW),
    )


@always_inline
def philox(c0, c1, c2, c3, key_0, key_1):
    """Ten rounds of Philox on the words c0..c3 (uint32), the key in two integers below 2^32.

    Written out: a loop in the loop over the columns would keep that from being vectorized.
    """
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0, key_1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 0x9E3779B9, key_1 + 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 2 * 0x9E3779B9, key_1 + 2 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 3 * 0x9E3779B9, key_1 + 3 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 4 * 0x9E3779B9, key_1 + 4 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 5 * 0x9E3779B9, key_1 + 5 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 6 * 0x9E3779B9, key_1 + 6 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 7 * 0x9E3779B9, key_1 + 7 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 8 * 0x9E3779B9, key_1 + 8 * 0xBB67AE85)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, key_0 + 9 * 0x9E3779B9, key_1 + 9 * 0xBB67AE85)
    return c0, c1, c2, c3


@jit
def dropout_mask(seed, step, layer, first_row, n, rate, mask):
    """Overwrite `mask` (m, ld) with 0, of probability `rate`, or 1 / (1 - rate); columns n.. with 0."""
    zero, kept = mask.dtype.type(0), mask.dtype.type(1 / (1 - rate))
    threshold = np.uint32(rate * 4294967296.0)
    q = (n + 3) // 4
    c2, c3 = np.uint32(step & 0xFFFFFFFF), np.uint32(layer | step >> 32 << 16)
    key_0, key_1 = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
    for i in range(mask.shape[0]):
        for c in range(q):
            w0, w1, w2, w3 = philox(np.uint32(c), np.uint32(first_row + i), c2, c3, key_0, key_1)
            mask[i, c] = zero if w0 < threshold else kept
            if c + q < n:
                mask[i, c + q] = zero if w1 < threshold else kept
            if c + 2 * q < n:
                mask[i, c + 2 * q] = zero if w2 < threshold else kept
            if c + 3 * q < n:
                mask[i, c + 3 * q] = zero if w3 < threshold else kept
        for j in range(n, mask.shape[1]):
            mask[i, j] = zero


@jit
def multiply(x, mask, out):
    """Overwrite `out` (m, ld) with x * mask; `out` may be `x`."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = x[i, j] * mask[i, j]
