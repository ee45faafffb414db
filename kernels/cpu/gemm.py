"""Matrix products of training around the micro-kernel of `tile`, and the small kernels that go with them.

Every element of C is one chain of fused multiply-adds in the order of k: the result depends neither on the
tile that computes it, so neither on how rows are split among threads, nor on the blocks of k.
"""

from . import isa
from .intrinsics import CACHE_LINE, start, vector_of
from .jit import inline, jit, jit_apart
from .tile import dots_kernel, tile_kernel, transpose_kernel

#: Rows of B that are worked on at a time: 256 rows x 64 columns of float32 are 64 KiB, streamed from L2.
K_BLOCK = 256
#: Rows of A that are worked on at a time: 192 rows x 256 columns stay in L2.
M_BLOCK = 192
#: Bytes of B that a core's own cache does not keep: its next columns are prefetched during the present ones.
FAR = 1 << 20

NV = isa.CHOSEN.nv


def _lanes(size):
    """Elements of one vector of the chosen instruction set."""
    return isa.CHOSEN.bytes // size


def _one_lane(size):
    """Elements of a scalar."""
    return 1


def _column(nv, lanes_of=_lanes):
    """Make the loop down one column of tiles, nv vectors wide: mr rows at a time, then 4, 2 and 1."""
    full, four, two, one = (tile_kernel(rows, nv, lanes_of) for rows in (isa.CHOSEN.mr, 4, 2, 1))
    mr, lines = isa.CHOSEN.mr, max(1, nv * isa.CHOSEN.bytes // CACHE_LINE)

    def column(m, k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, ahead, zero):
        left, to_ask = m, lines if ahead != 0 else 0  # lines of each row of the next column, one in a tile
        while left > 0:
            line, line_row = (ahead, b_row) if to_ask > 0 else (c, 0)
            if left >= mr:
                full(k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, line, line_row, zero)
                done = mr
            elif left >= 4:
                four(k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, line, line_row, zero)
                done = 4
            elif left >= 2:
                two(k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, line, line_row, zero)
                done = 2
            else:
                one(k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, line, line_row, zero)
                done = 1
            left -= done
            a += done * a_row
            c += done * c_row
            base += done * base_row
            ahead += CACHE_LINE
            to_ask -= 1

    # Programs that were compiled in different processes may meet in a third one, where functions of one name
    # become one: a name must say what is inside.
    column.__name__ = column.__qualname__ = f"column_of_{nv}_vectors_of_{lanes_of.__name__}"
    return inline(column)


_columns_4, _columns_3, _columns_2, _columns_1 = (_column(nv) for nv in (4, 3, 2, 1))
_single = _column(1, _one_lane)  # columns past the last whole vector, one by one
_transpose_block = transpose_kernel(_lanes)
_dots_8, _dots_1 = dots_kernel(8, _lanes), dots_kernel(1, _lanes)


@jit_apart
def product(m, n, k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, zero, size):
    """C (m, n) = A (m, k) B (k, n), added to a base if there is one; any sizes >= 0.

    Parameters
    ----------
    m, n, k : int
    a, b, c : int
        Addresses.
    a_row, a_col, b_row, c_row : int
        Strides in bytes; the columns of B and C are contiguous.
    base, base_row : int
        Address and stride of what the product is added to: C itself, or with stride 0 one row for all (a
        bias).  Both 0 for nothing: C is not read.
    zero : float32 or float64
        Zero of the element type.
    size : int
        Its bytes.
    """
    width = isa.CHOSEN.bytes // size
    if k == 0:
        for i in range(m):
            row, start_row = vector_of(c + i * c_row, zero, n), vector_of(base + i * base_row, zero, n)
            for j in range(n):
                row[j] = start_row[j] if base != 0 else zero
    far = k * b_row > FAR and m >= NV * isa.CHOSEN.mr  # enough tiles to ask for all of it
    for k0 in range(0, k, K_BLOCK):
        if k0 > 0:
            base, base_row = c, c_row
        for i0 in range(0, m, M_BLOCK):
            mi, ki = min(M_BLOCK, m - i0), min(K_BLOCK, k - k0)
            ai, bk, ci = a + k0 * a_col + i0 * a_row, b + k0 * b_row, c + i0 * c_row
            base_i = base + i0 * base_row
            j = 0
            while j + width <= n:
                left, bj, cj = (n - j) // width, bk + j * size, ci + j * size
                base_j = base_i + j * size if base != 0 else 0
                ahead = bj + NV * width * size if far and left >= 2 * NV else 0
                if NV == 4 and left >= 4 and left != 5:  # 3 + 2 vectors keep the processor busier than 4 + 1
                    _columns_4(mi, ki, ai, a_row, a_col, bj, b_row, cj, c_row, base_j, base_row, ahead, zero)
                    j += 4 * width
                elif NV == 4 and left >= 3:
                    _columns_3(mi, ki, ai, a_row, a_col, bj, b_row, cj, c_row, base_j, base_row, ahead, zero)
                    j += 3 * width
                elif left >= 2:
                    _columns_2(mi, ki, ai, a_row, a_col, bj, b_row, cj, c_row, base_j, base_row, ahead, zero)
                    j += 2 * width
                else:
                    _columns_1(mi, ki, ai, a_row, a_col, bj, b_row, cj, c_row, base_j, base_row, ahead, zero)
                    j += width
            while j < n:
                bj, cj, base_j = bk + j * size, ci + j * size, base_i + j * size if base != 0 else 0
                _single(mi, ki, ai, a_row, a_col, bj, b_row, cj, c_row, base_j, base_row, 0, zero)
                j += 1


@inline
def dots(m, n, k, a, a_row, b, b_row, c, c_row, zero, size):
    """C (m, n) = A (m, k) Bᵀ by addresses and strides in bytes; k in whole vectors, at least one."""
    j = 0
    while j + 8 <= n:
        for i in range(m):
            _dots_8(k, b + j * b_row, b_row, a + i * a_row, c + i * c_row + j * size, zero)
        j += 8
    while j < n:
        for i in range(m):
            _dots_1(k, b + j * b_row, b_row, a + i * a_row, c + i * c_row + j * size, zero)
        j += 1


@jit
def gemm_nn(a, b, c, accumulate):
    """C = A B, or C += A B; a (m, k) with any strides, b (k, n) and c (m, n) with contiguous rows."""
    (m, k), n = a.shape, b.shape[1]
    a_row, a_col = a.strides
    base, base_row = (start(c), c.strides[0]) if accumulate else (0, 0)
    product(
        m, n, k, start(a), a_row, a_col, start(b), b.strides[0], start(c), c.strides[0],
        base, base_row, c.dtype.type(0), c.itemsize,
    )  # fmt: skip


@jit
def gemm_tn(a, b, c, accumulate):
    """C = Aᵀ B, or C += Aᵀ B; a (k, m) with any strides, b (k, n) and c (m, n) with contiguous rows."""
    gemm_nn(a.T, b, c, accumulate)


@jit
def gemm_nt(a, b, c):
    """C = A Bᵀ as dot products of rows; a (m, k), b (n, k), c (m, n), all with contiguous rows.

    For few rows of A: every vector of B is loaded once for each of them.
    """
    (m, k), n = a.shape, b.shape[0]
    whole, zero = k // (isa.CHOSEN.bytes // a.itemsize) * (isa.CHOSEN.bytes // a.itemsize), a.dtype.type(0)
    if whole > 0:
        rows = (a.strides[0], b.strides[0], c.strides[0])
        dots(m, n, whole, start(a), rows[0], start(b), rows[1], start(c), rows[2], zero, a.itemsize)
    for i in range(m):
        for j in range(n):
            total = c[i, j] if whole > 0 else zero
            for p in range(whole, k):
                total += a[i, p] * b[j, p]
            c[i, j] = total


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
def column_sums(dz, out, accumulate):
    """out = Σᵢ dZᵢ, or out += Σᵢ dZᵢ, rows in order; dz (m, ld), out (ld,)."""
    if not accumulate:
        for j in range(out.size):
            out[j] = dz.dtype.type(0)
    for i in range(dz.shape[0]):
        for j in range(out.size):
            out[j] += dz[i, j]
