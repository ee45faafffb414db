"""Kernels and what they are run on, as data: a step is a list of launches."""

from typing import NamedTuple

import numpy as np

from ..contract import Precision
from .device import THREADS, blocks, require_matrix_units
from .product import TILES, grid_of, product, tile_for
from .tensor_product import WARP_TILES, tensor_product


class Launch(NamedTuple):
    """A kernel and what it is run on."""

    kernel: object
    grid: object
    threads: int
    args: tuple


def on_elements(kernel, count, *args):
    """Return the launch with a thread for each of `count` elements, which is the first argument, Launch."""
    return Launch(kernel, blocks(count, THREADS), THREADS, (count, *args))


class Arithmetic(NamedTuple):
    """How products are made."""

    dtype: np.dtype
    precision: int  # a `Precision`
    processors: int  # to be kept busy


def on_product(arithmetic, sizes, a, b, store, c, parts=1):
    """Return the launch of a product, Launch.

    Parameters
    ----------
    arithmetic : Arithmetic
    sizes : tuple of int
        m, n, k.
    a, b : Operand
    store : Store
    c : object
        Its first argument.
    parts : int
        Products of this size, told apart by `blockIdx.z`.
    """
    m, n, _ = sizes
    if arithmetic.precision == Precision.FULL:
        make, kind, tiles = product, arithmetic.dtype.type, TILES
    else:
        require_matrix_units()
        make, kind, tiles = tensor_product, Precision(arithmetic.precision), WARP_TILES
    tile = tile_for(tiles, m, n, arithmetic.processors / parts)
    kernel = make(kind, tile, a.reader, b.reader, store)
    return Launch(kernel, (*grid_of(tile, m, n), parts), tile.threads, (*sizes, a.where, b.where, c))


def columns(layer):
    """Return the columns of a row of the plan's table as Python integers, by name: column(Col.K)."""
    return lambda name: int(layer[name])
