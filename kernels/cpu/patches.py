"""Patches of an image as rows of a matrix: a convolution is their product with the weights.

`window` is a `Window`; `x` and `dx` (height * width, ld) are pixels; a patch has the elements (kernel row,
kernel column, channel) in this order, zero where it reaches over the edge.
"""

from .intrinsics import address
from .jit import inline, jit
from .rows import add_row, clear_row, copy_row


@inline
def reach(window, row, column):
    """Where the kernel lies for an output pixel.

    Returns the number of the pixel under its corner, which may be outside of the image, and the first and
    last (exclusive) of its rows and of its columns that are inside.
    """
    y, x = row * window.stride_height - window.top, column * window.stride_width - window.left
    top, left = min(window.kernel_height, max(0, -y)), min(window.kernel_width, max(0, -x))
    bottom = max(top, min(window.kernel_height, window.height - y))
    right = max(left, min(window.kernel_width, window.width - x))
    return y * window.width + x, top, bottom, left, right


@inline
def following(window, row, column):
    """Row and column of the next output pixel; divisions take longer than a short patch."""
    return (row, column + 1) if column + 1 < window.out_width else (row + 1, 0)


@jit
def im2col(window, x, first, col):
    """Copy patches out of an image: those of the output pixels from `first` on, as many as col has rows."""
    channels, zero, size = window.channels, col.dtype.type(0), col.itemsize
    width = window.kernel_width * channels  # of a row of the kernel
    x0, x_row = address(x, 0), x.shape[1] * size
    to, col_row = address(col, 0), col.shape[1] * size
    dense = x.shape[1] == channels  # no gaps: a row of the kernel is one piece
    row, column = first // window.out_width, first % window.out_width
    for _ in range(col.shape[0]):
        corner, top, bottom, left, right = reach(window, row, column)
        if (bottom - top) * (right - left) < window.kernel_height * window.kernel_width:
            clear_row(window.kernel_height * width, to, 0, 0, 0, zero)
        for i in range(top, bottom):
            source, target = x0 + (corner + i * window.width) * x_row, to + i * width * size
            if dense:
                start = left * channels * size
                copy_row((right - left) * channels, target + start, source + start, 0, 0, zero)
            else:
                for j in range(left, right):
                    copy_row(channels, target + j * channels * size, source + j * x_row, 0, 0, zero)
        to += col_row
        row, column = following(window, row, column)


@jit
def col2im(window, col, first, dx):
    """Add patches of a gradient, those of the output pixels from `first` on, to that of the image."""
    channels, zero, size = window.channels, col.dtype.type(0), col.itemsize
    width = window.kernel_width * channels
    dx0, dx_row = address(dx, 0), dx.shape[1] * size
    source, col_row = address(col, 0), col.shape[1] * size
    row, column = first // window.out_width, first % window.out_width
    for _ in range(col.shape[0]):
        corner, top, bottom, left, right = reach(window, row, column)
        for i in range(top, bottom):
            target = dx0 + (corner + i * window.width) * dx_row
            for j in range(left, right):
                add_row(channels, target + j * dx_row, source + (i * width + j * channels) * size, 0, 0, zero)
        source += col_row
        row, column = following(window, row, column)
