"""Patches of an image as rows of a matrix; see the reference.

A thread for an element: `col2im` collects what `im2col` handed out, in the order of the kernel's places.
"""

from types import SimpleNamespace

from .device import cuda, elements, for_dtype
from .matrix import at, pixels_of


@cuda.jit(device=True)
def corner(window, patch):
    """Row and column of the input under a patch's first place; negative in the padding."""
    i = patch // window.out_width * window.stride_height - window.top
    return i, patch % window.out_width * window.stride_width - window.left


@cuda.jit(device=True)
def under(window, i, j, row, column):
    """Input pixel under a row and column of the kernel, of a patch at a corner; -1 beyond the edge."""
    i, j = i + row, j + column
    if i < 0 or j < 0 or i >= window.height or j >= window.width:
        return -1
    return i * window.width + j


@cuda.jit(device=True)
def source(window, patch, place):
    """Input pixel under a place of a patch; -1 beyond the edge."""
    i, j = corner(window, patch)
    return under(window, i, j, place // window.kernel_width, place % window.kernel_width)


@cuda.jit(device=True)
def padded(window, pixel):
    """Row and column of an input pixel, counted in the padding, too."""
    return pixel // window.width + window.top, pixel % window.width + window.left


@cuda.jit(device=True)
def patch_at(window, pixel, place):
    """Patch that has an input pixel under one of its places; -1 if there is none."""
    i, j = padded(window, pixel)
    return covering(window, i, j, place)


@cuda.jit(device=True)
def covering(window, i, j, place):
    """The same, of the pixel's row and column in the padding."""
    i, j = i - place // window.kernel_width, j - place % window.kernel_width
    if i < 0 or j < 0 or i % window.stride_height != 0 or j % window.stride_width != 0:
        return -1
    i, j = i // window.stride_height, j // window.stride_width
    if i >= window.out_height or j >= window.out_width:
        return -1
    return i * window.out_width + j


@for_dtype
def _kernels(real):
    zero = real(0)

    @cuda.jit
    def take(window, x, first, col):
        e = cuda.grid(1)
        k = window.kernel_height * window.kernel_width * window.channels
        if e < col.shape[0] * k:
            row, place, channel = e // k, e % k // window.channels, e % window.channels
            pixel = source(window, first + row, place)
            col[row, e % k] = x.data[at(x, 0, pixel, channel)] if pixel >= 0 else zero

    @cuda.jit
    def put(window, col, first, dx):
        e = cuda.grid(1)
        if e < window.height * window.width * window.channels:
            pixel, channel = e // window.channels, e % window.channels
            for place in range(window.kernel_height * window.kernel_width):
                row = patch_at(window, pixel, place) - first
                if 0 <= row < col.shape[0]:
                    dx.data[at(dx, 0, pixel, channel)] += col[row, place * window.channels + channel]

    return SimpleNamespace(take=take, put=put)


def im2col(window, x, first, col):
    """Copy patches out of an image: those of the output pixels from `first` on."""
    k = window.kernel_height * window.kernel_width * window.channels
    elements(_kernels(x.dtype).take, len(col) * k, window, pixels_of(x), first, col)


def col2im(window, col, first, dx):
    """Add patches of a gradient to the gradient of the image: what `im2col` copied, the other way round."""
    count = window.height * window.width * window.channels
    elements(_kernels(dx.dtype).put, count, window, col, first, pixels_of(dx))
