"""The second half of a step: strips of the weight gradients, made and applied by their owners."""

import numpy as np

from ..contract import STRIP, Col, Layer, Mode, Optimizer
from .gemm import column_sums, product
from .intrinsics import address, matrix, vector, vector_of
from .jit import inline
from .optimizers import adam, adamw, momentum, nesterov, scale, sgd, sum_of_squares
from .regularizers import penalty


@inline
def strips(me, count, mode, plan, state, update, rate, part, inverse, images):
    """This thread's strips of the gradient: made, penalized and, where nothing stands between, applied.

    `part` holds the rows worked on, and whether they are the first and the last of the batch.
    """
    work, size = state.work, state.work.itemsize
    zero = work.dtype.type(0)
    m, is_first, is_last = part
    kept = mode == Mode.GRADIENT or (
        mode == Mode.TRAIN and (update.clip_norm > 0 or not (is_first and is_last))
    )
    penalized = is_last and (update.l2 > 0 or update.l1 > 0)
    for i in range(plan.table.shape[0]):
        layer = plan.table[i]
        if layer[Col.W] < 0:
            continue
        ld_k, ld_n, columns = layer[Col.LD_K], layer[Col.LD_N], layer[Col.COLUMNS]
        for s in range(n_strips(layer)):
            strip = layer[Col.FIRST_STRIP] + s
            if strip % count != me:
                continue
            offset, length, is_bias = strip_range(layer, s)
            if kept:
                g = vector(state.grads, offset, length)
            else:
                g = vector_of(address(state.strips, me * state.strips.shape[1]), zero, length)
            if mode != Mode.EVALUATE:
                if layer[Col.KIND] == Layer.CONV:
                    sum_of_parts(plan, state, layer, s, m, g, not is_first, images)
                elif is_bias:
                    column_sums(matrix(work, layer[Col.D], m, ld_n), g, not is_first)
                else:
                    rows, start = length // ld_n, address(g, 0)
                    base, base_row = (0, 0) if is_first else (start, ld_n * size)
                    product(
                        rows, columns, m,
                        address(work, layer[Col.X] + s * STRIP), size, ld_k * size,
                        address(work, layer[Col.D]), ld_n * size,
                        start, ld_n * size, base, base_row, zero, size,
                    )  # fmt: skip
                    if columns < ld_n:  # what another layer's strip left there must not reach the pads
                        for r in range(rows):
                            for j in range(columns, ld_n):
                                g[r * ld_n + j] = zero
            if penalized:
                weight = 0.0 if is_bias else inverse
                state.partials[0, strip] = penalty(
                    vector(state.params, offset, length), g, update.l2 * weight, update.l1 * weight
                )
            if mode == Mode.TRAIN and is_last:
                if update.clip_norm > 0:
                    state.partials[1, strip] = sum_of_squares(g)
                else:
                    apply_update(state, update, rate, offset, is_bias, g)


@inline
def sum_of_parts(plan, state, layer, s, m, g, accumulate, images):
    """Gradient of a convolution's strip from those of the blocks of rows, in their order."""
    if images is None:
        return
    length = (layer[Col.K] + 1) * layer[Col.LD_W]
    start = layer[Col.PARTS] + s * STRIP * layer[Col.LD_W]
    if s * STRIP >= layer[Col.K]:
        start = layer[Col.PARTS] + layer[Col.K] * layer[Col.LD_W]
    for block in range((m + plan.lanes - 1) // plan.lanes):
        part = vector(state.work, start + block * length, g.size)
        if block == 0 and not accumulate:
            for j in range(g.size):
                g[j] = part[j]
        else:
            for j in range(g.size):
                g[j] += part[j]


@inline
def apply_clipped(me, count, plan, state, update, rate):
    """Scale the whole gradient to the largest norm allowed, then apply this thread's strips."""
    squares = 0.0
    for strip in range(plan.n_strips):
        squares += state.partials[1, strip]
    norm = np.sqrt(squares)
    for i in range(plan.table.shape[0]):
        layer = plan.table[i]
        if layer[Col.W] < 0:
            continue
        for s in range(n_strips(layer)):
            if (layer[Col.FIRST_STRIP] + s) % count == me:
                offset, length, is_bias = strip_range(layer, s)
                g = vector(state.grads, offset, length)
                if norm > update.clip_norm:
                    scale(g, update.clip_norm / norm)
                apply_update(state, update, rate, offset, is_bias, g)


@inline
def n_strips(layer):
    """Strips of a layer: its rows of w in groups of `STRIP`, then its bias."""
    weights = (layer[Col.K] + STRIP - 1) // STRIP
    return weights + 1 if layer[Col.B] >= 0 else weights


@inline
def strip_range(layer, s):
    """Offset and length of a layer's strip s in the parameter vector, and whether it is the bias."""
    k, ld_w = layer[Col.K], layer[Col.LD_W]
    first = s * STRIP
    if first >= k:
        return layer[Col.B], ld_w, True
    return layer[Col.W] + first * ld_w, min(STRIP, k - first) * ld_w, False


@inline
def step_size(update, step):
    """Rate of a step, which counts from 1: Adam's contains the correction of both moments' bias."""
    if update.optimizer == Optimizer.ADAM or update.optimizer == Optimizer.ADAMW:
        return update.rate * np.sqrt(1 - update.beta_2**step) / (1 - update.beta_1**step)
    return update.rate


@inline
def apply_update(state, update, rate, offset, is_bias, g):
    """One step of the optimizer on a strip of the parameters, with the rate of `step_size`."""
    w, b1, b2 = vector(state.params, offset, g.size), update.beta_1, update.beta_2
    if update.optimizer == Optimizer.SGD:
        sgd(w, g, rate)
    elif update.optimizer == Optimizer.MOMENTUM:
        momentum(w, g, vector(state.slot_0, offset, g.size), rate, b1)
    elif update.optimizer == Optimizer.NESTEROV:
        nesterov(w, g, vector(state.slot_0, offset, g.size), rate, b1)
    else:
        m, v = vector(state.slot_0, offset, g.size), vector(state.slot_1, offset, g.size)
        if update.optimizer == Optimizer.ADAM or is_bias:  # weights decay, biases do not
            adam(w, g, m, v, rate, b1, b2, update.epsilon)
        else:
            adamw(w, g, m, v, rate, update.rate * update.weight_decay, b1, b2, update.epsilon)
