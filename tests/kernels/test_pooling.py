"""Pooling against loops, its gradients against central differences, ties and NaN."""

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from fastmlp.layers import AvgPool2D
from tests.cases import WINDOWS, window
from tests.kernels.gradients import assert_gradient, central_difference
from tests.kernels.sizes import DTYPES, needs_jit

each_backend = pytest.mark.parametrize(
    "backend", [ref, pytest.param(cpu, marks=needs_jit)], ids=["ref", "cpu"]
)
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
each_way = pytest.mark.parametrize("way", WINDOWS)
CHANNELS, LD = 3, 5


def pixels_under(moves):
    """Numbers of the pixels under the window, for every output pixel."""
    for oy in range(moves.out_height):
        for ox in range(moves.out_width):
            y, x = oy * moves.stride_height - moves.top, ox * moves.stride_width - moves.left
            yield [
                row * moves.width + column
                for row in range(max(y, 0), min(y + moves.kernel_height, moves.height))
                for column in range(max(x, 0), min(x + moves.kernel_width, moves.width))
            ]


def arrays(moves, dtype):
    """An image without ties, room for its output, and a gradient of that."""
    rng = np.random.default_rng(0)
    x = rng.permutation(moves.height * moves.width * LD).reshape(-1, LD).astype(dtype)
    outputs = moves.out_height * moves.out_width
    return x, np.full((outputs, LD), np.nan, dtype), rng.normal(size=(outputs, LD)).astype(dtype)


@each_dtype
@each_way
@each_backend
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_forward(ceil_mode, backend, way, dtype):
    moves = window(CHANNELS, way, ceil_mode=ceil_mode)
    x, out, _ = arrays(moves, dtype)
    under = list(pixels_under(moves))
    assert all(under)
    backend.pooling.max_pool_forward(moves, x, out)
    np.testing.assert_array_equal(out[:, :CHANNELS], [x[each, :CHANNELS].max(axis=0) for each in under])
    backend.pooling.average_pool_forward(moves, x, out)
    expected = [x[each, :CHANNELS].mean(axis=0) for each in under]
    np.testing.assert_allclose(out[:, :CHANNELS], expected, rtol=4 * np.finfo(dtype).eps)
    assert np.isnan(out[:, CHANNELS:]).all()


@each_way
@each_backend
@pytest.mark.parametrize("kind", ["max", "average"])
def test_gradients(kind, backend, way):
    moves = window(CHANNELS, way, ceil_mode=True)
    x, out, dout = arrays(moves, "float64")
    forward = getattr(backend.pooling, f"{kind}_pool_forward")

    def weighted(x):
        forward(moves, x, out)
        return (out * dout)[:, :CHANNELS].sum()

    numeric, dx, left = central_difference(weighted, x), np.ones_like(x), dout.copy()
    if kind == "max":
        weighted(x)
        backend.pooling.max_pool_backward(moves, x, out, left, dx)
        assert not left[:, :CHANNELS].any()
    else:
        backend.pooling.average_pool_backward(moves, left, dx)
        np.testing.assert_array_equal(left, dout)
    assert_gradient(dx[:, :CHANNELS] - 1, numeric[:, :CHANNELS])
    assert (dx[:, CHANNELS:] == 1).all()


@each_dtype
@each_backend
def test_of_equal_pixels_the_first_has_the_gradient(backend, dtype):
    moves = window(1, "whole")
    x, out, dout, dx = (
        np.zeros((20, 1), dtype),
        np.empty((1, 1), dtype),
        np.ones((1, 1), dtype),
        np.zeros((20, 1), dtype),
    )
    x[7] = x[3] = x[15] = 2
    backend.pooling.max_pool_forward(moves, x, out)
    backend.pooling.max_pool_backward(moves, x, out, dout, dx)
    assert out[0, 0] == 2
    assert np.flatnonzero(dx).tolist() == [3]


@each_dtype
@each_backend
def test_not_a_number_is_the_largest(backend, dtype):
    moves = window(1, "3x3")
    for place in range(20):
        x, out = np.arange(20, dtype=dtype)[:, np.newaxis].copy(), np.empty((6, 1), dtype)
        x[place] = np.nan
        backend.pooling.max_pool_forward(moves, x, out)
        assert [place in each for each in pixels_under(moves)] == np.isnan(out[:, 0]).tolist()
    x[:] = -np.inf
    backend.pooling.max_pool_forward(moves, x, out)
    assert (out == -np.inf).all()


def test_the_mean_of_a_whole_image():
    moves = AvgPool2D((4, 5)).window((4, 5, CHANNELS))
    x, out, _ = arrays(moves, "float64")
    cpu.pooling.average_pool_forward(moves, x, out)
    np.testing.assert_allclose(out[0, :CHANNELS], x[:, :CHANNELS].mean(axis=0), rtol=1e-14)
