"""Inverted dropout (Srivastava et al., 2014) from a counter-based generator.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) maps a
128-bit counter and a 64-bit key to 128 random bits.  The counter is the place of an element, the key is the
seed: a mask does not depend on the backend, the dtype, the number of threads, or on what was drawn before.
"""

import numpy as np

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(counter, key):
    """Ten rounds of Philox; `counter` four and `key` two uint64 arrays holding 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (second >> _WORD) ^ c1 ^ k0, second & _LOW, (first >> _WORD) ^ c3 ^ k1, first & _LOW
        k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW, (k1 + _KEY_STEPS[1]) & _LOW
    return c0, c1, c2, c3


def dropout_mask(seed, step, layer, first_row, n, rate, mask):
    """Overwrite `mask` (m, ld) with 0, of probability `rate`, or 1 / (1 - rate); columns n.. with 0.

    Element (i, j) takes word j // q of the Philox block with the counter
    (j % q, first_row + i, low half of step, layer + 2^16 * high half of step) and the key
    (low half of seed, high half of seed), where q = ceil(n / 4); it is 0 if that word is below rate * 2^32.

    Parameters
    ----------
    seed : int in [0, 2^63)
    step : int in [0, 2^48)
    layer : int in [0, 2^16)
    first_row : int, the batch's row that row 0 of `mask` belongs to
    rate : float in [0, 1)
    """
    m = mask.shape[0]
    q = (n + 3) // 4
    zero = np.zeros((m, q), np.uint64)
    counter = (
        zero + np.arange(q, dtype=np.uint64),
        zero + np.arange(first_row, first_row + m, dtype=np.uint64)[:, None],
        zero + np.uint64(step & 0xFFFFFFFF),
        zero + np.uint64(layer | step >> 32 << 16),
    )
    words = np.hstack(philox(counter, (np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF))))
    mask[:] = 0
    mask[:, :n] = np.where(words[:, :n] < np.uint64(rate * 2**32), 0, 1 / (1 - rate))


def multiply(x, mask, out):
    """Overwrite `out` (m, ld) with x * mask; `out` may be `x`."""
    np.multiply(x, mask, out=out)
