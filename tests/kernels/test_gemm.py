"""Matrix products and the small kernels beside them, against NumPy and against the reference."""

import platform
import re

import numpy as np
import pytest
from numba import njit

from fastmlp.kernels.cpu import gemm as cpu
from fastmlp.kernels.cpu import isa
from fastmlp.kernels.cpu.jit import FLAGS
from fastmlp.kernels.ref import gemm as ref

DTYPES = ["float32", "float64"]
needs_jit = pytest.mark.skipif(
    not hasattr(cpu.gemm_nn, "py_func"),
    reason="the micro-kernel is LLVM code: it does not exist without the JIT",
)


def sizes(dtype):
    """1, odd, and one around the tile's rows and columns."""
    lanes = isa.CHOSEN.bytes // np.dtype(dtype).itemsize
    columns = isa.CHOSEN.nv * lanes
    rows = (0, 1, 2, 3, isa.CHOSEN.mr - 1, isa.CHOSEN.mr, isa.CHOSEN.mr + 1, 2 * isa.CHOSEN.mr + 5)
    return rows, (
        0,
        1,
        lanes - 1,
        lanes,
        lanes + 1,
        3 * lanes,
        columns - 1,
        columns,
        columns + 1,
        2 * columns + lanes,
    )


def bound(a, b, dtype):
    """(k + 1) eps |A| |B|: the error of any order of summation (Higham 2002, section 3.5)."""
    k = a.shape[1]
    return (k + 1) * np.finfo(dtype).eps * (np.abs(a) @ np.abs(b) + 1)


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [0, 1, 7, cpu.K_BLOCK - 1, cpu.K_BLOCK, cpu.K_BLOCK + 1, 2 * cpu.K_BLOCK + 3])
@pytest.mark.parametrize("accumulate", [False, True])
def test_products_of_any_size(k, accumulate, dtype):
    rng = np.random.default_rng(k)
    for m in sizes(dtype)[0]:
        for n in sizes(dtype)[1]:
            a, b, old = (rng.normal(size=size).astype(dtype) for size in ((m, k), (k, n), (m, n)))
            exact = a.astype("longdouble") @ b.astype("longdouble") + (old if accumulate else 0)
            for product, left in (("gemm_nn", a), ("gemm_tn", np.ascontiguousarray(a.T))):
                for backend in (ref, cpu):
                    c = old.copy() if accumulate else np.full((m, n), np.nan, dtype)
                    getattr(backend, product)(left, b, c, accumulate)
                    assert (np.abs(c - exact) <= bound(a, b, dtype)).all(), (backend.__name__, product, m, n)


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("m", [0, 1, 3, 8])
def test_dot_products_of_any_size(m, dtype):
    rng = np.random.default_rng(m)
    for n in (0, 1, 7, 8, 9, 21):
        for k in sizes(dtype)[1]:
            a, b = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(n, k)).astype(dtype)
            exact = a.astype("longdouble") @ b.astype("longdouble").T
            for backend in (ref, cpu):
                frame = np.full((m, n + 2), np.nan, dtype)
                backend.gemm_nt(a, b, frame[:, 1 : n + 1])
                assert (np.abs(frame[:, 1 : n + 1] - exact) <= bound(a, b.T, dtype)).all(), (n, k)
                assert np.isnan(frame[:, [0, n + 1]]).all()


def test_reference_against_loops():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    for product, operands in (
        (lambda c: ref.gemm_nn(a, b, c, False), "a b"),
        (lambda c: ref.gemm_tn(a.T, b, c, False), "transposed a"),
        (lambda c: ref.gemm_nt(a, b.T, c), "transposed b"),
    ):
        c = np.empty((3, 2))
        product(c)
        for i in range(3):
            for j in range(2):
                exact = sum(a[i, p] * b[p, j] for p in range(4))
                assert c[i, j] == pytest.approx(exact, rel=1e-14), operands


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
def test_strided_operands_and_what_lies_around_the_result(dtype):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 60)).astype(dtype)[::2, 1:40:3]
    b = rng.normal(size=(13, 90)).astype(dtype)[:, 5:75]
    frame = np.full((24, 100), np.nan, dtype)
    cpu.gemm_nn(a, b, frame[2:22, 8:78], False)
    np.testing.assert_allclose(frame[2:22, 8:78], a @ b, rtol=0, atol=bound(a, b, dtype).max())
    frame[2:22, 8:78] = np.nan
    assert np.isnan(frame).all()


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_element_does_not_depend_on_its_tile(dtype):
    """Same bits however rows and columns are split: the ground of thread-independent results."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(37, 300)).astype(dtype), rng.normal(size=(300, 131)).astype(dtype)
    whole, parts = np.empty((37, 131), dtype), np.empty((37, 131), dtype)
    cpu.gemm_nn(a, b, whole, False)
    for rows in (slice(0, 5), slice(5, 16), slice(16, 37)):
        for columns in (slice(0, 1), slice(1, 50), slice(50, 131)):
            cpu.gemm_nn(a[rows], b[:, columns], parts[rows, columns], False)
    np.testing.assert_array_equal(whole, parts)


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
def test_not_a_number_and_infinity_travel(dtype):
    a, b = np.ones((7, 5), dtype), np.ones((5, 40), dtype)
    a[2, 3], b[1, 7] = np.nan, np.inf
    c = np.empty((7, 40), dtype)
    cpu.gemm_nn(a, b, c, False)
    assert np.isnan(c[2]).all()
    assert np.isinf(np.delete(c[:, 7], 2)).all()
    assert np.isfinite(np.delete(np.delete(c, 2, 0), 7, 1)).all()


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 17), (16, 16), (17, 33), (64, 40)])
def test_transpose(shape, dtype):
    a = np.random.default_rng(0).normal(size=shape).astype(dtype)
    for backend in (ref, cpu):
        out = np.full(shape[::-1], np.nan, dtype)
        backend.transpose(a, out)
        np.testing.assert_array_equal(out, a.T)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 8), (1, 1), (5, 16), (9, 33)])
def test_gradient_of_the_bias(shape, dtype):
    rng = np.random.default_rng(0)
    dz, old = rng.normal(size=shape).astype(dtype), rng.normal(size=shape[1:]).astype(dtype)
    for backend in (ref, cpu):
        sums, total = np.full(shape[1:], np.nan, dtype), old.copy()
        backend.column_sums(dz, sums, False)
        backend.column_sums(dz, total, True)
        tolerance = 20 * np.finfo(dtype).eps
        np.testing.assert_allclose(sums, dz.astype("float64").sum(axis=0), rtol=0, atol=tolerance)
        np.testing.assert_allclose(total, old + dz.astype("float64").sum(axis=0), rtol=0, atol=tolerance)


@needs_jit
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_inner_loop_keeps_its_tile_in_registers(dtype):
    """The emitted assembly: no loop of multiply-adds touches the stack."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("reads the assembly of x86 processors")
    fresh = njit(**FLAGS)(cpu.gemm_nn.py_func)  # code from the cache comes without its assembly
    array = np.zeros((4, 4), dtype)
    fresh(array, array, array.copy(), False)
    pieces = re.split(r"^(\.L\w+):", next(iter(fresh.inspect_asm().values())), flags=re.MULTILINE)[1:]
    tile = isa.CHOSEN.mr * isa.CHOSEN.nv
    loops = []
    for label, block in zip(pieces[::2], pieces[1::2], strict=True):
        body, jump, _ = block.partition(f"\t{label}\n")  # a loop of one block ends by jumping to its label
        if jump and len(re.findall(r"vfmadd|mulp[sd]", body)) >= tile:
            loops.append(body)
    assert loops
    for body in loops:
        assert not re.search(r"mm\d+.*\(%rsp|\(%rsp.*mm\d+", body)
