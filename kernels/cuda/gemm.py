"""Matrix products of training, and the small kernels that go with them; see the reference."""

from types import SimpleNamespace

from .device import cuda, elements, for_dtype, launch
from .matrix import Matrix, along_columns, along_rows
from .product import TILES, Store, grid_of, no_numbers, product


@for_dtype
def stores(real):
    """Return the stores that overwrite, and that add, Store and Store."""
    zero = real(0)

    @cuda.jit(device=True)
    def nothing(c, i, j):
        return zero, zero, zero

    @cuda.jit(device=True)
    def old(c, i, j):
        return c[i, j], zero, zero

    @cuda.jit(device=True)
    def put(c, numbers, fetched, i, j, value):
        c[i, j] = fetched[0] + value

    return Store(no_numbers, nothing, put), Store(no_numbers, old, put)


@for_dtype
def _kernels(real):
    @cuda.jit
    def turn(a, out):
        i = cuda.grid(1)
        if i < a.size:
            out[i % a.shape[1], i // a.shape[1]] = a[i // a.shape[1], i % a.shape[1]]

    @cuda.jit
    def sums(dz, out, accumulate):
        j = cuda.grid(1)
        if j < dz.shape[1]:
            total = real(0)
            for i in range(dz.shape[0]):
                total += dz[i, j]
            out[j] = out[j] + total if accumulate else total

    return SimpleNamespace(turn=turn, sums=sums)


def _multiply(a, b, c, reader_a, reader_b, k, accumulate=False):
    (m, n), tile = c.shape, TILES[-1]
    kernel = product(c.dtype.type, tile, reader_a, reader_b, stores(c.dtype)[bool(accumulate)])
    a, b = (Matrix(x.reshape(-1), 0, x.shape[1]) for x in (a, b))
    launch(kernel, grid_of(tile, m, n), tile.threads, m, n, k, a, b, c)


def gemm_nn(a, b, c, accumulate):
    """C = A B, or C += A B: the forward product, and dXᵀ = W dZᵀ, the input gradient transposed."""
    _multiply(a, b, c, along_rows, along_columns, a.shape[1], accumulate)


def gemm_tn(a, b, c, accumulate):
    """C = Aᵀ B, or C += Aᵀ B: the weight gradient dW = Xᵀ dZ."""
    _multiply(a, b, c, along_columns, along_columns, a.shape[0], accumulate)


def gemm_nt(a, b, c):
    """C = A Bᵀ: the input gradient dX = dZ Wᵀ."""
    _multiply(a, b, c, along_rows, along_rows, a.shape[1])


def transpose(a, out):
    """out = Aᵀ; a (m, n), out (n, m)."""
    elements(_kernels(a.dtype).turn, a.size, a, out)


def column_sums(dz, out, accumulate):
    """out = Σᵢ dZᵢ, or out += Σᵢ dZᵢ: the bias gradient; dz (m, ld), out (ld,)."""
    elements(_kernels(dz.dtype).sums, dz.shape[1], dz, out, bool(accumulate))
