"""Matrix products by tiles: a block of threads makes a tile of C, each some elements of it in registers.

The operands' tiles meet in shared memory, a few steps of the inner dimension at a time, while the next ones
are on their way into registers.  Every element is one chain of fused multiply-adds over k, whichever tile it
is in: its bits do not depend on the tile's size.
"""

from functools import cache
from typing import NamedTuple

from .device import SIMULATED, cuda
from .intrinsics import LINE, neighbors


class Operand(NamedTuple):
    """A factor of a product: load(where, i, p) of the left one, load(where, p, j) of the right one."""

    load: object  # device function, asked for elements inside the matrix only
    where: object  # its first argument
    inner: bool  # whether neighbors along the inner dimension, p, lie beside each other in memory


class Tile(NamedTuple):
    """What a block of (columns / across) x (rows / down) threads makes."""

    rows: int
    columns: int
    depth: int  # steps of the inner dimension whose operands are in shared memory together
    down: int  # rows and columns of a thread
    across: int

    @property
    def threads(self):
        """Of a block; divides the elements of both operands' tiles."""
        return self.rows // self.down * (self.columns // self.across)


#: From the largest, which read memory least, to the smallest, which keep all processors busy with few rows.
TILES = (
    (Tile(4, 6, 24, 2, 3), Tile(2, 2, 16, 1, 1))
    if SIMULATED
    else (Tile(128, 128, 8, 8, 8), Tile(64, 64, 16, 4, 4), Tile(32, 32, 32, 4, 2), Tile(16, 16, 64, 2, 2))
)

BUSY = 0.75  # of the processors: with fewer, smaller tiles are worth their traffic

VECTOR = 4  # numbers that a thread reads from shared memory at once, and by which rows there are padded


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
def product(real, tile, load_a, inner_a, load_b, inner_b, store):
    """Return a kernel `kernel(m, n, k, a, b, c)`: store(c, i, j, Σ_p load_a(a, i, p) load_b(b, p, j)).

    Parameters
    ----------
    real : type
        numpy.float32 or numpy.float64.
    tile : Tile
    load_a, inner_a, load_b, inner_b
        Of the `Operand`s.
    store : device function
        store(c, i, j, value): called once for every element of C.
    """
    rows, columns, depth, down, across = tile
    threads, wide, zero = tile.threads, columns // across, real(0)
    n_left, n_right = rows * depth // threads, depth * columns // threads
    ld_left, ld_right = rows + VECTOR, columns + VECTOR
    # Rows of a thread are groups of neighbors, which it loads at once; so are its columns.
    group_down, group_across = min(VECTOR, down), min(VECTOR, across)
    next_down, next_across = rows // down * group_down, wide * group_across
    some_down, some_across = neighbors(group_down), neighbors(group_across)

    @cuda.jit
    def kernel(m, n, k, a, b, c):
        left = cuda.shared.array((depth, ld_left), real, alignment=LINE)
        right = cuda.shared.array((depth, ld_right), real, alignment=LINE)
        held_left, held_right = cuda.local.array(n_left, real), cuda.local.array(n_right, real)
        sums = cuda.local.array((down, across), real)
        mine_left, mine_right = cuda.local.array(down, real), cuda.local.array(across, real)
        me = cuda.threadIdx.x
        top, first = cuda.blockIdx.x * rows, cuda.blockIdx.y * columns
        my_row, my_column = me // wide * group_down, me % wide * group_across
        for i in range(down):
            for j in range(across):
                sums[i, j] = zero
        for start in range(-depth, k, depth):
            if start >= 0:  # what was fetched before
                for q in range(n_left):
                    e = me + q * threads
                    i, p = (e // depth, e % depth) if inner_a else (e % rows, e // rows)
                    left[p, i] = held_left[q]
                for q in range(n_right):
                    e = me + q * threads
                    j, p = (e // depth, e % depth) if inner_b else (e % columns, e // columns)
                    right[p, j] = held_right[q]
                cuda.syncthreads()
            ahead = start + depth
            if ahead < k:
                for q in range(n_left):
                    e = me + q * threads
                    i, p = (e // depth, e % depth) if inner_a else (e % rows, e // rows)
                    i, p = top + i, ahead + p
                    held_left[q] = load_a(a, i, p) if i < m and p < k else zero
                for q in range(n_right):
                    e = me + q * threads
                    j, p = (e // depth, e % depth) if inner_b else (e % columns, e // columns)
                    j, p = first + j, ahead + p
                    held_right[q] = load_b(b, p, j) if p < k and j < n else zero
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
        for i in range(down):
            for j in range(across):
                row = top + my_row + i % group_down + i // group_down * next_down
                column = first + my_column + j % group_across + j // group_across * next_across
                if row < m and column < n:
                    store(c, row, column, sums[i, j])

    return kernel
