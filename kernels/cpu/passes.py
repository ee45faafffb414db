"""The passes of one step over a thread's rows lo..hi of the batch: gather, forward, loss, backward."""

import numpy as np

from ..contract import Col, Layer, Loss, RowKind
from .activations import activation_backward, activation_forward, identity_forward
from .dropout import dropout_mask, multiply
from .gather import gather_csr, gather_dense
from .gemm import dots, product, transpose_blocks
from .images import (
    add_dropped,
    convolution_gradients,
    convolve,
    end_of_images,
    images_backward,
    images_forward,
    transposed_weights,
)
from .intrinsics import address, matrix, matrix_of, strided_of, vector, vector_of
from .jit import inline
from .losses import loss_and_gradient, output_activation

ENDLESS = 1 << 60  # length of a view whose end its user knows


@inline
def weight_sum(targets, order, start, end):
    """Sum of the sample weights of the rows order[start:end], in order."""
    if targets.weights.size == 0:
        return float(end - start)
    total = 0.0
    for i in range(start, end):
        total += targets.weights[order[i]]
    return total


@inline
def gather_rows(plan, state, source, order, start, lo, hi):
    """Copy the rows lo..hi of those from order[start] on into the workspace, scaled."""
    zero = state.work.dtype.type(0)
    ld, k, n = plan.table[0, Col.LD_K], source.n_columns, source.n_rows
    visited, x = vector(order, start + lo, hi - lo), matrix(state.work, plan.input + lo * ld, hi - lo, ld)
    if source.kind == RowKind.DENSE:
        gather_dense(matrix_of(source.data, zero, n, k), visited, source.scale, x)
    elif source.kind == RowKind.UINT8:
        gather_dense(matrix_of(source.data, np.uint8(0), n, k), visited, source.scale, x)
    elif source.kind == RowKind.STRIDED:
        data = strided_of(source.data, zero, n, k, source.row_stride, source.column_stride)
        gather_dense(data, visited, source.scale, x)
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
def forward(plan, state, update, step, first, lo, hi, patches, images):
    """Outputs of every layer for the rows lo..hi of those that start with row `first` of the batch.

    An image goes through all layers up to the next dense one, or dropout, before the next image does.
    `patches` is scratch memory of this thread.
    """
    work, size = state.work, state.work.itemsize
    zero, m = work.dtype.type(0), hi - lo
    start = 0
    while start < plan.table.shape[0]:
        end = end_of_images(plan, start, images)
        together = max(m, 1) if end == start else 1
        for row in range(lo, hi, together):
            for i in range(start, max(end, start + 1)):
                layer = plan.table[i]
                ld_k, ld_n = layer[Col.LD_K], layer[Col.LD_N]
                x0, z0, a0 = layer[Col.X] + row * ld_k, layer[Col.Z] + row * ld_n, layer[Col.A] + row * ld_n
                if layer[Col.KIND] == Layer.DENSE or layer[Col.KIND] == Layer.CONV:
                    width = ld_n
                    if layer[Col.KIND] == Layer.DENSE:
                        bias = address(state.params, layer[Col.B]) if layer[Col.B] >= 0 else 0
                        product(
                            m, layer[Col.COLUMNS], layer[Col.K],
                            address(work, x0), ld_k * size, size,
                            address(state.params, layer[Col.W]), ld_n * size,
                            address(work, z0), ld_n * size, bias, 0, zero, size,
                        )  # fmt: skip
                    else:
                        convolve(plan, state, layer, row, patches, images)
                        width = layer[Col.OUT_0] * layer[Col.OUT_1] * layer[Col.PIXEL_N]
                    z, a = matrix(work, z0, together, width), matrix(work, a0, together, width)
                    activation_forward(layer[Col.ACTIVATION], z, a)
                elif layer[Col.KIND] != Layer.DROPOUT:
                    images_forward(state, layer, row, images)
                elif update.dropout != 0:
                    mask = matrix(work, layer[Col.MASK] + lo * ld_n, m, ld_n)
                    dropout_mask(update.seed, step, i, first + lo, layer[Col.N], plan.rates[i], mask)
                    multiply(matrix(work, x0, m, ld_k), mask, matrix(work, a0, m, ld_n))
                else:
                    identity_forward(matrix(work, x0, m, ld_k), matrix(work, a0, m, ld_n))
        start = max(end, start + 1)


@inline
def predict(plan, state, start, lo, hi, out):
    """Output activation of the rows lo..hi, into `out`."""
    last, n = plan.table[plan.table.shape[0] - 1], out.shape[1]
    z = matrix(state.work, last[Col.A] + lo * last[Col.LD_N], hi - lo, last[Col.LD_N])
    output_activation(plan.loss, n, z, matrix_of(address(out, (start + lo) * n), z.dtype.type(0), hi - lo, n))


@inline
def output_loss(plan, state, targets, order, start, lo, hi, inverse):
    """Losses of the rows lo..hi and their gradient with respect to the last layer's output."""
    last, m = plan.table[plan.table.shape[0] - 1], hi - lo
    ld, n, ld_k = last[Col.LD_N], last[Col.N], plan.table[0, Col.LD_K]
    own = targets.values.size == 0  # the rows are their own targets
    values_at, ld_v = (plan.input + lo * ld_k, ld_k) if own else (plan.values + lo * n, n)
    values = matrix(state.work, values_at, m, ld_v)
    for i in range(lo, hi):
        row = order[start + i]
        state.row_weights[i] = inverse * targets.weights[row] if targets.weights.size else inverse
        if plan.loss == Loss.SOFTMAX_CROSS_ENTROPY:
            state.labels[i] = targets.labels[row]
        elif not own:
            for j in range(n):
                values[i - lo, j] = targets.values[row, j]
    z, dz = matrix(state.work, last[Col.A] + lo * ld, m, ld), matrix(state.work, last[Col.D] + lo * ld, m, ld)
    labels, weights = vector(state.labels, lo, m), vector(state.row_weights, lo, m)
    losses = vector(state.row_losses, lo, m)
    loss_and_gradient(plan.loss, n, z, labels, values, weights, plan.huber_delta, dz, losses)


@inline
def backward(plan, state, update, lo, hi, patches, images):
    """From the last layer's D down, for the rows lo..hi: turn each D into the gradient with respect to z.

    The gradients of convolutions' weights are made here, too: their patches are at hand.
    """
    for i in range(plan.table.shape[0] - 1, -1, -1):
        layer = plan.table[i]
        if layer[Col.D] < 0:
            continue
        m, below, ld_k, ld_n = hi - lo, layer[Col.D_IN], layer[Col.LD_K], layer[Col.LD_N]
        d = matrix(state.work, layer[Col.D] + lo * ld_n, m, ld_n)
        if layer[Col.KIND] == Layer.DENSE or layer[Col.KIND] == Layer.CONV:
            together = max(m, 1) if layer[Col.KIND] == Layer.DENSE else 1
            if layer[Col.KIND] == Layer.CONV and below >= 0:
                transposed_weights(plan, state, layer, patches, images)
            for row in range(lo, hi, together):
                z = matrix(state.work, layer[Col.Z] + row * ld_n, together, ld_n)
                a = matrix(state.work, layer[Col.A] + row * ld_n, together, ld_n)
                dz = matrix(state.work, layer[Col.D] + row * ld_n, together, ld_n)
                activation_backward(layer[Col.ACTIVATION], z, a, dz, dz)
                if layer[Col.KIND] == Layer.CONV:
                    convolution_gradients(plan, state, layer, row, patches, images)
                elif below >= 0:
                    input_gradient(plan, state, layer, lo, hi)
        elif below >= 0 and layer[Col.KIND] != Layer.DROPOUT:
            images_backward(state, layer, lo, hi, images)
        elif below >= 0:
            dx = matrix(state.work, below + lo * ld_k, m, ld_k)
            mask = matrix(state.work, layer[Col.MASK] + lo * ld_n, m, ld_n)
            if layer[Col.ADDS] != 0:
                add_dropped(d, mask, update.dropout != 0, dx, images)
            elif update.dropout != 0:
                multiply(d, mask, dx)
            else:
                identity_forward(d, dx)


@inline
def input_gradient(plan, state, layer, lo, hi):
    """dX = dZ Wᵀ of a Dense layer for the rows lo..hi, made as its transpose, dXᵀ = W dZᵀ.

    So W is read along its rows, and only the small gradients are transposed, never the weights.  With few
    rows, dX is made of dot products instead: no vector of the transposed would be full.
    """
    work, size = state.work, state.work.itemsize
    zero, row_t = work.dtype.type(0), plan.ld_batch * size
    k, ld_k, ld_n, columns = layer[Col.K], layer[Col.LD_K], layer[Col.LD_N], layer[Col.COLUMNS]
    whole_k = (k + plan.lanes - 1) // plan.lanes * plan.lanes
    w = address(state.params, layer[Col.W])
    d, dx = address(work, layer[Col.D] + lo * ld_n), address(work, layer[Col.D_IN] + lo * ld_k)
    if plan.few:
        dots(hi - lo, k, columns, d, ld_n * size, w, ld_n * size, dx, ld_k * size, zero, size)
        for i in range(hi - lo):  # a run that diverged may have left NaN in the pads
            row = vector_of(dx + i * ld_k * size, zero, whole_k)
            for j in range(k, whole_k):
                row[j] = zero
        return
    rows = (hi - lo + plan.lanes - 1) // plan.lanes * plan.lanes
    d_t, dx_t = address(work, plan.d_t + lo), address(work, plan.dx_t + lo)
    transpose_blocks(d, ld_n * size, d_t, row_t, rows, columns, zero, size)
    product(k, rows, layer[Col.N], w, ld_n * size, size, d_t, row_t, dx_t, row_t, 0, 0, zero, size)
    for j in range(k, whole_k):  # what another layer left there must not reach the pads
        pad = vector_of(dx_t + j * row_t, zero, rows)
        for r in range(rows):
            pad[r] = zero
    transpose_blocks(dx_t, row_t, dx, ld_k * size, whole_k, rows, zero, size)
