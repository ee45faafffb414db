"""Inverted dropout from a counter-based generator, Philox4x32-10; see the reference."""

from types import SimpleNamespace

import numpy as np

from .device import cuda, elements, for_dtype

_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_FIRST, _SECOND = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_KEY_FIRST, _KEY_SECOND = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10


@cuda.jit(device=True)
def _word(number, c0, c1, c2, c3, k0, k1):
    """One of the four words that Philox makes of a counter and a key, all uint64 holding 32 bits."""
    for _ in range(_ROUNDS):
        first, second = c0 * _FIRST, c2 * _SECOND
        c0, c1, c2, c3 = (second >> _WORD) ^ c1 ^ k0, second & _LOW, (first >> _WORD) ^ c3 ^ k1, first & _LOW
        k0, k1 = (k0 + _KEY_FIRST) & _LOW, (k1 + _KEY_SECOND) & _LOW
    if number == 0:
        return c0
    if number == 1:
        return c1
    return c2 if number == 2 else c3


@for_dtype
def functions(real):
    """Return the device function `multiplier(seed, step, layer, row, column, n, rate)` of a dtype."""
    zero = real(0)

    @cuda.jit(device=True)
    def multiplier(seed, step, layer, row, column, n, rate):
        quarter = (n + 3) // 4
        word = _word(
            column // quarter,
            np.uint64(column % quarter),
            np.uint64(row),
            np.uint64(step) & _LOW,
            np.uint64(layer | step >> 32 << 16),
            np.uint64(seed) & _LOW,
            np.uint64(seed) >> _WORD,
        )
        return zero if word < np.uint64(rate * 4294967296.0) else real(1 / (1 - rate))

    return multiplier


@for_dtype
def _kernels(real):
    multiplier = functions(real)

    @cuda.jit
    def mask_of(seed, step, layer, first_row, n, rate, mask):
        i = cuda.grid(1)
        if i < mask.size:
            row, column = i // mask.shape[1], i % mask.shape[1]
            mask[row, column] = (
                multiplier(seed, step, layer, first_row + row, column, n, rate) if column < n else real(0)
            )

    @cuda.jit
    def product(x, mask, out):
        i = cuda.grid(1)
        if i < x.size:
            row, column = i // x.shape[1], i % x.shape[1]
            out[row, column] = x[row, column] * mask[row, column]

    return SimpleNamespace(mask_of=mask_of, product=product)


def dropout_mask(seed, step, layer, first_row, n, rate, mask):
    """Overwrite `mask` (m, ld) with 0, of probability `rate`, or 1 / (1 - rate); columns n.. with 0."""
    elements(_kernels(mask.dtype).mask_of, mask.size, seed, step, layer, first_row, n, float(rate), mask)


def multiply(x, mask, out):
    """Overwrite `out` (m, ld) with x * mask; `out` may be `x`."""
    elements(_kernels(x.dtype).product, x.size, x, mask, out)
