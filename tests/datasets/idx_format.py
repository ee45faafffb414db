"""Files in the IDX format, made from its description and not by the code under test."""

import struct

NAMES = {
    "X_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "X_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def idx_bytes(data, magic=None):
    """The bytes of an IDX file."""
    magic = 0x800 + data.ndim if magic is None else magic
    return struct.pack(f">{1 + data.ndim}i", magic, *data.shape) + data.tobytes()
