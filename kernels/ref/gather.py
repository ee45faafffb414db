"""Copy the rows of a batch out of the data set, scaled: out_i = x_rows[i] * scale.

`rows` (m,) int64 are row numbers, in any order; `out` (m, ld) is overwritten in its first k columns, the
width of the data set, and left as it is in the others.
"""

import numpy as np


def gather_dense(x, rows, scale, out):
    """From `x` (N, k) of the dtype of `out` or uint8, with any strides."""
    out[:, : x.shape[1]] = x[rows].astype(out.dtype) * out.dtype.type(scale)


def gather_csr(data, indices, indptr, rows, k, scale, out):
    """From compressed sparse rows of width k; entries of one element add up.

    Row r is data[p:q] at the columns indices[p:q] with p, q = indptr[r], indptr[r + 1]; int32 or int64.
    """
    out[:, :k] = 0
    for i, row in enumerate(rows):
        entries = slice(indptr[row], indptr[row + 1])
        np.add.at(out[i], indices[entries], data[entries] * out.dtype.type(scale))


def all_finite(x):
    """Whether every element of `x` (m, k) is a finite number."""
    return bool(np.isfinite(x).all())
