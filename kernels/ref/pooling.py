"""Pooling: the largest, or the mean, of the pixels under a window that moves over an image, by channels.

`window` is a `Window`; `x` and `dx` (height * width, ld), `out` and `dout` (out_height * out_width, ld) are
pixels, of whose columns the channels count.  Pixels beyond the edge do not exist: they are neither the
largest nor counted in a mean.
"""

import numpy as np

from .patches import image, positions


def max_pool_forward(window, x, out):
    """Largest pixel under the window; NaN if there is one.  `out` is overwritten."""
    pixels, best = image(window, x), _outputs(window, out)
    best[:] = -np.inf
    for _, _, outputs, inputs in positions(window):
        best[outputs] = np.maximum(best[outputs], pixels[inputs])


def max_pool_backward(window, x, out, dout, dx):
    """Add the gradient of every output to the first pixel under its window that is the largest.

    Parameters
    ----------
    window : Window
    x, out : ndarray
        Input and output of `max_pool_forward`.
    dout : ndarray
        Used up: what has gone to a pixel is zero afterwards.
    dx : ndarray
        Added to.
    """
    pixels, best, left = image(window, x), _outputs(window, out), _outputs(window, dout)
    gradient = image(window, dx)
    for _, _, outputs, inputs in positions(window):
        largest = pixels[inputs] == best[outputs]
        gradient[inputs] += np.where(largest, left[outputs], 0)
        left[outputs] = np.where(largest, 0, left[outputs])


def average_pool_forward(window, x, out):
    """Mean of the pixels under the window.  `out` is overwritten."""
    pixels, mean = image(window, x), _outputs(window, out)
    mean[:] = 0
    for _, _, outputs, inputs in positions(window):
        mean[outputs] += pixels[inputs]
    mean *= shares(window).astype(out.dtype)


def average_pool_backward(window, dout, dx):
    """Add the gradient of every output, shared among the pixels under its window, to `dx`."""
    gradient, share = image(window, dx), _outputs(window, dout) * shares(window).astype(dout.dtype)
    for _, _, outputs, inputs in positions(window):
        gradient[inputs] += share[outputs]


def shares(window):
    """1 / pixels under the window, for every output pixel, shape (out_height, out_width, 1)."""
    count = np.zeros((window.out_height, window.out_width, 1))
    for _, _, outputs, _ in positions(window):
        count[outputs] += 1
    return 1 / count


def _outputs(window, out):
    """View of the output pixels' channels as (out_height, out_width, channels)."""
    return out[:, : window.channels].reshape(window.out_height, window.out_width, window.channels)
