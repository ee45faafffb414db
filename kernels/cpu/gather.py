"""Copy the rows of a batch out of the data set, scaled: out_i = x_rows[i] * scale.

`rows` (m,) int64; `out` (m, ld) is overwritten in its first k columns, the width of the data set, only.
"""

from .jit import jit


@jit
def gather_dense(x, rows, scale, out):
    """From `x` (N, k), C-ordered, of the dtype of `out`."""
    factor = out.dtype.type(scale)
    for i in range(rows.size):
        source, target = x[rows[i]], out[i]
        for j in range(source.size):
            target[j] = source[j] * factor


@jit
def gather_strided(x, rows, scale, out):
    """From `x` (N, k) with any strides, of the dtype of `out`."""
    factor = out.dtype.type(scale)
    for i in range(rows.size):
        source, target = x[rows[i]], out[i]
        for j in range(source.size):
            target[j] = source[j] * factor


@jit
def gather_uint8(x, rows, scale, out):
    """From `x` (N, k) uint8, C-ordered."""
    factor = out.dtype.type(scale)
    for i in range(rows.size):
        source, target = x[rows[i]], out[i]
        for j in range(source.size):
            target[j] = out.dtype.type(source[j]) * factor


@jit
def gather_csr(data, indices, indptr, rows, k, scale, out):
    """From compressed sparse rows of width k, int32 or int64; entries of one element add up."""
    zero, factor = out.dtype.type(0), out.dtype.type(scale)
    for i in range(rows.size):
        target = out[i]
        for j in range(k):
            target[j] = zero
        for p in range(indptr[rows[i]], indptr[rows[i] + 1]):
            target[indices[p]] += data[p] * factor
