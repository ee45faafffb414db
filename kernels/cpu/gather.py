"""Copy the rows of a batch out of the data set, scaled: out_i = x_rows[i] * scale.

`rows` (m,) int64; `out` (m, ld) is overwritten in its first k columns, the width of the data set, only.
"""

from .intrinsics import flattened, prefetch
from .jit import jit

AHEAD = 4  # sparse rows that are asked for early: they are too short for the processor to see a pattern


@jit
def gather_dense(x, rows, scale, out):
    """From `x` (N, k) of the dtype of `out` or uint8, with any strides; fastest if C-ordered."""
    factor = out.dtype.type(scale)
    for i in range(rows.size):
        row = rows[i]
        for j in range(x.shape[1]):
            out[i, j] = out.dtype.type(x[row, j]) * factor


@jit
def gather_csr(data, indices, indptr, rows, k, scale, out):
    """From compressed sparse rows of width k, int32 or int64; entries of one element add up."""
    zero, factor = out.dtype.type(0), out.dtype.type(scale)
    for i in range(rows.size):
        if i + AHEAD < rows.size:
            first, end = indptr[rows[i + AHEAD]], indptr[rows[i + AHEAD] + 1]
            prefetch(data, first, end)
            prefetch(indices, first, end)
        for j in range(k):
            out[i, j] = zero
        for p in range(indptr[rows[i]], indptr[rows[i] + 1]):
            out[i, indices[p]] += data[p] * factor


@jit
def all_finite(x):
    """Whether every element of `x` (m, k), C-ordered, is a finite number."""
    numbers, wrong = flattened(x), 0
    for i in range(numbers.size):
        wrong |= numbers[i] - numbers[i] != 0  # infinity - infinity is NaN
    return wrong == 0
