"""The second half of a step: strips of the weight gradients, made and applied by their owners."""

import numpy as np

from ..contract import STRIP, Col, Layer, Mode, Optimizer
from .gemm import ACCUMULATE, column_sums, product
from .intrinsics import address, matrix, vector, vector_of
from .jit import inline
from .optimizers import adam, adamw, momentum, nesterov, scale, sgd, sum_of_squares
from .regularizers import penalty


@inline
def strips(me, count, mode, plan, state, update, step, m, accumulate, inverse, penalized):
    """This thread's strips of the gradient: made, penalized and, where nothing stands between, applied."""
    work, size = state.work, state.work.itemsize
    zero = work.dtype.type(0)
    fused = mode == Mode.EVALUATE or (mode == Mode.TRAIN and update.clip_norm == 0)
    for i in range(plan.table.shape[0]):
        layer = plan.table[i]
        if layer[Col.KIND] != Layer.DENSE:
            continue
        ld_k, ld_n = layer[Col.LD_K], layer[Col.LD_N]
        for s in range(n_strips(layer)):
            strip = layer[Col.FIRST_STRIP] + s
            if strip % count != me:
                continue
            offset, length, is_bias = strip_range(layer, s)
            if fused:
                g = vector_of(address(state.strips, me * state.strips.shape[1]), zero, length)
            else:
                g = vector(state.grads, offset, length)
            if mode != Mode.EVALUATE:
                if is_bias:
                    column_sums(matrix(work, layer[Col.D], m, ld_n), g, accumulate == ACCUMULATE)
                else:
                    product(
                        length // ld_n, ld_n, m,
                        address(work, layer[Col.X] + s * STRIP), size, ld_k * size,
                        address(work, layer[Col.D]), ld_n * size,
                        address(g, 0), ld_n * size, accumulate, zero, size,
                    )  # fmt: skip
            if penalized:
                weight = 0.0 if is_bias else inverse
                state.partials[0, strip] = penalty(
                    vector(state.params, offset, length), g, update.l2 * weight, update.l1 * weight
                )
            if mode == Mode.TRAIN:
                if fused:
                    apply_update(state, update, step, offset, is_bias, g)
                else:
                    state.partials[1, strip] = sum_of_squares(g)


@inline
def apply_clipped(me, count, plan, state, update, step):
    """Scale the whole gradient to the largest norm allowed, then apply this thread's strips."""
    squares = 0.0
    for strip in range(plan.n_strips):
        squares += state.partials[1, strip]
    norm = np.sqrt(squares)
    for i in range(plan.table.shape[0]):
        layer = plan.table[i]
        if layer[Col.KIND] != Layer.DENSE:
            continue
        for s in range(n_strips(layer)):
            if (layer[Col.FIRST_STRIP] + s) % count == me:
                offset, length, is_bias = strip_range(layer, s)
                g = vector(state.grads, offset, length)
                if norm > update.clip_norm:
                    scale(g, update.clip_norm / norm)
                apply_update(state, update, step, offset, is_bias, g)


@inline
def n_strips(layer):
    """Strips of a Dense layer: its rows of w in groups of `STRIP`, then its bias."""
    weights = (layer[Col.K] + STRIP - 1) // STRIP
    return weights + 1 if layer[Col.B] >= 0 else weights


@inline
def strip_range(layer, s):
    """Offset and length of a layer's strip s in the parameter vector, and whether it is the bias."""
    k, ld_n = layer[Col.K], layer[Col.LD_N]
    first = s * STRIP
    if first >= k:
        return layer[Col.B], ld_n, True
    return layer[Col.W] + first * ld_n, min(STRIP, k - first) * ld_n, False


@inline
def apply_update(state, update, step, offset, is_bias, g):
    """One step of the optimizer on a strip of the parameters; `step` counts from 1."""
    w = vector(state.params, offset, g.size)
    rate, b1, b2 = update.rate, update.beta_1, update.beta_2
    if update.optimizer == Optimizer.SGD:
        sgd(w, g, rate)
    elif update.optimizer == Optimizer.MOMENTUM:
        momentum(w, g, vector(state.slot_0, offset, g.size), rate, b1)
    elif update.optimizer == Optimizer.NESTEROV:
        nesterov(w, g, vector(state.slot_0, offset, g.size), rate, b1)
    else:
        corrected = rate * np.sqrt(1 - b2**step) / (1 - b1**step)
        m, v = vector(state.slot_0, offset, g.size), vector(state.slot_1, offset, g.size)
        if update.optimizer == Optimizer.ADAM or is_bias:  # weights decay, biases do not
            adam(w, g, m, v, corrected, b1, b2, update.epsilon)
        else:
            adamw(w, g, m, v, corrected, rate * update.weight_decay, b1, b2, update.epsilon)
