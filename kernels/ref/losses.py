"""Losses with their output activation, their gradients, and the output activations alone.

All losses take `(n, z, labels, values, weights, delta, dz, losses)`:

    n        number of outputs; columns n.. of `z` and `dz` are neither read nor written
    z        (m, ld) last layer before its output activation
    labels   (m,) int64 class numbers, softmax_cross_entropy only
    values   (m, n) targets y, the other losses
    weights  (m,) float64 factor of each row: sample weight / sum of the batch's sample weights
    delta    where huber turns from squares to absolute values
    dz       (m, ld) overwritten with weights_i * d(loss_i)/dz; may be `z`
    losses   (m,) float64, overwritten with weights_i * loss_i

The loss of a row is the sum over its outputs.  A row of weight 0 has loss and gradient 0, whatever it holds.
"""

import numpy as np

from ..contract import Loss


def _store(n, weights, loss, gradient, dz, losses):
    """Overwrite `losses` and `dz` with the weighted loss (m,) and gradient (m, n)."""
    used = weights != 0
    losses[:] = np.where(used, weights * loss, 0)
    dz[:, :n] = np.where(used[:, None], weights[:, None] * gradient, 0)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _logistic(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def softmax_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = log Σ_j e^z_ij - z_i,label;  gradient softmax(z) - one-hot(label)."""
    z = z[:, :n].astype(np.float64)
    top = z.max(axis=1)
    picked = np.take_along_axis(z, labels[:, None], axis=1)[:, 0]
    loss = np.log(np.exp(z - top[:, None]).sum(axis=1)) - (picked - top)
    _store(n, weights, loss, _softmax(z) - (np.arange(n) == labels[:, None]), dz, losses)


def logistic_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j log(1 + e^z_ij) - y_ij z_ij, y in [0, 1];  gradient 1 / (1 + e^-z) - y."""
    z, y = z[:, :n].astype(np.float64), values.astype(np.float64)
    loss = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    _store(n, weights, loss.sum(axis=1), _logistic(z) - y, dz, losses)


def poisson(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j y_ij log(y_ij / µ_ij) - y_ij + µ_ij with µ = e^z, 0 log 0 = 0;  gradient µ - y.

    Half the Poisson deviance (McCullagh and Nelder, 1989, section 2.3).  µ overflows as its dtype does.
    """
    y, mu = values.astype(np.float64), np.exp(z[:, :n])
    y_log_y = y * np.log(np.where(y > 0, y, 1))
    loss = y_log_y - y * z[:, :n] - y + mu
    _store(n, weights, loss.sum(axis=1), mu - y, dz, losses)


def squared_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j (z_ij - y_ij)² / 2;  gradient z - y."""
    r = z[:, :n].astype(np.float64) - values
    _store(n, weights, (r * r).sum(axis=1) / 2, r, dz, losses)


def absolute_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j |z_ij - y_ij|;  gradient sign(z - y)."""
    r = z[:, :n].astype(np.float64) - values
    _store(n, weights, np.abs(r).sum(axis=1), np.sign(r), dz, losses)


def huber(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j h(z_ij - y_ij), h(r) = r² / 2 if |r| <= delta, else delta (|r| - delta / 2).

    Gradient: z - y clipped to [-delta, delta] (Huber, 1964).
    """
    r = z[:, :n].astype(np.float64) - values
    clipped = np.clip(r, -delta, delta)
    _store(n, weights, (clipped * (r - clipped / 2)).sum(axis=1), clipped, dz, losses)


_LOSSES = {loss: globals()[loss.name.lower()] for loss in Loss}


def loss_and_gradient(code, n, z, labels, values, weights, delta, dz, losses):
    """Loss and gradient of every row, see the module; the loss given by its `contract.Loss` code."""
    _LOSSES[code](n, z, labels, values, weights, delta, dz, losses)


def softmax(n, z, out):
    """Overwrite `out` (m, n) with e^z_ij / Σ_j e^z_ij of `z` (m, ld)."""
    out[:] = _softmax(z[:, :n])


def output_activation(code, n, z, out):
    """Overwrite `out` (m, n) with the predictions that belong to `z` (m, ld) under the loss `code`.

    Softmax, logistic or exponential for the losses that contain them, else a copy.
    """
    z = z[:, :n]
    if code == Loss.SOFTMAX_CROSS_ENTROPY:
        out[:] = _softmax(z)
    elif code == Loss.LOGISTIC_CROSS_ENTROPY:
        out[:] = _logistic(z)
    elif code == Loss.POISSON:
        out[:] = np.exp(z)
    else:
        out[:] = z
