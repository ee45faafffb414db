"""Sizes that meet every path of a vectorized loop, and whether there are compiled loops at all."""

import numpy as np
import pytest

from fastmlp.kernels.cpu import isa
from fastmlp.kernels.cpu.activations import activation_forward

DTYPES = ["float32", "float64"]
COMPILED = hasattr(activation_forward, "py_func")
needs_jit = pytest.mark.skipif(not COMPILED, reason="exists only as compiled code, and the JIT is off")


def lanes(dtype):
    """Elements of one vector of the chosen instruction set."""
    return isa.CHOSEN.bytes // np.dtype(dtype).itemsize


def sizes(dtype):
    """(m, n, ld): one, odd, around one vector, several vectors and a rest; with and without pads."""
    v = lanes(dtype)
    return [
        (1, 1, 1),
        (1, 1, v),
        (3, 7, 7),
        (2, v - 1, v - 1),
        (3, v - 1, v),
        (2, v, v),
        (3, v + 1, v + 1),
        (2, v + 1, 2 * v),
        (5, 4 * v + 3, 6 * v),
    ]
