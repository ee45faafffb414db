"""Layers of published networks from their definitions, in NumPy alone.

Images are float64 of shape (images, channels, rows, columns), as PyTorch and Caffe have them.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def relu(x):
    return np.maximum(x, 0)


def conv(x, w, b, stride=1, padding=0):
    """Weights as in the files, (filters, channels, rows, columns)."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    z = np.tensordot(windows, w.astype(np.float64), axes=[(1, 4, 5), (1, 2, 3)])
    return np.moveaxis(z + b, -1, 1)


def max_pool(x, size, stride, ceil_mode):
    """The last window may reach over the edge if `ceil_mode`, and else must not."""
    over = [(stride - (n - size) % stride) % stride if ceil_mode else 0 for n in x.shape[2:]]
    x = np.pad(x, [(0, 0), (0, 0), (0, over[0]), (0, over[1])], constant_values=-np.inf)
    return sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::stride, ::stride].max(axis=(4, 5))


def dense(x, w, b):
    """Weights as in the files, (units, inputs); images are read channel by channel."""
    return x.reshape(len(x), -1) @ w.T.astype(np.float64) + b


def as_features(x):
    """Rows as the extractors return them: pixel by pixel, with the channels of each beside each other."""
    return (np.moveaxis(x, 1, -1) if x.ndim == 4 else x).reshape(len(x), -1)


def assert_same_features(features, expected, tolerance=1e-5):
    """Differences are measured by the layer's largest value."""
    expected = as_features(expected)
    assert features.shape == expected.shape
    assert features.dtype == np.float32
    largest = np.abs(expected).max()
    assert largest > 0
    assert np.abs(features - expected).max() <= tolerance * largest


def random_weights(shapes, seed=0):
    """Draw weights that keep the size of the numbers from layer to layer, and biases of about a tenth.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        Layer -> shape of its weights, the outputs first.

    Yields
    ------
    name : str
    weights : ndarray, float32
    bias : ndarray, float32
    """
    rng = np.random.default_rng(seed)
    for name, shape in shapes.items():
        weights = rng.standard_normal(shape, dtype=np.float32)
        weights *= np.float32((2 / np.prod(shape[1:])) ** 0.5)
        yield name, weights, rng.normal(scale=0.1, size=shape[0]).astype(np.float32)
