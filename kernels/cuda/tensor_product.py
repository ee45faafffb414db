"""Matrix products by a GPU's matrix units (tensor cores): like `product`, but warps multiply words together.

A warp makes a piece of the tile of C, in units of 16 x 8; words are one number of TF32 or two of BF16.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .device import SIMULATED, cuda
from .intrinsics import NUMBERS, WARP, matrix_unit
from .product import check_tile

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
        """Of a block: a multiple of rows, columns and depth."""
        return WARP * (self.rows // self.down) * (self.columns // self.across)


WARP_TILES = (
    (WarpTile(16, 8, 8, 16, 8),)
    if SIMULATED
    else (WarpTile(128, 128, 16, 64, 32), WarpTile(64, 64, 32, 32, 32), WarpTile(32, 32, 64, 16, 16))
)

PAD = 4  # words between rows of a tile, with which the lanes of a warp read from different banks


@cache
def tensor_product(precision, tile, reader_a, reader_b, store):
    """Return a kernel like that of `product`, for float32 numbers that are rounded to a precision.

    Parameters
    ----------
    precision : Precision
        TF32 or BF16.
    tile : WarpTile
    reader_a, reader_b, store
        As of `product`.
    """
    begin_a, load_a, inner_a = reader_a
    begin_b, load_b, inner_b = reader_b
    begin, fetch, put = store
    unit, numbers = matrix_unit(precision), NUMBERS[precision]
    word, multiply = unit.word, unit.multiply
    rows, columns, depth, down, across = tile
    threads, wide, ld, zero, u = tile.threads, columns // across, depth + PAD, np.float32(0), np.uint64
    check_tile(tile)
    n_left, n_right = rows * depth // threads, columns * depth // threads
    left_i, left_p = (threads // depth, 0) if inner_a else (0, threads // rows)
    right_j, right_p = (threads // depth, 0) if inner_b else (0, threads // columns)
    units_down, units_across = down // UNIT_ROWS, across // UNIT_COLUMNS

    @cuda.jit
    def kernel(m, n, k, a, b, c):
        left = cuda.shared.array((rows, ld), np.int32)
        right = cuda.shared.array((columns, ld), np.int32)
        held_left, held_right = cuda.local.array(n_left, np.int32), cuda.local.array(n_right, np.int32)
        begun_left, begun_right = (
            cuda.local.array((n_left, 3), np.int64),
            cuda.local.array((n_right, 3), np.int64),
        )
        mine_left = cuda.local.array((units_down, 4), np.int32)
        sums = cuda.local.array((units_down, units_across, 4), np.float32)
        fetched = cuda.local.array((units_across, 4, 3), np.float32)
        me = cuda.threadIdx.x
        top, first = cuda.blockIdx.x * rows, cuda.blockIdx.y * columns
        warp, g, t = me // WARP, me % WARP // 4, me % 4
        my_row, my_column = warp // wide * down, warp % wide * across
        a_i, a_p = (me // depth, me % depth) if inner_a else (me % rows, me // rows)
        b_j, b_p = (me // depth, me % depth) if inner_b else (me % columns, me // columns)
        for q in range(n_left):
            if top + a_i + q * left_i < m:
                begun_left[q, 0], begun_left[q, 1], begun_left[q, 2] = begin_a(a, top + a_i + q * left_i)
        for q in range(n_right):
            if first + b_j + q * right_j < n:
                begun_right[q, 0], begun_right[q, 1], begun_right[q, 2] = begin_b(
                    b, first + b_j + q * right_j
                )
        for i in range(units_down):
            for j in range(units_across):
                for q in range(4):
                    sums[i, j, q] = zero
        for start in range(-depth * numbers, k, depth * numbers):
            if start >= 0:  # what was fetched before
                for q in range(n_left):
                    left[u(a_i + q * left_i), u(a_p + q * left_p)] = held_left[q]
                for q in range(n_right):
                    right[u(b_j + q * right_j), u(b_p + q * right_p)] = held_right[q]
                cuda.syncthreads()
            ahead = start + depth * numbers
            if ahead < k:
                for q in range(n_left):
                    p, inside = ahead + (a_p + q * left_p) * numbers, top + a_i + q * left_i < m
                    begun = begun_left[q, 0], begun_left[q, 1], begun_left[q, 2]
                    x = load_a(a, begun, p) if inside and p < k else zero
                    y = load_a(a, begun, p + 1) if numbers == 2 and inside and p + 1 < k else zero
                    held_left[q] = word(x, y)
                for q in range(n_right):
                    p, inside = ahead + (b_p + q * right_p) * numbers, first + b_j + q * right_j < n
                    begun = begun_right[q, 0], begun_right[q, 1], begun_right[q, 2]
                    x = load_b(b, begun, p) if inside and p < k else zero
                    y = load_b(b, begun, p + 1) if numbers == 2 and inside and p + 1 < k else zero
                    held_right[q] = word(x, y)
            if start >= 0:
                for p in range(0, depth, UNIT_DEPTH):
                    for i in range(units_down):
                        row = my_row + i * UNIT_ROWS + g
                        for q in range(4):
                            mine_left[i, q] = left[u(row + q % 2 * 8), u(p + t + q // 2 * 4)]
                    for j in range(units_across):
                        column = my_column + j * UNIT_COLUMNS + g
                        b0, b1 = right[u(column), u(p + t)], right[u(column), u(p + t + 4)]
                        for i in range(units_down):
                            sums[i, j, 0], sums[i, j, 1], sums[i, j, 2], sums[i, j, 3] = multiply(
                                mine_left[i, 0], mine_left[i, 1], mine_left[i, 2], mine_left[i, 3], b0, b1,
                                sums[i, j, 0], sums[i, j, 1], sums[i, j, 2], sums[i, j, 3],
                            )  # fmt: skip
                cuda.syncthreads()
        values = begin(c)
        for i in range(units_down):
            row = top + my_row + i * UNIT_ROWS + g
            for j in range(units_across):
                for q in range(4):
                    x, y = row + q // 2 * 8, first + my_column + j * UNIT_COLUMNS + 2 * t + q % 2
                    if x < m and y < n:
                        fetched[j, q, 0], fetched[j, q, 1], fetched[j, q, 2] = fetch(c, x, y)
            for j in range(units_across):
                for q in range(4):
                    x, y = row + q // 2 * 8, first + my_column + j * UNIT_COLUMNS + 2 * t + q % 2
                    if x < m and y < n:
                        some = fetched[j, q, 0], fetched[j, q, 1], fetched[j, q, 2]
                        put(c, values, some, x, y, sums[i, j, q])

    return kernel
