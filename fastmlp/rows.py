"""Data sets as the kernels read them: no copy where a kernel can read what the user has."""

import numpy as np
from scipy import sparse

from .kernels.contract import RowKind, Rows, Targets

_NO_INDICES = np.empty(0, np.int64)


def as_rows(X, dtype, scale=1.0):
    """Describe the rows of X for the gather kernels.

    C-ordered and strided arrays of `dtype`, C-ordered uint8 arrays and CSR matrices with values of `dtype`
    are read where they are; anything else is converted once.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_columns)
        Finite numbers, already validated.
    dtype : dtype
        float32 or float64: the network's.
    scale : float
        Every value is multiplied by it while it is gathered.

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        If a CSR matrix has indices outside of its shape.
    """
    n_rows, n_columns = X.shape
    if sparse.issparse(X):
        X = sparse.csr_array(X)  # a wrapper of its own, as the check shortens arrays with spare entries
        X.check_format(full_check=True)  # an index outside the matrix would be read from anywhere
        integer = np.promote_types(X.indices.dtype, X.indptr.dtype)
        kind = RowKind.CSR32 if integer == np.int32 else RowKind.CSR64
        arrays = [
            np.ascontiguousarray(X.data, dtype),
            np.ascontiguousarray(X.indices, integer),
            np.ascontiguousarray(X.indptr, integer),
        ]
    elif X.dtype == np.uint8:
        kind, arrays = RowKind.UINT8, [np.ascontiguousarray(X), _NO_INDICES, _NO_INDICES]
    else:
        X = np.asarray(X, dtype)
        kind = RowKind.DENSE if X.flags.c_contiguous else RowKind.STRIDED
        arrays = [X, _NO_INDICES, _NO_INDICES]
    return Rows(kind, *arrays, float(scale), n_rows, n_columns)


def as_targets(y, dtype, sample_weight=None):
    """Describe what the loss compares with.

    Parameters
    ----------
    y : ndarray or None
        Integers of shape (n_rows,): class numbers for softmax cross-entropy.  Else shape (n_rows,
        n_outputs): values for any other loss, converted to `dtype`.  None: the rows themselves, scaled.
    dtype : dtype
        The network's.
    sample_weight : ndarray of shape (n_rows,), optional

    Returns
    -------
    Targets
    """
    weights = np.empty(0) if sample_weight is None else _plain(sample_weight, np.float64)
    if y is None:
        return Targets(_NO_INDICES, np.empty((0, 0), dtype), weights)
    if y.ndim == 1:
        return Targets(_plain(y, np.int64), np.empty((0, 0), dtype), weights)
    return Targets(_NO_INDICES, _plain(y, dtype), weights)


def _plain(array, dtype):
    """The array, C-ordered and writable: Numba would compile the engine anew for a read-only one."""
    return np.require(array, dtype, ["C_CONTIGUOUS", "WRITEABLE"])
