"""Copy the rows of a batch out of the data set, scaled: out_i = x_rows[i] * scale; see the reference."""

import math
from types import SimpleNamespace

import numpy as np

from .device import THREADS, blocks, cuda, elements, for_dtype
from .launches import Launch


@for_dtype
def _kernels(real):
    zero = real(0)

    @cuda.jit
    def dense(x, rows, scale, out):
        i = cuda.grid(1)
        k = x.shape[1]
        if i < rows.size * k:
            out[i // k, i % k] = real(x[rows[i // k], i % k]) * real(scale)

    @cuda.jit
    def sparse(data, indices, indptr, rows, k, scale, out):
        i = cuda.grid(1)  # a thread for a row: its entries add up in their order
        if i < rows.size:
            for j in range(k):
                out[i, j] = zero
            for p in range(indptr[rows[i]], indptr[rows[i] + 1]):
                out[i, indices[p]] += data[p] * real(scale)

    @cuda.jit
    def look(x, odd):
        i = cuda.grid(1)
        if i < x.size and not math.isfinite(x[i // x.shape[1], i % x.shape[1]]):
            odd[0] = 1  # whoever comes last writes the same

    return SimpleNamespace(dense=dense, sparse=sparse, look=look)


def gather_dense(x, rows, scale, out):
    """From `x` (N, k) of the dtype of `out` or uint8, with any strides."""
    elements(_kernels(out.dtype).dense, rows.size * x.shape[1], x, rows, float(scale), out)


def gather_csr(data, indices, indptr, rows, k, scale, out):
    """From compressed sparse rows of width k; entries of one element add up."""
    elements(_kernels(out.dtype).sparse, rows.size, data, indices, indptr, rows, k, float(scale), out)


def look(x, odd):
    """Return the launch that sets odd[0] to 1, if an element of `x` (m, k) is not finite, Launch."""
    return Launch(_kernels(x.dtype).look, blocks(x.size, THREADS), THREADS, (x, odd))


def all_finite(x):
    """Whether every element of `x` (m, k) is a finite number."""
    odd = np.zeros(1, np.int32)
    elements(_kernels(x.dtype).look, x.size, x, odd)
    return odd[0] == 0
