"""Patches of images against loops, and `col2im` as the transpose of `im2col`."""

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from tests.cases import WINDOWS, window
from tests.kernels.sizes import DTYPES, needs_jit

each_backend = pytest.mark.parametrize(
    "backend", [ref, pytest.param(cpu, marks=needs_jit)], ids=["ref", "cpu"]
)
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
each_way = pytest.mark.parametrize("way", WINDOWS)
CHANNELS, LD = 3, 5


def image(moves, dtype, seed=0):
    return np.random.default_rng(seed).integers(-9, 9, (moves.height * moves.width, LD)).astype(dtype)


def by_loops(moves, x):
    """The patches of all output pixels."""
    patches = []
    for oy in range(moves.out_height):
        for ox in range(moves.out_width):
            patch = []
            for i in range(moves.kernel_height):
                for j in range(moves.kernel_width):
                    y, column = (
                        oy * moves.stride_height + i - moves.top,
                        ox * moves.stride_width + j - moves.left,
                    )
                    inside = 0 <= y < moves.height and 0 <= column < moves.width
                    patch += list(x[y * moves.width + column, :CHANNELS]) if inside else [0] * CHANNELS
            patches.append(patch)
    return np.array(patches)


@each_dtype
@each_way
@each_backend
def test_patches(backend, way, dtype):
    moves = window(CHANNELS, way)
    x = image(moves, dtype)
    expected = by_loops(moves, x)
    n, k = expected.shape
    for first, stop in ((0, n), (0, n // 2), (n // 2, n), (n - 1, n)):
        col = np.full((stop - first, k + 2), np.nan, dtype)
        backend.patches.im2col(moves, x, first, col)
        np.testing.assert_array_equal(col[:, :k], expected[first:stop])
        assert np.isnan(col[:, k:]).all()


@each_dtype
@each_way
@each_backend
def test_the_way_back_is_the_transpose(backend, way, dtype):
    """Σ im2col(x) c = Σ x col2im(c) for whole numbers, exactly; what was in dx stays."""
    moves = window(CHANNELS, way)
    x, before = image(moves, dtype), image(moves, dtype, seed=1)
    patches = by_loops(moves, x)
    col = np.random.default_rng(2).integers(-9, 9, patches.shape).astype(dtype)
    dx = before.copy()
    middle = len(col) // 2
    backend.patches.col2im(moves, col[:middle], 0, dx)
    backend.patches.col2im(moves, col[middle:], middle, dx)
    assert (patches * col).sum() == (x * (dx - before))[:, :CHANNELS].sum()
    np.testing.assert_array_equal(dx[:, CHANNELS:], before[:, CHANNELS:])
