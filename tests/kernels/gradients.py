"""Derivatives by central differences in float64."""

import numpy as np

STEP = 1e-5  # error about STEP² f''' / 6 + eps |f| / STEP: 1e-11 for functions of order one
LIMIT = 1e-6


def central_difference(function, x, where=True):
    """Gradient of the sum of `function(x)` over an array, one element at a time; `x` is restored.

    Parameters
    ----------
    function : callable
        Returns an array or a number; reads `x`.
    x : ndarray of float64
    where : ndarray of bool
        Elements that count; the others' gradient is left at zero.
    """
    gradient = np.zeros_like(x)
    for index in map(tuple, np.argwhere(np.broadcast_to(where, x.shape))):
        value = x[index]
        x[index] = value + STEP
        above = np.copy(function(x))
        x[index] = value - STEP
        gradient[index] = (above - function(x)).sum() / (2 * STEP)
        x[index] = value
    return gradient


def assert_gradient(actual, numeric):
    """Fail unless every element agrees to a relative error of `LIMIT`; below 1e-3 to that of 1e-3."""
    error = np.abs(actual - numeric) / np.maximum(np.abs(numeric), 1e-3)
    assert error.max() < LIMIT
