"""Runs a plan: a whole epoch in one call without the GIL, the same program on every thread.

Each step has two halves.  In the first, every thread takes its rows of the batch from gathering to the
gradients with respect to z; in the second, strips of the weight gradients are made and applied, each by one
thread.  A barrier follows each half.  Every element has one owner and a fixed order of summation, so the
results are bit for bit the same at any number of threads.
"""

from typing import NamedTuple

import numpy as np

from ..contract import STRIP, Col, Layer, Loss, Mode, Optimizer, RowKind, Update
from .activations import activation_backward, activation_forward
from .dropout import dropout_mask, multiply
from .gather import gather_csr, gather_dense, gather_strided, gather_uint8
from .gemm import add_bias, column_sums, product, transpose_blocks
from .intrinsics import matrix, matrix_of, prefetch, strided_of, vector, vector_of
from .jit import inline, jit_program
from .losses import loss_and_gradient, output_activation
from .optimizers import adam, adamw, momentum, nesterov, scale, sgd, sum_of_squares
from .regularizers import penalty
from .threads import barrier_wait, run_on_threads

LINE = 64  # bytes of a cache line
AHEAD = 2  # rows that are asked for before they are copied
ENDLESS = 1 << 60  # length of a view whose end its user knows


class Source(NamedTuple):
    """`Rows` by address, so that one compiled engine reads every kind of data set."""

    kind: int
    data: int
    row_stride: int  # bytes
    column_stride: int
    indices: int
    indptr: int
    scale: float
    n_rows: int
    n_columns: int


def run(mode, plan, state, rows, targets, order, update, batch_size, out, n_threads=1):
    """Visit the rows in `order`, in batches, and do what `mode` says; see the reference's `run`."""
    sparse = rows.kind in (RowKind.CSR32, RowKind.CSR64)
    strides = (0, 0) if sparse else rows.data.strides
    addresses = [array.ctypes.data for array in (rows.data, rows.indices, rows.indptr)]
    source = Source(
        int(rows.kind), addresses[0], *strides, *addresses[1:], rows.scale, rows.n_rows, rows.n_columns
    )
    settings = Update(*(type(default)(value) for default, value in zip(Update(), update, strict=True)))
    settings = settings._replace(optimizer=int(update.optimizer))
    plan = plan._replace(loss=int(plan.loss))
    loss = np.zeros(1)
    threads = useful_threads(mode, plan, len(order), batch_size, n_threads)
    arguments = (int(mode), plan, state, source, targets, order, settings, batch_size, out, loss)
    run_on_threads(program, threads, state.barrier, *arguments)
    return loss[0]


def useful_threads(mode, plan, n_visited, batch_size, limit):
    """Threads that pay: each needs whole vectors of rows, and enough work to be worth meeting.

    A meeting costs about a microsecond and starting a thread about 0.1 ms, the time of 20 million
    floating-point operations.
    """
    products = 2 if mode in (Mode.EVALUATE, Mode.PREDICT) else 6
    per_row = products * plan.n_params
    most = min(
        limit,
        plan.ld_batch // plan.lanes,
        per_row * batch_size // 1_000_000,
        per_row * n_visited // 20_000_000,
    )
    return max(1, most)


@jit_program
def program(me, count, mode, plan, state, source, targets, order, update, batch_size, out, loss):
    """One thread's part of a run; see the module's docstring."""
    lanes, n_visited = plan.lanes, order.size
    blocks = (batch_size + lanes - 1) // lanes
    first, end = blocks * me // count * lanes, blocks * (me + 1) // count * lanes
    whole = (
        weight_sum(targets, order, 0, n_visited) if mode == Mode.GRADIENT or mode == Mode.EVALUATE else 0.0
    )
    penalized = update.l2 > 0 or update.l1 > 0
    phase, step = 0, update.step
    for start in range(0, n_visited, batch_size):
        m = min(batch_size, n_visited - start)
        lo, hi = min(first, m), min(end, m)
        last_batch = start + batch_size >= n_visited
        gather_rows(plan, state, source, order, start, lo, hi)
        forward(plan, state, update, step, lo, hi)
        if mode == Mode.PREDICT:
            predict(plan, state, start, lo, hi, out)
            continue
        total = weight_sum(targets, order, start, m) if mode == Mode.TRAIN else whole
        inverse = 1.0 / total if total > 0 else 0.0
        output_loss(plan, state, targets, order, start, lo, hi, inverse)
        if mode != Mode.EVALUATE:
            backward(plan, state, lo, hi)
        phase = barrier_wait(state.barrier, count, phase)
        if phase < 0:
            return
        batch_loss = 0.0
        if me == 0:
            for i in range(m):
                batch_loss += state.row_losses[i]
        step += 1
        with_penalty = penalized and (mode == Mode.TRAIN or last_batch)
        if mode != Mode.EVALUATE or with_penalty:
            accumulate = mode == Mode.GRADIENT and start > 0
            strips(me, count, mode, plan, state, update, step, m, accumulate, inverse, with_penalty)
        if mode == Mode.TRAIN and update.clip_norm > 0:
            phase = barrier_wait(state.barrier, count, phase)
            apply_clipped(me, count, plan, state, update, step)
        phase = barrier_wait(state.barrier, count, phase)
        if me == 0:
            if with_penalty:
                for i in range(plan.n_strips):
                    batch_loss += state.partials[0, i]
            loss[0] += batch_loss * m / n_visited if mode == Mode.TRAIN else batch_loss


@inline
def weight_sum(targets, order, start, m):
    """Sum of the sample weights of m visited rows, in order."""
    if targets.weights.size == 0:
        return float(m)
    total = 0.0
    for i in range(start, start + m):
        total += targets.weights[order[i]]
    return total


@inline
def gather_rows(plan, state, source, order, start, lo, hi):
    """Copy the batch's rows lo..hi into the workspace, scaled."""
    zero = state.work.dtype.type(0)
    ld, k, n = plan.table[0, Col.LD_K], source.n_columns, source.n_rows
    if source.kind == RowKind.DENSE or source.kind == RowKind.UINT8:
        for i in range(lo, hi):
            if start + i + AHEAD < order.size:  # a row that was not used lately: hide the wait for it
                ahead = source.data + order[start + i + AHEAD] * source.row_stride
                for byte in range(0, source.row_stride, LINE):
                    prefetch(ahead + byte)
            row, x = vector(order, start + i, 1), matrix(state.work, plan.input + i * ld, 1, ld)
            if source.kind == RowKind.DENSE:
                gather_dense(matrix_of(source.data, zero, n, k), row, source.scale, x)
            else:
                gather_uint8(matrix_of(source.data, np.uint8(0), n, k), row, source.scale, x)
    else:
        visited, x = vector(order, start + lo, hi - lo), matrix(state.work, plan.input + lo * ld, hi - lo, ld)
        if source.kind == RowKind.STRIDED:
            data = strided_of(source.data, zero, n, k, source.row_stride, source.column_stride)
            gather_strided(data, visited, source.scale, x)
        else:
            data = vector_of(source.data, zero, ENDLESS)
            if source.kind == RowKind.CSR32:
                indices = vector_of(source.indices, np.int32(0), ENDLESS)
                indptr = vector_of(source.indptr, np.int32(0), n + 1)
                gather_csr(data, indices, indptr, visited, k, source.scale, x)
            else:
                indices = vector_of(source.indices, np.int64(0), ENDLESS)
                indptr = vector_of(source.indptr, np.int64(0), n + 1)
                gather_csr(data, indices, indptr, visited, k, source.scale, x)


@inline
def forward(plan, state, update, step, lo, hi):
    """Outputs of every layer for the rows lo..hi."""
    work, params, size = state.work, state.params, state.work.itemsize
    zero, m = work.dtype.type(0), hi - lo
    for i in range(plan.table.shape[0]):
        layer = plan.table[i]
        ld_k, ld_n = layer[Col.LD_K], layer[Col.LD_N]
        x0, a0 = layer[Col.X] + lo * ld_k, layer[Col.A] + lo * ld_n
        a = matrix(work, a0, m, ld_n)
        if layer[Col.KIND] == Layer.DENSE:
            z0 = layer[Col.Z] + lo * ld_n
            z = matrix(work, z0, m, ld_n)
            product(
                m, ld_n, layer[Col.K], work.ctypes.data + x0 * size, ld_k * size, size,
                params.ctypes.data + layer[Col.W] * size, ld_n * size,
                work.ctypes.data + z0 * size, ld_n * size, False, zero, size,
            )  # fmt: skip
            if layer[Col.B] >= 0:
                add_bias(z, vector(params, layer[Col.B], ld_n))
            activation_forward(layer[Col.ACTIVATION], z, a)
        elif update.dropout != 0:
            mask = matrix(work, layer[Col.MASK] + lo * ld_n, m, ld_n)
            dropout_mask(update.seed, step, i, lo, layer[Col.N], plan.rates[i], mask)
            multiply(matrix(work, x0, m, ld_k), mask, a)
        else:
            x = matrix(work, x0, m, ld_k)
            for r in range(m):
                for j in range(ld_n):
                    a[r, j] = x[r, j]


@inline
def predict(plan, state, start, lo, hi, out):
    """Output activation of the rows lo..hi, into `out`."""
    last = plan.table[plan.table.shape[0] - 1]
    ld, n = last[Col.LD_N], last[Col.N]
    z = matrix(state.work, last[Col.A] + lo * ld, hi - lo, ld)
    address = out.ctypes.data + (start + lo) * n * out.itemsize
    output_activation(plan.loss, n, z, matrix_of(address, out.dtype.type(0), hi - lo, n))


@inline
def output_loss(plan, state, targets, order, start, lo, hi, inverse):
    """Losses of the rows lo..hi and their gradient with respect to the last layer's output."""
    last, m = plan.table[plan.table.shape[0] - 1], hi - lo
    ld, n = last[Col.LD_N], last[Col.N]
    values = matrix(state.work, plan.values + lo * n, m, n)
    for i in range(lo, hi):
        row = order[start + i]
        state.row_weights[i] = inverse * targets.weights[row] if targets.weights.size else inverse
        if plan.loss == Loss.SOFTMAX_CROSS_ENTROPY:
            state.labels[i] = targets.labels[row]
        else:
            for j in range(n):
                values[i - lo, j] = targets.values[row, j]
    loss_and_gradient(
        plan.loss, n, matrix(state.work, last[Col.A] + lo * ld, m, ld), vector(state.labels, lo, m), values,
        vector(state.row_weights, lo, m), plan.huber_delta, matrix(state.work, last[Col.D] + lo * ld, m, ld),
        vector(state.row_losses, lo, m),
    )  # fmt: skip


@inline
def backward(plan, state, lo, hi):
    """From the last layer's D down, for the rows lo..hi: turn each D into the gradient with respect to z.

    The input gradient dX = dZ Wᵀ is made as its transpose, dXᵀ = W dZᵀ, which reads W along its rows: only
    the small gradients are transposed, never the weights.
    """
    work, params, size = state.work, state.params, state.work.itemsize
    zero, m = work.dtype.type(0), hi - lo
    start, row_t = work.ctypes.data, plan.ld_batch * size
    columns = (m + plan.lanes - 1) // plan.lanes * plan.lanes
    for i in range(plan.table.shape[0] - 1, -1, -1):
        layer = plan.table[i]
        if layer[Col.D] < 0:
            return
        k, n, ld_k, ld_n = layer[Col.K], layer[Col.N], layer[Col.LD_K], layer[Col.LD_N]
        d = matrix(work, layer[Col.D] + lo * ld_n, m, ld_n)
        below = layer[Col.D_IN]
        if layer[Col.KIND] == Layer.DENSE:
            z = matrix(work, layer[Col.Z] + lo * ld_n, m, ld_n)
            activation_backward(
                layer[Col.ACTIVATION], z, matrix(work, layer[Col.A] + lo * ld_n, m, ld_n), d, d
            )
            if below >= 0:
                d_t, dx_t = start + (plan.d_t + lo) * size, start + (plan.dx_t + lo) * size
                transpose_blocks(
                    start + (layer[Col.D] + lo * ld_n) * size,
                    ld_n * size,
                    d_t,
                    row_t,
                    columns,
                    ld_n,
                    zero,
                    size,
                )
                product(
                    k, columns, n, params.ctypes.data + layer[Col.W] * size, ld_n * size, size,
                    d_t, row_t, dx_t, row_t, False, zero, size,
                )  # fmt: skip
                for j in range(k, ld_k):  # what another layer left there must not reach the pads
                    pad = vector_of(dx_t + j * row_t, zero, columns)
                    for r in range(columns):
                        pad[r] = zero
                transpose_blocks(
                    dx_t, row_t, start + (below + lo * ld_k) * size, ld_k * size, ld_k, columns, zero, size
                )
        elif below >= 0:
            mask = matrix(work, layer[Col.MASK] + lo * ld_n, m, ld_n)
            multiply(d, mask, matrix(work, below + lo * ld_k, m, ld_k))


@inline
def strips(me, count, mode, plan, state, update, step, m, accumulate, inverse, penalized):
    """This thread's strips of the gradient: made, penalised and, where nothing stands between, applied."""
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
                g = vector_of(state.strips.ctypes.data + me * state.strips.strides[0], zero, length)
            else:
                g = vector(state.grads, offset, length)
            if mode != Mode.EVALUATE:
                if is_bias:
                    column_sums(matrix(work, layer[Col.D], m, ld_n), g, accumulate)
                else:
                    x0 = layer[Col.X] + s * STRIP
                    product(
                        length // ld_n, ld_n, m, work.ctypes.data + x0 * size, size, ld_k * size,
                        work.ctypes.data + layer[Col.D] * size, ld_n * size,
                        g.ctypes.data, ld_n * size, accumulate, zero, size,
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
    """One step of the optimiser on a strip of the parameters; `step` counts from 1."""
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
