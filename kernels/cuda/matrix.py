"""Where numbers lie in flat device memory: rows of a matrix, and pixels of images."""

from typing import NamedTuple

import numpy as np

from .device import cuda
from .product import Reader


class Matrix(NamedTuple):
    """Rows in flat memory."""

    data: np.ndarray
    offset: int
    ld: int  # elements from row to row


class Images(NamedTuple):
    """Pixels of images in flat memory: channel c of pixel p of image i is at offset + i ld + p pixel + c."""

    data: np.ndarray
    offset: int
    ld: int
    pixel: int


def pixels_of(x):
    """Return one image, an array of the host of shape (pixels, ld), as Images."""
    return Images(x.reshape(-1), 0, x.size, x.shape[1])


@cuda.jit(device=True)
def plain(a, i, j):
    """Element (i, j) of a Matrix."""
    return a.data[a.offset + i * a.ld + j]


@cuda.jit(device=True)
def at(images, image, pixel, channel):
    """Index of a number of Images."""
    return images.offset + image * images.ld + pixel * images.pixel + channel


@cuda.jit(device=True)
def _row(a, i):
    return a.offset + i * a.ld, 0, 0


@cuda.jit(device=True)
def _in_row(a, row, p):
    return a.data[np.uint64(row[0] + p)]


@cuda.jit(device=True)
def _column(a, i):
    return a.offset + i, 0, 0


@cuda.jit(device=True)
def _in_column(a, column, p):
    return a.data[np.uint64(column[0] + p * a.ld)]


#: How a product reads a Matrix whose rows, or columns, go along its inner dimension.
along_rows = Reader(_row, _in_row, inner=True)
along_columns = Reader(_column, _in_column, inner=False)
