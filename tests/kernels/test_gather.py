"""Row gather against loops: storage orders, bytes, sparse rows, what lies beside the rows."""

import numpy as np
import pytest
import scipy.sparse

from fastmlp.kernels import cpu, ref
from tests.kernels.sizes import DTYPES

each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
ROWS = np.array([4, 0, 4, 7, 1])  # any order, some twice, the first and the last


def table(dtype, n=5):
    return np.random.RandomState(0).randint(-8, 8, size=(8, n)).astype(dtype)


def expected(x, scale):
    return [[float(x[row, j]) * scale for j in range(x.shape[1])] for row in ROWS]


def check(out, x, scale=0.25):
    """The gathered columns, and NaN still in the others."""
    k = x.shape[1]
    np.testing.assert_array_equal(out[:, :k], expected(x, scale))
    assert np.isnan(out[:, k:]).all()


@each_dtype
@each_backend
def test_dense(backend, dtype):
    x, out = table(dtype), np.full((5, 16), np.nan, dtype)
    backend.gather.gather_dense(x, ROWS, 0.25, out)
    check(out, x)


@each_dtype
@each_backend
@pytest.mark.parametrize("layout", ["fortran", "reversed", "every second", "transposed", "broadcast"])
def test_any_strides(layout, backend, dtype):
    x = {
        "fortran": lambda: np.asfortranarray(table(dtype)),
        "reversed": lambda: table(dtype)[::-1, ::-1],
        "every second": lambda: np.repeat(np.repeat(table(dtype), 2, axis=0), 2, axis=1)[::2, ::2],
        "transposed": lambda: table(dtype, 8)[:5].T,
        "broadcast": lambda: np.broadcast_to(table(dtype)[0], (8, 5)),
    }[layout]()
    out = np.full((5, 16), np.nan, dtype)
    backend.gather.gather_dense(x, ROWS, 0.25, out)
    check(out, x)


@each_dtype
@each_backend
def test_bytes_are_scaled_in_the_dtype_of_the_result(backend, dtype):
    x = np.arange(8 * 32, dtype=np.uint8).reshape(8, 32)  # every byte
    out, scale = np.full((8, 40), np.nan, dtype), 1 / 255
    backend.gather.gather_dense(x, np.arange(8), scale, out)
    np.testing.assert_array_equal(out[:, :32], x.astype(dtype) * np.dtype(dtype).type(scale))
    assert out[:, :32].max() == 1
    assert np.isnan(out[:, 32:]).all()


@each_dtype
@each_backend
@pytest.mark.parametrize("index", ["int32", "int64"])
def test_sparse_rows(index, backend, dtype):
    x = table(dtype)
    x[[0, 7]] = 0  # empty rows
    x[3:, 2] = 0
    rows = scipy.sparse.csr_array(x)
    out = np.full((5, 16), np.nan, dtype)
    backend.gather.gather_csr(
        rows.data, rows.indices.astype(index), rows.indptr.astype(index), ROWS, 5, 0.25, out
    )
    check(out, x)


@each_backend
def test_sparse_entries_of_one_element_add_up(backend):
    """CSR may hold an element in parts, in any order; stored zeros are zeros."""
    data = np.array([1.0, 2.0, 4.0, 8.0, 0.0])
    indices, indptr = np.array([2, 0, 2, 2, 1]), np.array([0, 0, 4, 5])
    out = np.full((4, 3), np.nan)
    backend.gather.gather_csr(data, indices, indptr, np.array([1, 0, 2, 1]), 3, 0.5, out)
    np.testing.assert_array_equal(out, [[1, 0, 6.5], [0, 0, 0], [0, 0, 0], [1, 0, 6.5]])


@each_backend
def test_no_rows_and_no_entries(backend):
    out, none = np.empty((0, 3)), np.empty(0, np.int64)
    backend.gather.gather_dense(np.ones((4, 3)), none, 1.0, out)
    backend.gather.gather_csr(np.empty(0), none, np.zeros(2, np.int64), none, 3, 1.0, out)
    filled = np.full((1, 3), np.nan)
    backend.gather.gather_csr(np.empty(0), none, np.zeros(2, np.int64), np.array([0]), 3, 1.0, filled)
    np.testing.assert_array_equal(filled, 0)


@each_dtype
@each_backend
def test_not_a_number_travels(backend, dtype):
    x = table(dtype)
    x[4, 1], x[0, 2] = np.nan, np.inf
    out = np.empty((5, 5), dtype)
    backend.gather.gather_dense(x, ROWS, 0.25, out)
    np.testing.assert_array_equal(out, x[ROWS] * 0.25)


@each_dtype
@each_backend
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_found(value, backend, dtype):
    x = table(dtype, 67)
    largest, smallest = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
    x[0, :4] = largest, -largest, smallest, -smallest
    assert backend.gather.all_finite(x)
    assert backend.gather.all_finite(x[:0])
    for place in ((0, 0), (3, 31), (7, 66)):
        spoiled = x.copy()
        spoiled[place] = value
        with np.errstate(invalid="ignore"):  # infinity - infinity, where there is no JIT
            assert not backend.gather.all_finite(spoiled)
