"""Kernels and what they are run on, as data: a step is a list of launches."""

from typing import NamedTuple

import numpy as np

from .device import THREADS, blocks
from .product import grid_of, product, tile_for


class Launch(NamedTuple):
    """A kernel and what it is run on."""

    kernel: object
    grid: object
    threads: int
    args: tuple


def on_elements(kernel, count, *args):
    """Return the launch with a thread for each of `count` elements, which is the first argument, Launch."""
    return Launch(kernel, blocks(count, THREADS), THREADS, (count, *args))


def on_product(dtype, processors, sizes, a, b, c, parts=1):
    """Return the launch of a product, Launch.

    Parameters
    ----------
    dtype : dtype
    processors : int
        To be kept busy.
    sizes : tuple of int
        m, n, k.
    a, b, c : tuple
        How the operand is read, or the result stored, and where; see `product`.
    parts : int
        Products of this size, told apart by `blockIdx.z`.
    """
    (load_a, where_a), (load_b, where_b), (store, where_c) = a, b, c
    m, n, _ = sizes
    tile = tile_for(m, n, processors / parts)
    kernel = product(np.dtype(dtype).type, tile, load_a, load_b, store)
    return Launch(kernel, (*grid_of(tile, m, n), parts), tile.threads, (*sizes, where_a, where_b, where_c))


def columns(layer):
    """Return the columns of a row of the plan's table as Python integers, by name: column(Col.K)."""
    return lambda name: int(layer[name])
