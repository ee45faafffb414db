"""Matrix products by tiles: a block of threads makes a tile of C, each some elements of it in registers.

The operands' tiles meet in shared memory, a few steps of the inner dimension at a time.  Every element is one
chain of fused multiply-adds over k, whichever tile it is in: its bits do not depend on the tile's size.
"""

from functools import cache
from typing import NamedTuple

from .device import SIMULATED, cuda


class Tile(NamedTuple):
    """What a block of (columns / across) x (rows / down) threads makes."""

    rows: int
    columns: int
    depth: int  # steps of the inner dimension whose operands are in shared memory together
    down: int  # rows and columns of a thread
    across: int

    @property
    def threads(self):
        """Of a block."""
        return self.rows // self.down * (self.columns // self.across)


#: From the largest, which read memory least, to the smallest, which keep all processors busy with few rows.
TILES = (
    (Tile(4, 6, 16, 2, 3), Tile(2, 2, 16, 1, 1))
    if SIMULATED
    else (Tile(128, 128, 8, 8, 8), Tile(64, 64, 16, 4, 4), Tile(32, 32, 16, 2, 2))
)


def tile_for(m, n, processors):
    """Return the largest tile of which there are enough to keep all processors busy; else the smallest."""
    for tile in TILES:
        if -(-m // tile.rows) * -(-n // tile.columns) >= processors:
            return tile
    return TILES[-1]


def grid_of(tile, m, n):
    """Return the grid of blocks that covers m x n elements: columns, rows."""
    return -(-n // tile.columns), -(-m // tile.rows)


@cache
def product(real, tile, load_a, load_b, store):
    """Return a kernel `kernel(m, n, k, a, b, c)`: store(c, i, j, Σ_p load_a(a, i, p) load_b(b, p, j)).

    Parameters
    ----------
    real : type
        numpy.float32 or numpy.float64.
    tile : Tile
    load_a, load_b : device function
        load_a(a, i, p) and load_b(b, p, j): elements, asked for inside the matrices only.
    store : device function
        store(c, i, j, value): called once for every element of C.
    """
    rows, columns, depth, down, across = tile
    threads, wide = tile.threads, columns // across
    zero = real(0)

    @cuda.jit
    def kernel(m, n, k, a, b, c):
        left = cuda.shared.array((depth, rows), real)
        right = cuda.shared.array((depth, columns), real)
        sums = cuda.local.array((down, across), real)
        me = cuda.threadIdx.x
        top, first = cuda.blockIdx.y * rows, cuda.blockIdx.x * columns
        my_row, my_column = me // wide, me % wide
        for i in range(down):
            for j in range(across):
                sums[i, j] = zero
        for start in range(0, k, depth):
            for e in range(me, rows * depth, threads):
                i, p = top + e // depth, start + e % depth
                left[e % depth, e // depth] = load_a(a, i, p) if i < m and p < k else zero
            for e in range(me, depth * columns, threads):
                p, j = start + e // columns, first + e % columns
                right[e // columns, e % columns] = load_b(b, p, j) if p < k and j < n else zero
            cuda.syncthreads()
            for p in range(depth):
                for i in range(down):
                    for j in range(across):
                        sums[i, j] += left[p, my_row + i * (rows // down)] * right[p, my_column + j * wide]
            cuda.syncthreads()
        for i in range(down):
            for j in range(across):
                row, column = top + my_row + i * (rows // down), first + my_column + j * wide
                if row < m and column < n:
                    store(c, row, column, sums[i, j])

    return kernel
