"""The IDX format of MNIST's files: a big-endian header, then the bytes of one array.

The header is two zero bytes, a type code (8: unsigned bytes), the number of axes, and the length of every
axis as a 32-bit integer.  Source: Y. LeCun, "The MNIST database of handwritten digits".
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from ..files import atomic_open
from .places import unusable

UNSIGNED_BYTES = 8
GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_LIMIT = 1032  # the most bytes that deflate packs into one


def read_idx(path, n_axes):
    """Read an IDX file of unsigned bytes, gzipped or not (told by its content, not by its name).

    Parameters
    ----------
    path : str or Path
        The file.
    n_axes : int
        How many axes the array must have: 3 for images, 1 for labels.

    Returns
    -------
    ndarray of uint8
        C-ordered and writable; the file's bytes are read straight into it.

    Raises
    ------
    ValueError
        If the file is not such an IDX file, is truncated, or is longer than its header says; the message
        names the file and what to do.
    OSError
        If the file cannot be opened.
    """
    path = Path(path)
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        with gzip.open(raw) if zipped else raw as file:
            try:
                shape = _read_shape(file, path, n_axes)
                expected, size = math.prod(shape), path.stat().st_size
                if expected > size * (DEFLATE_LIMIT if zipped else 1):
                    # checked before a corrupt header makes us ask for terabytes
                    raise unusable(path, f"is truncated: its header promises {expected:,} bytes of data")
                data = np.empty(shape, np.uint8)
                found = _fill(file, data.reshape(-1))
                excess = file.read(1)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise unusable(path, f"is truncated or damaged ({error})") from error
    if found < expected:
        raise unusable(
            path, f"is truncated: its header promises {expected:,} bytes of data, it has {found:,}"
        )
    if excess:
        raise unusable(path, f"is longer than the {expected:,} bytes of data that its header promises")
    return data


def write_idx(path, data):
    """Write an array of bytes as a gzipped IDX file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        The file; its name should end in `.gz`.
    data : ndarray of uint8
        Any number of axes up to 255.
    """
    with atomic_open(path) as raw, gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
        file.write(header(data.shape))
        file.write(np.ascontiguousarray(data, np.uint8).data)


def header(shape):
    """Return what an IDX file of unsigned bytes starts with.

    Parameters
    ----------
    shape : tuple of int
        Lengths of at most 255 axes, each below 2**32.

    Returns
    -------
    bytes
        4 + 4 * n_axes of them.
    """
    return bytes((0, 0, UNSIGNED_BYTES, len(shape))) + np.array(shape, ">u4").tobytes()


def _read_shape(file, path, n_axes):
    """Read and check the header; return the array's shape."""
    magic = file.read(4)
    expected = header((0,) * n_axes)[:4]
    if magic != expected:
        found, wanted = magic.hex(" ") or "nothing", expected.hex(" ")
        kind = {1: "labels", 3: "images"}.get(n_axes, f"{n_axes} axes")
        raise unusable(path, f"is not an IDX file of {kind}: it starts with {found} instead of {wanted}")
    lengths = file.read(4 * n_axes)
    if len(lengths) < 4 * n_axes:
        raise unusable(path, "is truncated: it ends inside its header")
    return tuple(map(int, np.frombuffer(lengths, ">u4")))


def _fill(file, data):
    """Read bytes into the flat array until it is full or the file ends; return how many."""
    view, found = memoryview(data), 0
    while found < len(view) and (step := file.readinto(view[found:])):
        found += step
    return found
