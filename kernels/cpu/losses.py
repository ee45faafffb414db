"""Losses with their output activation, their gradients, and the output activations alone.

Arguments and formulas are those of the reference.  Every row is finished before the next one starts; terms
are computed in the dtype of `z` and added in float64.
"""

import numpy as np

from ..contract import Loss
from .jit import inline, jit
from .math import exp, log1p, logistic
from .sums import add_in_any_order


@inline
def _largest(n, z, i):
    """Largest of z[i, :n]; any of them if there is NaN, as the softmax is NaN then in any case."""
    top = z[i, 0]
    for j in range(1, n):
        top = z[i, j] if z[i, j] > top else top
    return top


@inline
def _unused(n, i, weights, dz, losses):
    """Whether row i has no weight; its loss and gradient are then 0, whatever it holds."""
    if weights[i] != 0.0:
        return False
    losses[i] = 0.0
    for j in range(n):
        dz[i, j] = 0
    return True


@jit
def softmax_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = log Σ_j e^z_ij - z_i,label;  gradient softmax(z) - one-hot(label)."""
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        top, label = _largest(n, z, i), labels[i]
        picked = np.float64(z[i, label] - top)
        for j in range(n):
            dz[i, j] = exp(z[i, j] - top)
        own = np.float64(dz[i, label])
        others = 0.0  # kept apart: softmax - 1 would lose all digits where the row is all but certain
        for j in range(n):
            others = add_in_any_order(others, np.float64(dz[i, j]) if j != label else 0.0)
        factor = weights[i] / (own + others)
        for j in range(n):
            dz[i, j] *= z.dtype.type(factor)
        dz[i, label] = -factor * others
        losses[i] = weights[i] * (np.log(own + others) - picked)


@jit
def logistic_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j log(1 + e^z_ij) - y_ij z_ij;  gradient 1 / (1 + e^-z) - y."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        weight, total = z.dtype.type(weights[i]), 0.0
        for j in range(n):
            x, y = z[i, j], values[i, j]
            dz[i, j] = weight * (logistic(x) - y)
            term = ((zero if x <= zero else x) - y * x) + log1p(exp(-abs(x)))
            total = add_in_any_order(total, np.float64(term))
        losses[i] = weights[i] * total


@jit
def poisson(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j y_ij log(y_ij / µ_ij) - y_ij + µ_ij with µ = e^z;  gradient µ - y."""
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        weight, total = z.dtype.type(weights[i]), 0.0
        for j in range(n):
            x, y, mu = np.float64(z[i, j]), np.float64(values[i, j]), exp(z[i, j])
            dz[i, j] = weight * (mu - values[i, j])
            log_y = np.log(y) if y > 0.0 else 0.0
            total += y * (log_y - x) - y + np.float64(mu)
        losses[i] = weights[i] * total


@jit
def squared_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j (z_ij - y_ij)² / 2;  gradient z - y."""
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        weight, total = z.dtype.type(weights[i]), 0.0
        for j in range(n):
            r = z[i, j] - values[i, j]
            dz[i, j] = weight * r
            total = add_in_any_order(total, np.float64(r) * np.float64(r))
        losses[i] = weights[i] * (0.5 * total)


@jit
def absolute_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j |z_ij - y_ij|;  gradient sign(z - y)."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        weight, total = z.dtype.type(weights[i]), 0.0
        for j in range(n):
            r = z[i, j] - values[i, j]
            dz[i, j] = weight if r > zero else (-weight if r < zero else r)  # NaN stays NaN
            total = add_in_any_order(total, np.float64(abs(r)))
        losses[i] = weights[i] * total


@jit
def huber(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j h(z_ij - y_ij), h(r) = r² / 2 if |r| <= delta, else delta (|r| - delta / 2)."""
    limit = z.dtype.type(delta)
    for i in range(z.shape[0]):
        if _unused(n, i, weights, dz, losses):
            continue
        weight, total = z.dtype.type(weights[i]), 0.0
        for j in range(n):
            r = z[i, j] - values[i, j]
            clipped = limit if r > limit else (-limit if r < -limit else r)
            dz[i, j] = weight * clipped
            term = np.float64(clipped) * (np.float64(r) - 0.5 * np.float64(clipped))
            total = add_in_any_order(total, term)
        losses[i] = weights[i] * total


@jit
def loss_and_gradient(code, n, z, labels, values, weights, delta, dz, losses):
    """Loss and gradient of every row; the loss given by its `contract.Loss` code."""
    if code == Loss.SOFTMAX_CROSS_ENTROPY:
        softmax_cross_entropy(n, z, labels, values, weights, delta, dz, losses)
    elif code == Loss.LOGISTIC_CROSS_ENTROPY:
        logistic_cross_entropy(n, z, labels, values, weights, delta, dz, losses)
    elif code == Loss.POISSON:
        poisson(n, z, labels, values, weights, delta, dz, losses)
    elif code == Loss.SQUARED_ERROR:
        squared_error(n, z, labels, values, weights, delta, dz, losses)
    elif code == Loss.ABSOLUTE_ERROR:
        absolute_error(n, z, labels, values, weights, delta, dz, losses)
    else:
        huber(n, z, labels, values, weights, delta, dz, losses)


@jit
def softmax(n, z, out):
    """Overwrite `out` (m, n) with e^z_ij / Σ_j e^z_ij of `z` (m, ld)."""
    for i in range(z.shape[0]):
        top, total = _largest(n, z, i), 0.0
        for j in range(n):
            out[i, j] = exp(z[i, j] - top)
        for j in range(n):
            total = add_in_any_order(total, np.float64(out[i, j]))
        factor = z.dtype.type(1.0 / total)
        for j in range(n):
            out[i, j] *= factor


@jit
def output_activation(code, n, z, out):
    """Overwrite `out` (m, n) with the predictions that belong to `z` (m, ld) under the loss `code`."""
    if code == Loss.SOFTMAX_CROSS_ENTROPY:
        softmax(n, z, out)
        return
    for i in range(z.shape[0]):
        if code == Loss.LOGISTIC_CROSS_ENTROPY:
            for j in range(n):
                out[i, j] = logistic(z[i, j])
        elif code == Loss.POISSON:
            for j in range(n):
                out[i, j] = exp(z[i, j])
        else:
            for j in range(n):
                out[i, j] = z[i, j]
