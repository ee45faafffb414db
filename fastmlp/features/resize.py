"""Images brought to another size."""

import numpy as np


def bilinear(n_in, n_out):
    """Return the matrix that resizes one axis of an image by linear interpolation.

    Pixels are squares with their values at the centers.  Where the image shrinks, the triangle of weights
    grows with it, so that every pixel counts (as in Pillow's `BILINEAR`); beyond the edge there is nothing.

    Parameters
    ----------
    n_in, n_out : int
        Pixels before and after.

    Returns
    -------
    matrix : ndarray of shape (n_out, n_in), float64
        Rows sum to 1.
    """
    scale = n_in / n_out
    centers = (np.arange(n_out)[:, np.newaxis] + 0.5) * scale
    weights = np.maximum(0, 1 - np.abs(np.arange(n_in) + 0.5 - centers) / max(scale, 1))
    return weights / weights.sum(axis=1, keepdims=True)


class Resizer:
    """Resizes images, and changes their channels linearly on the way.

    Parameters
    ----------
    shape : tuple of int
        (height, width, channels) of the images.
    size : tuple of int
        (height, width) afterwards.
    channels : ndarray of shape (channels, channels_out)
        A pixel p becomes p @ channels + offset.
    offset : ndarray of shape (channels_out,)
    """

    def __init__(self, shape, size, channels, offset):
        height, width, _ = shape
        self.shape, self.offset = shape, np.tile(offset, size[1]).astype(np.float32)
        self.rows = bilinear(height, size[0]).astype(np.float32)
        self.columns = np.kron(bilinear(width, size[1]).T, channels).astype(np.float32)

    def __call__(self, X):
        """Resize images.

        Parameters
        ----------
        X : ndarray of shape (n_images, height * width * channels)

        Returns
        -------
        resized : ndarray of shape (n_images, height_out * width_out * channels_out), float32
        """
        images = X.reshape(len(X), self.shape[0], -1).astype(np.float32)
        resized = (self.rows @ images) @ self.columns
        resized += self.offset
        return resized.reshape(len(X), -1)
