"""Losses with their output activation, their gradients, and the output activations alone; see the reference.

A block of threads works on a row.
"""

import math
from types import SimpleNamespace

import numpy as np

from ..contract import Loss
from .device import SUMMING, cuda, elements, for_dtype, launch
from .sums import block_max, block_sum

SOFTMAX, LOGISTIC, POISSON, SQUARED, ABSOLUTE, HUBER = map(int, Loss)


@for_dtype
def functions(real):
    """Return device functions of a dtype.

    Returns
    -------
    row : callable
        row(shared, code, n, z, label, y, weight, delta, dz) -> weighted loss; writes the gradient dz.
    softmax_row : callable
        softmax_row(shared, n, z, out)
    link : callable
        link(code, z) -> prediction of one output, of losses other than softmax's.
    """
    zero, one = real(0), real(1)

    @cuda.jit(device=True)
    def softmax_sum(shared, n, z):
        """Largest z, and the sum of exponentials relative to it."""
        top = -math.inf
        for j in range(cuda.threadIdx.x, n, SUMMING):
            if not z[j] <= top:
                top = z[j]
        top = real(block_max(shared, top))
        total = 0.0
        for j in range(cuda.threadIdx.x, n, SUMMING):
            total += real(math.exp(z[j] - top))
        return top, block_sum(shared, total)

    @cuda.jit(device=True)
    def link(code, z):
        if code == LOGISTIC:
            e = real(math.exp(-abs(z)))
            return one / (one + e) if z >= zero else e / (one + e)
        if code == POISSON:
            return real(math.exp(z))
        return z

    @cuda.jit(device=True)
    def term(code, z, y, delta):
        """Loss of one output, float64, and its derivative."""
        if code == LOGISTIC:
            more = (z if z > zero else zero) - y * z
            return np.float64(more) + math.log1p(math.exp(-abs(z))), link(code, z) - y
        if code == POISSON:
            mu = link(code, z)
            y_log_y = y * math.log(y) if y > zero else 0.0
            return np.float64(y_log_y - y * z - y + mu), mu - y
        r = z - y
        if code == SQUARED:
            return 0.5 * r * r, r
        if code == ABSOLUTE:
            return np.float64(abs(r)), one if r > zero else (-one if r < zero else r)
        limit = real(delta)
        clipped = limit if r > limit else (-limit if r < -limit else r)
        return clipped * (np.float64(r) - 0.5 * clipped), clipped

    @cuda.jit(device=True)
    def row(shared, code, n, z, label, y, weight, delta, dz):
        loss, factor = 0.0, real(weight)
        if code == SOFTMAX:
            top, total = softmax_sum(shared, n, z)
            share = one / real(total)
            loss = math.log(total) - (np.float64(z[label]) - top)
            cuda.syncthreads()  # dz may be z
            for j in range(cuda.threadIdx.x, n, SUMMING):
                p = real(math.exp(z[j] - top)) * share
                dz[j] = factor * (p - one if j == label else p) if weight != 0 else zero
        else:
            for j in range(cuda.threadIdx.x, n, SUMMING):
                one_loss, derivative = term(code, z[j], y[j], delta)
                loss += one_loss
                dz[j] = factor * derivative if weight != 0 else zero
            loss = block_sum(shared, loss)
        return weight * loss if weight != 0 else 0.0

    @cuda.jit(device=True)
    def softmax_row(shared, n, z, out):
        top, total = softmax_sum(shared, n, z)
        share = one / real(total)
        for j in range(cuda.threadIdx.x, n, SUMMING):
            out[j] = real(math.exp(z[j] - top)) * share

    return row, softmax_row, link


@for_dtype
def _kernels(real):
    row, softmax_row, link_of = functions(real)

    @cuda.jit
    def loss(code, n, z, labels, values, weights, delta, dz, losses):
        shared, i = cuda.shared.array(SUMMING, np.float64), cuda.blockIdx.x
        label = labels[i] if code == SOFTMAX else 0
        y = values[i] if values.shape[0] > 0 else z[i]
        weighted = row(shared, code, n, z[i], label, y, weights[i], delta, dz[i])
        if cuda.threadIdx.x == 0:
            losses[i] = weighted

    @cuda.jit
    def softmax_rows(n, z, out):
        shared = cuda.shared.array(SUMMING, np.float64)
        softmax_row(shared, n, z[cuda.blockIdx.x], out[cuda.blockIdx.x])

    @cuda.jit
    def links(code, n, z, out):
        i = cuda.grid(1)
        if i < out.size:
            out[i // n, i % n] = link_of(code, z[i // n, i % n])

    return SimpleNamespace(loss=loss, softmax_rows=softmax_rows, links=links)


def loss_and_gradient(code, n, z, labels, values, weights, delta, dz, losses):
    """Loss and gradient of every row, see the reference; the loss given by its `contract.Loss` code."""
    kernel = _kernels(z.dtype).loss
    launch(kernel, len(z), SUMMING, int(code), n, z, labels, values, weights, float(delta), dz, losses)


def softmax(n, z, out):
    """Overwrite `out` (m, n) with e^z_ij / Σ_j e^z_ij of `z` (m, ld)."""
    launch(_kernels(z.dtype).softmax_rows, len(z), SUMMING, n, z, out)


def output_activation(code, n, z, out):
    """Overwrite `out` (m, n) with the predictions that belong to `z` (m, ld) under the loss `code`."""
    if code == Loss.SOFTMAX_CROSS_ENTROPY:
        softmax(n, z, out)
    else:
        elements(_kernels(z.dtype).links, out.size, int(code), n, z, out)


def softmax_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = log Σ_j e^z_ij - z_i,label;  gradient softmax(z) - one-hot(label)."""
    loss_and_gradient(Loss.SOFTMAX_CROSS_ENTROPY, n, z, labels, values, weights, delta, dz, losses)


def logistic_cross_entropy(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j log(1 + e^z_ij) - y_ij z_ij, y in [0, 1];  gradient 1 / (1 + e^-z) - y."""
    loss_and_gradient(Loss.LOGISTIC_CROSS_ENTROPY, n, z, labels, values, weights, delta, dz, losses)


def poisson(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j y_ij log(y_ij / µ_ij) - y_ij + µ_ij with µ = e^z, 0 log 0 = 0;  gradient µ - y.

    Half the Poisson deviance (McCullagh and Nelder, 1989, section 2.3).  µ overflows as its dtype does.
    """
    loss_and_gradient(Loss.POISSON, n, z, labels, values, weights, delta, dz, losses)


def squared_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j (z_ij - y_ij)² / 2;  gradient z - y."""
    loss_and_gradient(Loss.SQUARED_ERROR, n, z, labels, values, weights, delta, dz, losses)


def absolute_error(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j |z_ij - y_ij|;  gradient sign(z - y)."""
    loss_and_gradient(Loss.ABSOLUTE_ERROR, n, z, labels, values, weights, delta, dz, losses)


def huber(n, z, labels, values, weights, delta, dz, losses):
    """loss_i = Σ_j h(z_ij - y_ij), h(r) = r² / 2 if |r| <= delta, else delta (|r| - delta / 2).

    Gradient: z - y clipped to [-delta, delta] (Huber, 1964).
    """
    loss_and_gradient(Loss.HUBER, n, z, labels, values, weights, delta, dz, losses)
