"""Pooling: the largest, or the mean, of the pixels under a window that moves over an image, by channels.

`window` is a `Window`; `x` and `dx` (height * width, ld), `out` and `dout` (out_height * out_width, ld) are
pixels, of whose columns the channels count.  Pixels beyond the edge do not exist: they are neither the
largest nor counted in a mean.
"""

from .intrinsics import address
from .jit import jit
from .patches import following, reach
from .rows import claim_row, larger_row, largest_row


@jit
def max_pool_forward(window, x, out):
    """Largest pixel under the window; NaN if there is one.  `out` is overwritten."""
    n, zero, size = window.channels, out.dtype.type(0), out.itemsize
    x0, x_row, to, out_row = address(x, 0), x.shape[1] * size, address(out, 0), out.shape[1] * size
    row, column = 0, 0
    for _ in range(window.out_height * window.out_width):
        corner, top, bottom, left, right = reach(window, row, column)
        row, column = following(window, row, column)
        for i in range(top, bottom):
            first = x0 + (corner + i * window.width + left) * x_row
            last = first + (right - left - 1) * x_row
            for b in range(first, last + 1, 3 * x_row):  # three at a time, some of them twice
                c, d = min(b + x_row, last), min(b + 2 * x_row, last)
                if i == top and b == first:
                    largest_row(n, to, b, c, d, zero)
                else:
                    larger_row(n, to, b, c, d, zero)
        to += out_row


@jit
def max_pool_backward(window, x, out, dout, dx):
    """Add the gradient of every output to the first pixel under its window that is the largest.

    `dx` is added to; `dout` is used up: what has gone to a pixel is zero afterwards.
    """
    n, zero, size = window.channels, dx.dtype.type(0), dx.itemsize
    x0, x_row, dx0, dx_row = address(x, 0), x.shape[1] * size, address(dx, 0), dx.shape[1] * size
    row, column = 0, 0
    for o in range(window.out_height * window.out_width):
        corner, top, bottom, left, right = reach(window, row, column)
        row, column = following(window, row, column)
        best, gradient = address(out, o * out.shape[1]), address(dout, o * dout.shape[1])
        for i in range(top, bottom):
            start = corner + i * window.width
            for p in range(start + left, start + right):
                claim_row(n, dx0 + p * dx_row, x0 + p * x_row, best, gradient, zero)


@jit
def average_pool_forward(window, x, out):
    """Mean of the pixels under the window.  `out` is overwritten."""
    zero = out.dtype.type(0)
    row, column = 0, 0
    for o in range(window.out_height * window.out_width):
        corner, top, bottom, left, right = reach(window, row, column)
        row, column = following(window, row, column)
        for c in range(window.channels):
            out[o, c] = zero
        for i in range(top, bottom):
            start = corner + i * window.width
            for p in range(start + left, start + right):
                for c in range(window.channels):
                    out[o, c] += x[p, c]
        share = out.dtype.type(1 / ((bottom - top) * (right - left)))
        for c in range(window.channels):
            out[o, c] *= share


@jit
def average_pool_backward(window, dout, dx):
    """Add the gradient of every output, shared among the pixels under its window, to `dx`."""
    row, column = 0, 0
    for o in range(window.out_height * window.out_width):
        corner, top, bottom, left, right = reach(window, row, column)
        row, column = following(window, row, column)
        share = dx.dtype.type(1 / ((bottom - top) * (right - left)))
        for i in range(top, bottom):
            start = corner + i * window.width
            for p in range(start + left, start + right):
                for c in range(window.channels):
                    dx[p, c] += share * dout[o, c]
