"""Matrix products by tiles: a block of threads makes a tile of C, each some elements of it in registers.

The operands' tiles meet in shared memory, a few steps of the inner dimension at a time, while the next ones
are on their way into registers.  Every element is one chain of fused multiply-adds over k, whichever tile it
is in: its bits do not depend on the tile's size.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .device import SIMULATED, cuda
from .intrinsics import LINE, neighbors


class Reader(NamedTuple):
    """How a product reads an operand: load(where, begin(where, i), p) is the number at i of m or n, p of k.

    `begin` gives three integers, which are kept while p goes on.  Both are asked inside the matrix only.
    """

    begin: object  # device functions
    load: object
    inner: bool  # whether neighbors along the inner dimension, p, lie beside each other in memory


class Operand(NamedTuple):
    """A factor of a product."""

    reader: Reader
    where: object


class Store(NamedTuple):
    """What becomes of the elements of a product: put(c, begin(c), fetch(c, i, j), i, j, value).

    `begin` gives three float64, once for a thread, `fetch` three numbers for an element.  The elements of
    some columns are fetched before any of them is put: what is put could change what is to be fetched, so
    that a compiler would not let the loads go first.
    """

    begin: object  # device functions
    fetch: object
    put: object


@cuda.jit(device=True)
def no_numbers(c):
    """The beginning of a store that needs none."""
    return 0.0, 0.0, 0.0


class Tile(NamedTuple):
    """What a block of (columns / across) x (rows / down) threads makes."""

    rows: int
    columns: int
    depth: int  # steps of the inner dimension whose operands are in shared memory together
    down: int  # rows and columns of a thread
    across: int

    @property
    def threads(self):
        """Of a block: a multiple of rows, columns and depth."""
        return self.rows // self.down * (self.columns // self.across)


#: From the largest, which read memory least, to the smallest, which keep all processors busy with few rows.
TILES = (
    (Tile(4, 8, 8, 2, 2), Tile(2, 4, 8, 1, 1))
    if SIMULATED
    else (Tile(128, 128, 8, 8, 8), Tile(64, 64, 16, 4, 4), Tile(32, 32, 32, 4, 2), Tile(16, 16, 64, 2, 2))
)

BUSY = 0.75  # of the processors: with fewer, smaller tiles are worth their traffic

VECTOR = 4  # numbers that a thread reads from shared memory at once, and by which rows there are padded


def check_tile(tile):
    """Raise a ValueError, if the threads of a block do not share the operands' tiles evenly."""
    if any(tile.threads % length for length in (tile.rows, tile.columns, tile.depth)):
        raise ValueError(f"{tile} has {tile.threads} threads, no multiple of rows, columns and depth.")


def tile_for(tiles, m, n, processors):
    """Return the largest tile of which there are enough to keep most processors busy; else the smallest."""
    for tile in tiles:
        if -(-m // tile.rows) * -(-n // tile.columns) >= BUSY * processors:
            return tile
    return tiles[-1]


def grid_of(tile, m, n):
    """Return the grid of blocks that covers m x n elements: rows, of which there may be most, columns."""
    return -(-m // tile.rows), -(-n // tile.columns)


@cache
def product(real, tile, reader_a, reader_b, store):
    """Return a kernel `kernel(m, n, k, a, b, c)`, which puts Σ_p a[i, p] b[p, j] where `store` says.

    Indices into shared memory are unsigned: Numba looks whether others are negative.

    Parameters
    ----------
    real : type
        numpy.float32 or numpy.float64.
    tile : Tile
    reader_a, reader_b : Reader
    store : Store
        Called once for every element of C.
    """
    begin_a, load_a, inner_a = reader_a
    begin_b, load_b, inner_b = reader_b
    begin, fetch, put = store
    rows, columns, depth, down, across = tile
    threads, wide, zero, u = tile.threads, columns // across, real(0), np.uint64
    check_tile(tile)
    n_left, n_right = rows * depth // threads, depth * columns // threads
    ld_left, ld_right = rows + VECTOR, columns + VECTOR
    # From one number that a thread fetches to its next: along an operand's outer dimension, or along p.
    left_i, left_p = (threads // depth, 0) if inner_a else (0, threads // rows)
    right_j, right_p = (threads // depth, 0) if inner_b else (0, threads // columns)
    # Rows of a thread are groups of neighbors, which it loads at once; so are its columns.
    group_down, group_across = min(VECTOR, down), min(VECTOR, across)
    next_down, next_across = rows // down * group_down, wide * group_across
    some_down, some_across = neighbors(group_down), neighbors(group_across)

    @cuda.jit
    def kernel(m, n, k, a, b, c):
        left = cuda.shared.array((depth, ld_left), real, alignment=LINE)
        right = cuda.shared.array((depth, ld_right), real, alignment=LINE)
        held_left, held_right = cuda.local.array(n_left, real), cuda.local.array(n_right, real)
        begun_left, begun_right = (
            cuda.local.array((n_left, 3), np.int64),
            cuda.local.array((n_right, 3), np.int64),
        )
        mine_left, mine_right = cuda.local.array(down, real), cuda.local.array(across, real)
        sums, fetched = cuda.local.array((down, across), real), cuda.local.array((across, 3), real)
        me = cuda.threadIdx.x
        top, first = cuda.blockIdx.x * rows, cuda.blockIdx.y * columns
        my_row, my_column = me // wide * group_down, me % wide * group_across
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
        for i in range(down):
            for j in range(across):
                sums[i, j] = zero
        for start in range(-depth, k, depth):
            if start >= 0:  # what was fetched before
                for q in range(n_left):
                    left[u(a_p + q * left_p), u(a_i + q * left_i)] = held_left[q]
                for q in range(n_right):
                    right[u(b_p + q * right_p), u(b_j + q * right_j)] = held_right[q]
                cuda.syncthreads()
            ahead = start + depth
            if ahead < k:
                for q in range(n_left):
                    p, inside = ahead + a_p + q * left_p, top + a_i + q * left_i < m
                    begun = begun_left[q, 0], begun_left[q, 1], begun_left[q, 2]
                    held_left[q] = load_a(a, begun, p) if inside and p < k else zero
                for q in range(n_right):
                    p, inside = ahead + b_p + q * right_p, first + b_j + q * right_j < n
                    begun = begun_right[q, 0], begun_right[q, 1], begun_right[q, 2]
                    held_right[q] = load_b(b, begun, p) if inside and p < k else zero
            if start >= 0:
                for p in range(depth):
                    for i in range(0, down, group_down):
                        some = some_down(left, p * ld_left + my_row + i // group_down * next_down)
                        for q in range(group_down):
                            mine_left[i + q] = some[q]
                    for j in range(0, across, group_across):
                        some = some_across(right, p * ld_right + my_column + j // group_across * next_across)
                        for q in range(group_across):
                            mine_right[j + q] = some[q]
                    for i in range(down):
                        for j in range(across):
                            sums[i, j] += mine_left[i] * mine_right[j]
                cuda.syncthreads()
        numbers = begin(c)
        for i in range(down):
            row = top + my_row + i % group_down + i // group_down * next_down
            for j in range(across):
                column = first + my_column + j % group_across + j // group_across * next_across
                if row < m and column < n:
                    fetched[j, 0], fetched[j, 1], fetched[j, 2] = fetch(c, row, column)
            for j in range(across):
                column = first + my_column + j % group_across + j // group_across * next_across
                if row < m and column < n:
                    some = fetched[j, 0], fetched[j, 1], fetched[j, 2]
                    put(c, numbers, some, row, column, sums[i, j])

    return kernel
