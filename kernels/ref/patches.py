"""Patches of an image as rows of a matrix: a convolution is their product with the weights.

`window` is a `Window`; `x` and `dx` (height * width, ld) are pixels; a patch has the elements (kernel row,
kernel column, channel) in this order, zero where it reaches over the edge.
"""

import numpy as np


def positions(window):
    """Yield every place of the kernel with the output pixels that have an input pixel there.

    Yields
    ------
    i, j : int
        Row and column of the kernel.
    outputs, inputs : tuple of slice
        Rows and columns of the output and of the input that belong together.
    """
    for i in range(window.kernel_height):
        rows = _line(i - window.top, window.height, window.stride_height, window.out_height)
        for j in range(window.kernel_width):
            columns = _line(j - window.left, window.width, window.stride_width, window.out_width)
            yield i, j, (rows[0], columns[0]), (rows[1], columns[1])


def _line(offset, length, stride, out_length):
    """Outputs o with 0 <= o * stride + offset < length, as a slice, and the inputs that they read."""
    first = max(0, -(offset // stride))
    end = max(first, min(out_length, (length - 1 - offset) // stride + 1))
    start = first * stride + offset
    return slice(first, end), slice(start, start + (end - first) * stride, stride)


def image(window, x):
    """View of the pixels' channels as (height, width, channels)."""
    return x[:, : window.channels].reshape(window.height, window.width, window.channels)


def patches(window, col):
    """View of the patches of all output pixels by kernel row, kernel column and channel."""
    k = window.kernel_height * window.kernel_width * window.channels
    return col[:, :k].reshape(
        window.out_height, window.out_width, window.kernel_height, window.kernel_width, window.channels
    )


def im2col(window, x, first, col):
    """Copy patches out of an image: those of the output pixels from `first` on.

    Parameters
    ----------
    window : Window
    x : ndarray of shape (height * width, ld)
    first : int
    col : ndarray of shape (p, ld_k)
        As many patches as it has rows; overwritten in the columns of a patch only.
    """
    k = window.kernel_height * window.kernel_width * window.channels
    whole = np.zeros((window.out_height * window.out_width, k), col.dtype)
    for i, j, outputs, inputs in positions(window):
        patches(window, whole)[(*outputs, i, j)] = image(window, x)[inputs]
    col[:, :k] = whole[first : first + len(col)]


def col2im(window, col, first, dx):
    """Add patches of a gradient to the gradient of the image: what `im2col` copied, the other way round.

    Parameters
    ----------
    window : Window
    col : ndarray of shape (p, ld_k)
        Of the output pixels from `first` on.
    first : int
    dx : ndarray of shape (height * width, ld)
        Added to.
    """
    k = window.kernel_height * window.kernel_width * window.channels
    whole = np.zeros((window.out_height * window.out_width, k), col.dtype)
    whole[first : first + len(col)] = col[:, :k]
    for i, j, outputs, inputs in positions(window):
        image(window, dx)[inputs] += patches(window, whole)[(*outputs, i, j)]
