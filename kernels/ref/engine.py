"""Runs a plan with the reference kernels, one batch after the other: the meaning of the table, in NumPy."""

from contextlib import nullcontext

import numpy as np

from ..contract import Col, Layer, Loss, Mode, Optimizer, RowKind
from ..rounding import rounded
from . import activations, dropout, gather, gemm, images, losses, optimizers, regularizers


def resident(*objects):
    """Context in which Rows and Targets stay where they are read fastest: here they are there already."""
    return nullcontext()


def rows_at_once(one, most, batch_size):
    """Rows of the parts in which a batch is worked on: here all.

    Parameters
    ----------
    one : Plan
        Of the network, for one row.
    most : int
        What suits the processor's cache.
    batch_size : int
    """
    return batch_size


def needs_gradient(mode, plan, update, batch_size):
    """Every update starts from the whole gradient."""
    return mode in (Mode.TRAIN, Mode.GRADIENT)


def run(mode, plan, state, rows, targets, order, update, batch_size, n_threads=1):
    """Visit the rows in `order`, in batches, and do what `mode` says.

    Parameters
    ----------
    mode : Mode
        TRAIN updates `state.params` and its slots after every batch; GRADIENT leaves the gradient of the
        objective over all rows, which must be one batch, in `state.grads`; EVALUATE only computes the loss
        of such a batch.
    plan : Plan
    state : State
    rows : Rows
    targets : Targets
    order : ndarray of shape (n_visited,), int64
        Row numbers.
    update : Update
    batch_size : int
        Rows of one step; `plan.batch` is `rows_at_once` of it.
    n_threads : int
        Not used: the reference runs on one thread.

    Returns
    -------
    loss : float
        TRAIN: mean of the batches' objectives, each weighted by its rows.  GRADIENT and EVALUATE: the
        objective over all visited rows.
    """
    loss, step = 0.0, update.step
    if mode == Mode.GRADIENT:
        state.grads[:] = 0
    for start in range(0, len(order), batch_size):
        visited = order[start : start + batch_size]
        m = len(visited)
        gather_rows(rows, visited, _matrix(state, plan.input, m, plan.table[0, Col.LD_K]))
        forward(plan, state, m, update, step)
        weights = _weights(targets, visited)
        total = weights.sum()
        inverse = 1.0 / total if total > 0 else 0.0
        batch_loss = output_loss(plan, state, m, targets, visited, weights * inverse)
        grads = np.zeros_like(state.params) if mode == Mode.EVALUATE else state.grads
        if mode != Mode.EVALUATE:
            backward(plan, state, m, update)
            weight_gradients(plan, state, m)
        batch_loss += penalties(plan, state.params, grads, update, inverse)
        step += 1
        if mode == Mode.TRAIN:
            apply_update(plan, state, update, step)
        loss += batch_loss * m / len(order)
    return loss


def gather_rows(rows, visited, x):
    """Copy the visited rows into x (m, ld_k), scaled."""
    if rows.kind in (RowKind.CSR32, RowKind.CSR64):
        gather.gather_csr(rows.data, rows.indices, rows.indptr, visited, rows.n_columns, rows.scale, x)
    else:
        gather.gather_dense(rows.data, visited, rows.scale, x)


def forward(plan, state, m, update, step):
    """Fill the outputs of every layer for the first m rows."""
    for i, layer in enumerate(plan.table):
        x = _matrix(state, layer[Col.X], m, layer[Col.LD_K])
        a = _matrix(state, layer[Col.A], m, layer[Col.LD_N])
        if layer[Col.KIND] == Layer.DENSE:
            z = _matrix(state, layer[Col.Z], m, layer[Col.LD_N])
            x, w = rounded(x[:, : layer[Col.K]], plan.precision), _rounded_weight(plan, state, i)
            gemm.gemm_nn(x, w, z, False)
            if layer[Col.B] >= 0:
                z += _bias(plan, state.params, i)
            activations.activation_forward(layer[Col.ACTIVATION], z, a)
        elif layer[Col.KIND] == Layer.CONV:
            z = _matrix(state, layer[Col.Z], m, layer[Col.LD_N])
            x, w = rounded(x, plan.precision), _rounded_weight(plan, state, i)
            images.convolve(layer, x, w, _bias(plan, state.params, i), z)
            activations.activation_forward(layer[Col.ACTIVATION], z, a)
        elif layer[Col.KIND] != Layer.DROPOUT:
            images.forward(layer, x, a)
        elif update.dropout:
            mask = _matrix(state, layer[Col.MASK], m, layer[Col.LD_N])
            dropout.dropout_mask(update.seed, step, i, 0, layer[Col.N], plan.rates[i], mask)
            dropout.multiply(x, mask, a)
        else:
            a[:] = x


def output_loss(plan, state, m, targets, visited, weights):
    """Weighted loss of the batch; leaves its gradient in D of the last layer."""
    last = plan.table[-1]
    a = _matrix(state, last[Col.A], m, last[Col.LD_N])
    d = _matrix(state, last[Col.D], m, last[Col.LD_N])
    labels = targets.labels[visited] if plan.loss == Loss.SOFTMAX_CROSS_ENTROPY else targets.labels
    values = targets.values
    if plan.loss != Loss.SOFTMAX_CROSS_ENTROPY:
        own = _matrix(state, plan.input, m, plan.table[0, Col.LD_K])[:, : last[Col.N]]
        values = values[visited] if values.size else own
    row_losses = state.row_losses[:m]
    losses.loss_and_gradient(
        plan.loss, last[Col.N], a, labels, values, weights, plan.huber_delta, d, row_losses
    )
    return row_losses.sum()


def backward(plan, state, m, update):
    """From the last layer's D down: turn each D into the gradient with respect to z."""
    for i in range(len(plan.table) - 1, -1, -1):
        layer = plan.table[i]
        if layer[Col.D] < 0:
            continue
        d = _matrix(state, layer[Col.D], m, layer[Col.LD_N])
        below = layer[Col.D_IN]
        x = _matrix(state, layer[Col.X], m, layer[Col.LD_K])
        dx = _matrix(state, below, m, layer[Col.LD_K]) if below >= 0 else None
        if below >= 0 and not layer[Col.ADDS]:
            dx[:] = 0
        if layer[Col.KIND] in (Layer.DENSE, Layer.CONV):
            z = _matrix(state, layer[Col.Z], m, layer[Col.LD_N])
            a = _matrix(state, layer[Col.A], m, layer[Col.LD_N])
            activations.activation_backward(layer[Col.ACTIVATION], z, a, d, d)
            d, w = rounded(d, plan.precision), _rounded_weight(plan, state, i)
            if layer[Col.KIND] == Layer.CONV:
                images.gradients(layer, rounded(x, plan.precision), w, d, dx, _part(plan, state, i))
            elif below >= 0:
                gemm.gemm_nt(d, w, dx[:, : layer[Col.K]])
        elif below >= 0 and layer[Col.KIND] != Layer.DROPOUT:
            images.backward(layer, x, _matrix(state, layer[Col.A], m, layer[Col.LD_N]), d, dx)
        elif below >= 0:
            if update.dropout:
                d = d * _matrix(state, layer[Col.MASK], m, layer[Col.LD_N])
            dx += d


def weight_gradients(plan, state, m):
    """DW = Xᵀ dZ and db = Σ dZ of every layer, into `state.grads`."""
    for i, layer in enumerate(plan.table):
        if layer[Col.KIND] == Layer.CONV:  # made with the patches
            weight, bias = _part(plan, state, i)
            _weight(plan, state.grads, i)[:] = weight
            if layer[Col.B] >= 0:
                _bias(plan, state.grads, i)[:] = bias
        if layer[Col.KIND] != Layer.DENSE:
            continue
        x = rounded(_matrix(state, layer[Col.X], m, layer[Col.LD_K])[:, : layer[Col.K]], plan.precision)
        d = rounded(_matrix(state, layer[Col.D], m, layer[Col.LD_N]), plan.precision)
        gemm.gemm_tn(x, d, _weight(plan, state.grads, i), False)
        if layer[Col.B] >= 0:
            gemm.column_sums(d, _bias(plan, state.grads, i), False)


def penalties(plan, params, grads, update, inverse):
    """Add the gradients of the penalties on the weights to `grads`, and return the penalties' sum."""
    return sum(
        regularizers.penalty(
            _weight(plan, params, i).reshape(-1),
            _weight(plan, grads, i).reshape(-1),
            update.l2 * inverse,
            update.l1 * inverse,
        )
        for i, layer in enumerate(plan.table)
        if layer[Col.W] >= 0
    )


def apply_update(plan, state, update, step):
    """One step of the optimizer on the whole parameter vector; `step` counts from 1."""
    w, g, slot_0, slot_1 = state.params, state.grads, state.slot_0, state.slot_1
    if update.clip_norm > 0:
        norm = np.sqrt(optimizers.sum_of_squares(g))
        if norm > update.clip_norm:
            optimizers.scale(g, update.clip_norm / norm)
    rate, b1, b2, eps = update.rate, update.beta_1, update.beta_2, update.epsilon
    if update.optimizer == Optimizer.SGD:
        optimizers.sgd(w, g, rate)
    elif update.optimizer == Optimizer.MOMENTUM:
        optimizers.momentum(w, g, slot_0, rate, b1)
    elif update.optimizer == Optimizer.NESTEROV:
        optimizers.nesterov(w, g, slot_0, rate, b1)
    else:
        corrected = rate * np.sqrt(1 - b2**step) / (1 - b1**step)
        if update.optimizer == Optimizer.ADAMW:  # decays weights, not biases
            for i, layer in enumerate(plan.table):
                if layer[Col.W] >= 0:
                    optimizers.scale(_weight(plan, w, i).reshape(-1), 1 - rate * update.weight_decay)
        optimizers.adam(w, g, slot_0, slot_1, corrected, b1, b2, eps)


def _weights(targets, visited):
    """Sample weights of the visited rows, float64."""
    return targets.weights[visited] if len(targets.weights) else np.ones(len(visited))


def _matrix(state, offset, m, ld):
    """The first m rows of a matrix of the workspace."""
    return state.work[offset : offset + m * ld].reshape(m, ld)


def _weight(plan, flat, i):
    """Layer i's part of a flat vector as a matrix (k, ld_n)."""
    layer = plan.table[i]
    k, ld = layer[Col.K], layer[Col.LD_W]
    return flat[layer[Col.W] : layer[Col.W] + k * ld].reshape(k, ld)


def _rounded_weight(plan, state, i):
    """Layer i's weights as its products read them."""
    return rounded(_weight(plan, state.params, i), plan.precision)


def _bias(plan, flat, i):
    """Layer i's bias in a flat vector (ld_w,); empty if it has none."""
    layer = plan.table[i]
    return flat[layer[Col.B] : layer[Col.B] + layer[Col.LD_W]] if layer[Col.B] >= 0 else flat[:0]


def _part(plan, state, i):
    """Gradients of a convolution's weights (k, ld_w) and bias (ld_w,), before they go to `state.grads`."""
    layer = plan.table[i]
    k, ld = layer[Col.K], layer[Col.LD_W]
    part = state.work[layer[Col.PARTS] : layer[Col.PARTS] + (k + 1) * ld].reshape(k + 1, ld)
    return part[:k], part[k]
