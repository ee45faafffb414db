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
def _largest(x, n):
    """Largest of x[:n]; if NaN is among them the result does not matter, as e^(NaN - x) is NaN."""
    top = x[0]
    for j in range(1, n):
        top = x[j] if x[j] > top else top
    return top


@inline
def _clear(d, n):
    for j in range(n):
        d[j] = 0


@jit
def softmax_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = log Σ_j e^z_ij - z_i,label;  gradient softmax(z) - one-hot(label)."""
    for i in range(z.shape[0]):
        x, d, label, weight = z[i], dz[i], labels[i], weights[i]
        losses[i] = 0.0
        if weight == 0.0:
            _clear(d, n)
            continue
        top = _largest(x, n)
        picked = np.float64(x[label] - top)
        for j in range(n):
            d[j] = exp(x[j] - top)
        own = np.float64(d[label])
        d[label] = 0
        others = 0.0  # kept apart: softmax - 1 would lose all digits where the row is all but certain
        for j in range(n):
            others = add_in_any_order(others, np.float64(d[j]))
        factor = weight / (own + others)
        for j in range(n):
            d[j] *= z.dtype.type(factor)
        d[label] = z.dtype.type(-factor * others)
        losses[i] = weight * (np.log(own + others) - picked)


@jit
def logistic_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j log(1 + e^z_ij) - y_ij z_ij;  gradient 1 / (1 + e^-z) - y."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        x, y, d, weight = z[i], values[i], dz[i], z.dtype.type(weights[i])
        losses[i] = 0.0
        if weights[i] == 0.0:
            _clear(d, n)
            continue
        total = 0.0
        for j in range(n):
            t = x[j]
            d[j] = weight * (logistic(t) - y[j])
            term = ((zero if t <= zero else t) - y[j] * t) + log1p(exp(-abs(t)))
            total = add_in_any_order(total, np.float64(term))
        losses[i] = weights[i] * total


@jit
def poisson(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j y_ij log(y_ij / µ_ij) - y_ij + µ_ij with µ = e^z;  gradient µ - y."""
    for i in range(z.shape[0]):
        x, y, d, weight = z[i], values[i], dz[i], z.dtype.type(weights[i])
        losses[i] = 0.0
        if weights[i] == 0.0:
            _clear(d, n)
            continue
        total = 0.0
        for j in range(n):
            t, target, mu = np.float64(x[j]), np.float64(y[j]), exp(x[j])
            d[j] = weight * (mu - y[j])
            log_target = np.log(target) if target > 0.0 else 0.0
            total += target * (log_target - t) - target + np.float64(mu)
        losses[i] = weights[i] * total


@jit
def squared_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j (z_ij - y_ij)² / 2;  gradient z - y."""
    for i in range(z.shape[0]):
        x, y, d, weight = z[i], values[i], dz[i], z.dtype.type(weights[i])
        losses[i] = 0.0
        if weights[i] == 0.0:
            _clear(d, n)
            continue
        total = 0.0
        for j in range(n):
            r = x[j] - y[j]
            d[j] = weight * r
            total = add_in_any_order(total, np.float64(r) * np.float64(r))
        losses[i] = weights[i] * (0.5 * total)


@jit
def absolute_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j |z_ij - y_ij|;  gradient sign(z - y)."""
    zero = z.dtype.type(0)
    for i in range(z.shape[0]):
        x, y, d, weight = z[i], values[i], dz[i], z.dtype.type(weights[i])
        losses[i] = 0.0
        if weights[i] == 0.0:
            _clear(d, n)
            continue
        total = 0.0
        for j in range(n):
            r = x[j] - y[j]
            d[j] = weight if r > zero else (-weight if r < zero else r)  # NaN stays NaN
            total = add_in_any_order(total, np.float64(abs(r)))
        losses[i] = weights[i] * total


@jit
def huber(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j h(z_ij - y_ij), h(r) = r² / 2 if |r| <= delta, else delta (|r| - delta / 2)."""
    limit = z.dtype.type(delta)
    for i in range(z.shape[0]):
        x, y, d, weight = z[i], values[i], dz[i], z.dtype.type(weights[i])
        losses[i] = 0.0
        if weights[i] == 0.0:
            _clear(d, n)
            continue
        total = 0.0
        for j in range(n):
            r = x[j] - y[j]
            clipped = limit if r > limit else (-limit if r < -limit else r)
            d[j] = weight * clipped
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
        x, p = z[i], out[i]
        top, total = _largest(x, n), 0.0
        for j in range(n):
            p[j] = exp(x[j] - top)
        for j in range(n):
            total = add_in_any_order(total, np.float64(p[j]))
        for j in range(n):
            p[j] *= z.dtype.type(1.0 / total)


@jit
def output_activation(code, n, z, out):
    """Overwrite `out` (m, n) with the predictions that belong to `z` (m, ld) under the loss `code`."""
    if code == Loss.SOFTMAX_CROSS_ENTROPY:
        softmax(n, z, out)
        return
    for i in range(z.shape[0]):
        x, p = z[i], out[i]
        if code == Loss.LOGISTIC_CROSS_ENTROPY:
            for j in range(n):
                p[j] = logistic(x[j])
        elif code == Loss.POISSON:
            for j in range(n):
                p[j] = exp(x[j])
        else:
            for j in range(n):
                p[j] = x[j]
