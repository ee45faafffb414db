"""Matrix products by a GPU's matrix units (tensor cores): like `product`, but warps multiply words together.

A warp makes a piece of the tile of C, in units of 16 x 8; words are one number of TF32 or two of BF16.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .device import SIMULATED, cuda
from .intrinsics import NUMBERS, WARP, matrix_unit

UNIT_ROWS, UNIT_COLUMNS, UNIT_DEPTH = 16, 8, 8  # what one `multiply` makes, the depth in words


class WarpTile(NamedTuple):
    """What a block of (columns / across) x (rows / down) warps makes."""

    rows: int
    columns: int
    depth: int  # words of the inner dimension whose operands are in shared memory together
    down: int  # rows and columns of a warp
    across: int

    @property
    def threads(self):
        """Of a block; divides the words of both operands' tiles."""
        return WARP * (self.rows // self.down) * (self.columns // self.across)


WARP_TILES = (
    (WarpTile(16, 8, 8, 16, 8),)
    if SIMULATED
    else (WarpTile(128, 128, 16, 64, 32), WarpTile(64, 64, 32, 32, 32), WarpTile(32, 32, 64, 16, 16))
)

PAD = 4  # words between rows of a tile, with which the lanes of a warp read from different banks


@cache
def tensor_product(precision, tile, load_a, inner_a, load_b, inner_b, store):
    """Return a kernel like that of `product`, for float32 numbers that are rounded to a precision.

    Parameters
    ----------
    precision : Precision
        TF32 or BF16.
    tile : WarpTile
    load_a, inner_a, load_b, inner_b, store
        As of `product`.
    """
    unit, numbers = matrix_unit(precision), NUMBERS[precision]
    word, multiply = unit.word, unit.multiply
    rows, columns, depth, down, across = tile
    threads, wide, ld, zero = tile.threads, columns // across, depth + PAD, np.float32(0)
    n_left, n_right = rows * depth // threads, columns * depth // threads
    units_down, units_across = down // UNIT_ROWS, across // UNIT_COLUMNS

    @cuda.jit
    def kernel(m, n, k, a, b, c):
        left = cuda.shared.array((rows, ld), np.int32)
        right = cuda.shared.array((columns, ld), np.int32)
        held_left, held_right = cuda.local.array(n_left, np.int32), cuda.local.array(n_right, np.int32)
        mine_left = cuda.local.array((units_down, 4), np.int32)
        sums = cuda.local.array((units_down, units_across, 4), np.float32)
        me = cuda.threadIdx.x
        top, first = cuda.blockIdx.x * rows, cuda.blockIdx.y * columns
        warp, g, t = me // WARP, me % WARP // 4, me % 4
        my_row, my_column = warp // wide * down, warp % wide * across
        for i in range(units_down):
            for j in range(units_across):
                for q in range(4):
                    sums[i, j, q] = zero
        for start in range(-depth * numbers, k, depth * numbers):
            if start >= 0:  # what was fetched before
                for q in range(n_left):
                    e = me + q * threads
                    i, p = (e // depth, e % depth) if inner_a else (e % rows, e // rows)
                    left[i, p] = held_left[q]
                for q in range(n_right):
                    e = me + q * threads
                    j, p = (e // depth, e % depth) if inner_b else (e % columns, e // columns)
                    right[j, p] = held_right[q]
                cuda.syncthreads()
            ahead = start + depth * numbers
            if ahead < k:
                for q in range(n_left):
                    e = me + q * threads
                    i, p = (e // depth, e % depth) if inner_a else (e % rows, e // rows)
                    i, p = top + i, ahead + p * numbers
                    x = load_a(a, i, p) if i < m and p < k else zero
                    y = load_a(a, i, p + 1) if numbers == 2 and i < m and p + 1 < k else zero
                    held_left[q] = word(x, y)
                for q in range(n_right):
                    e = me + q * threads
                    j, p = (e // depth, e % depth) if inner_b else (e % columns, e // columns)
                    j, p = first + j, ahead + p * numbers
                    x = load_b(b, p, j) if p < k and j < n else zero
                    y = load_b(b, p + 1, j) if numbers == 2 and p + 1 < k and j < n else zero
                    held_right[q] = word(x, y)
            if start >= 0:
                for p in range(0, depth, UNIT_DEPTH):
                    for i in range(units_down):
                        row = my_row + i * UNIT_ROWS + g
                        mine_left[i, 0], mine_left[i, 1] = left[row, p + t], left[row + 8, p + t]
                        mine_left[i, 2], mine_left[i, 3] = left[row, p + t + 4], left[row + 8, p + t + 4]
                    for j in range(units_across):
                        column = my_column + j * UNIT_COLUMNS + g
                        b0, b1 = right[column, p + t], right[column, p + t + 4]
                        for i in range(units_down):
                            sums[i, j, 0], sums[i, j, 1], sums[i, j, 2], sums[i, j, 3] = multiply(
                                mine_left[i, 0], mine_left[i, 1], mine_left[i, 2], mine_left[i, 3], b0, b1,
                                sums[i, j, 0], sums[i, j, 1], sums[i, j, 2], sums[i, j, 3],
                            )  # fmt: skip
                cuda.syncthreads()
        for i in range(units_down):
            for j in range(units_across):
                for q in range(4):
                    row = top + my_row + i * UNIT_ROWS + g + q // 2 * 8
                    column = first + my_column + j * UNIT_COLUMNS + 2 * t + q % 2
                    if row < m and column < n:
                        store(c, row, column, sums[i, j, q])

    return kernel
