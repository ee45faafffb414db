"""Matrix products of training around the micro-kernel of `tile`, and the small kernels that go with them.

Every element of C is one chain of fused multiply-adds in the order of k, restarted every `K_BLOCK`: the
result does not depend on the tile that computes it, so neither on how rows are split among threads.
"""

import numpy as np
from numba import njit

from . import isa
from .intrinsics import start, vector_of
from .jit import FLAGS, inline, jit, jit_apart
from .tile import tile_kernel, transpose_kernel

#: Rows of B that are worked on at a time: 256 rows x 64 columns of float32 are 64 KiB, streamed from L2.
K_BLOCK = 256

OVERWRITE, ACCUMULATE = np.int64(0), np.int64(1)  # typed: a literal would be compiled as a program of its own

NV = isa.CHOSEN.nv


def _lanes(size):
    """Elements of one vector of the chosen instruction set."""
    return isa.CHOSEN.bytes // size


def _column(nv, lanes_of=_lanes):
    """Make the loop down one column of tiles, nv vectors wide: mr rows at a time, then 4, 2 and 1."""
    full = tile_kernel(isa.CHOSEN.mr, nv, lanes_of)
    four, two, one = (tile_kernel(rows, nv, lanes_of) for rows in (4, 2, 1))
    mr = isa.CHOSEN.mr

    def column(m, k, a, a_row, a_col, b, b_row, c, c_row, accumulate, zero):
        i = 0
        while i + mr <= m:
            full(k, a + i * a_row, a_row, a_col, b, b_row, c + i * c_row, c_row, accumulate, zero)
            i += mr
        if i + 4 <= m:
            four(k, a + i * a_row, a_row, a_col, b, b_row, c + i * c_row, c_row, accumulate, zero)
            i += 4
        if i + 2 <= m:
            two(k, a + i * a_row, a_row, a_col, b, b_row, c + i * c_row, c_row, accumulate, zero)
            i += 2
        if i < m:
            one(k, a + i * a_row, a_row, a_col, b, b_row, c + i * c_row, c_row, accumulate, zero)

    return njit(**FLAGS)(column)  # a closure: not cached on its own, but inside its callers


_columns_4, _columns_3, _columns_2, _columns_1 = (_column(nv) for nv in (4, 3, 2, 1))
_single = _column(1, lambda size: 1)  # columns past the last whole vector, one by one
_transpose_block = transpose_kernel(_lanes)


@jit_apart
def product(m, n, k, a, a_row, a_col, b, b_row, c, c_row, accumulate, zero, size):
    """C (m, n) = A (m, k) B (k, n), or C += A B; any sizes >= 0.

    Parameters
    ----------
    m, n, k : int
    a, b, c : int
        Addresses.
    a_row, a_col, b_row, c_row : int
        Strides in bytes; the columns of B and C are contiguous.
    accumulate : int
        ACCUMULATE, or OVERWRITE: C is not read.
    zero : float32 or float64
        Zero of the element type.
    size : int
        Its bytes.
    """
    width = isa.CHOSEN.bytes // size
    if k == 0 and accumulate == OVERWRITE:
        for i in range(m):
            row = vector_of(c + i * c_row, zero, n)
            for j in range(n):
                row[j] = zero
    for k0 in range(0, k, K_BLOCK):
        depth = min(K_BLOCK, k - k0)
        ak, bk, add = a + k0 * a_col, b + k0 * b_row, accumulate == ACCUMULATE or k0 > 0
        j = 0
        while j + width <= n:
            left = (n - j) // width
            bj, cj = bk + j * size, c + j * size
            if NV == 4 and left >= 4:
                _columns_4(m, depth, ak, a_row, a_col, bj, b_row, cj, c_row, add, zero)
                j += 4 * width
            elif NV == 4 and left == 3:
                _columns_3(m, depth, ak, a_row, a_col, bj, b_row, cj, c_row, add, zero)
                j += 3 * width
            elif left >= 2:
                _columns_2(m, depth, ak, a_row, a_col, bj, b_row, cj, c_row, add, zero)
                j += 2 * width
            else:
                _columns_1(m, depth, ak, a_row, a_col, bj, b_row, cj, c_row, add, zero)
                j += width
        while j < n:
            _single(m, depth, ak, a_row, a_col, bk + j * size, b_row, c + j * size, c_row, add, zero)
            j += 1


@jit
def gemm_nn(a, b, c, accumulate):
    """C = A B, or C += A B; a (m, k) with any strides, b (k, n) and c (m, n) with contiguous rows."""
    (m, k), n = a.shape, b.shape[1]
    a_row, a_col = a.strides
    zero = c.dtype.type(0)
    product(
        m, n, k, start(a), a_row, a_col, start(b), b.strides[0], start(c), c.strides[0],
        ACCUMULATE if accumulate else OVERWRITE, zero, c.itemsize,
    )  # fmt: skip


@jit
def gemm_tn(a, b, c, accumulate):
    """C = Aᵀ B, or C += Aᵀ B; a (k, m) with any strides, b (k, n) and c (m, n) with contiguous rows."""
    gemm_nn(a.T, b, c, accumulate)


@inline
def transpose_blocks(a, a_row, out, out_row, m, n, zero, size):
    """out = Aᵀ by addresses and strides in bytes; m and n are multiples of the vector's elements."""
    width = isa.CHOSEN.bytes // size
    for i in range(0, m, width):
        for j in range(0, n, width):
            _transpose_block(a + i * a_row + j * size, a_row, out + j * out_row + i * size, out_row, zero)


@jit
def transpose(a, out):
    """out = Aᵀ; a (m, n), out (n, m), both with contiguous rows."""
    m, n = a.shape
    width = isa.CHOSEN.bytes // a.itemsize
    whole_m, whole_n = m // width * width, n // width * width
    zero, rows = a.dtype.type(0), (a.strides[0], out.strides[0])
    transpose_blocks(start(a), rows[0], start(out), rows[1], whole_m, whole_n, zero, a.itemsize)
    for i in range(m):
        for j in range(whole_n if i < whole_m else 0, n):
            out[j, i] = a[i, j]


@jit
def add_bias(z, b):
    """Z += b on every row, in place; z (m, ld), b (ld,)."""
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] += b[j]


@jit
def column_sums(dz, out, accumulate):
    """out = Σᵢ dZᵢ, or out += Σᵢ dZᵢ, rows in order; dz (m, ld), out (ld,)."""
    if not accumulate:
        for j in range(out.size):
            out[j] = dz.dtype.type(0)
    for i in range(dz.shape[0]):
        for j in range(out.size):
            out[j] += dz[i, j]
