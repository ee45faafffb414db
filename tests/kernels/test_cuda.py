"""The CUDA kernels against the reference, for every case of the table, on a GPU or simulated."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from fastmlp.kernels import cuda
from fastmlp.kernels.contract import Precision
from fastmlp.kernels.cuda.device import launch
from fastmlp.kernels.cuda.gemm import stores
from fastmlp.kernels.cuda.intrinsics import NUMBERS
from fastmlp.kernels.cuda.matrix import Matrix, along_columns, along_rows
from fastmlp.kernels.cuda.product import TILES, Tile, grid_of, product, tile_for
from fastmlp.kernels.cuda.tensor_product import WARP_TILES, tensor_product
from fastmlp.kernels.rounding import rounded
from tests.cases import CASES
from tests.gpu import DESCRIPTION
from tests.kernels.agreement import assert_agrees
from tests.kernels.sizes import DTYPES

SIZES = [(1, 1, 1), (3, 7, 9)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cuda_agrees_with_the_reference(case, dtype):
    assert_agrees(case, cuda, dtype, SIZES)


def multiplied(make, kind, tile, a, b, *, a_turned, b_turned):
    """C of a product kernel, whose operands lie in memory as they are or turned, beside other numbers."""
    (m, k), n, c = a.shape, b.shape[1], np.full((a.shape[0], b.shape[1]), np.nan, a.dtype)
    readers = along_columns if a_turned else along_rows, along_rows if b_turned else along_columns
    kernel = make(kind, tile, *readers, stores(c.dtype)[0])
    stored = [
        np.pad(x.T if is_turned else x, ((0, 0), (0, 3)), constant_values=np.nan)
        for x, is_turned in ((a, a_turned), (b, b_turned))
    ]
    operands = [Matrix(x.reshape(-1), 0, x.shape[1]) for x in stored]
    launch(kernel, grid_of(tile, m, n), tile.threads, m, n, k, *operands, c)
    return c


def operands(tile, depth, dtype):
    """A product of two by two tiles and a bit more than one step of the inner dimension."""
    rng = np.random.default_rng(0)
    m, n, k = tile.rows + 3, tile.columns + 1, depth + 3
    return rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)


@pytest.mark.parametrize("way", [(False, False), (True, False), (False, True)], ids=["nn", "tn", "nt"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tile", TILES, ids=lambda tile: f"{tile.rows}x{tile.columns}")
def test_products_of_every_tile(tile, dtype, way):
    a, b = operands(tile, tile.depth, dtype)
    c = multiplied(product, np.dtype(dtype).type, tile, a, b, a_turned=way[0], b_turned=way[1])
    np.testing.assert_allclose(c, a @ b, rtol=0, atol=100 * np.finfo(dtype).eps * len(b))


@pytest.mark.parametrize("way", [(False, False), (True, False), (False, True)], ids=["nn", "tn", "nt"])
@pytest.mark.parametrize("precision", [Precision.TF32, Precision.BF16], ids=lambda precision: precision.name)
@pytest.mark.parametrize("tile", WARP_TILES, ids=lambda tile: f"{tile.rows}x{tile.columns}")
def test_products_of_matrix_units(tile, precision, way):
    a, b = operands(tile, tile.depth * NUMBERS[precision], "float32")
    c = multiplied(tensor_product, precision, tile, a, b, a_turned=way[0], b_turned=way[1])
    expected = rounded(a, precision).astype(float) @ rounded(b, precision).astype(float)
    np.testing.assert_allclose(c, expected, rtol=0, atol=1e-6 * len(b))  # sums are cut, not rounded


def test_a_tile_that_threads_cannot_share():
    with pytest.raises(ValueError, match="has 4 threads, no multiple of rows, columns and depth"):
        product(np.float32, Tile(4, 6, 8, 2, 3), *[(None, None, True)] * 2, (None, None, None))


def test_tiles_keep_the_processors_busy():
    large, small = TILES[0], TILES[-1]
    assert tile_for(TILES, large.rows, large.columns, 1) == large
    assert tile_for(TILES, large.rows, large.columns, 10**6) == small


@pytest.mark.skipif(cuda.device.SIMULATED, reason="needs a GPU")
def test_the_gpu_is_described():
    description = cuda.device.description()
    assert list(description) == ["gpu", "gpu_memory_gib", "compute_capability", "cuda_driver"]
    assert isinstance(description["gpu"], str)
    assert description["gpu_memory_gib"] > 0
    for name in ("compute_capability", "cuda_driver"):
        assert re.fullmatch(r"\d+\.\d+", description[name])


def test_a_gpu_is_described_as_numba_cuda_tells(monkeypatch):
    """With what numba-cuda would answer, where there is no GPU to ask."""
    device = SimpleNamespace(name="NVIDIA H200", compute_capability=(9, 0))
    memory = SimpleNamespace(free=2**30, total=150_110_011_392)
    driver = SimpleNamespace(driver=SimpleNamespace(get_version=lambda: (13, 0)))
    answers = SimpleNamespace(
        get_current_device=lambda: device,
        current_context=lambda: SimpleNamespace(get_memory_info=lambda: memory),
        cudadrv=SimpleNamespace(driver=driver),
    )
    monkeypatch.setattr(cuda.device, "SIMULATED", False)
    monkeypatch.setattr(cuda.device, "cuda", answers)
    assert cuda.device.description() == DESCRIPTION
