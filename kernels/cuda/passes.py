"""The passes of a step as launches, made once for a plan: gather, forward, loss, backward, gradients."""

from ..contract import Col, Layer, RowKind
from . import images
from .device import SUMMING
from .launches import Launch, columns, on_elements, on_product
from .matrix import Matrix, along_columns, along_rows
from .pass_kernels import (
    IDENTITY,
    Below,
    Output,
    WithOnes,
    finish,
    kernels,
    ones_below,
    pass_down,
)
from .product import Operand

SPARSE = int(RowKind.CSR32)


def gather(plan, m, work, clock, rows, first):
    """Return the launch that copies rows of the batch, Launch."""
    kernel = kernels(work.dtype)
    x = Matrix(work, plan.input, int(plan.table[0, Col.LD_K]))
    if rows.kind >= SPARSE:
        return Launch(kernel.gather_sparse, m, SUMMING, (first, clock, rows, x))
    return on_elements(kernel.gather, m * rows.n_columns, first, clock, rows, x)


def forward(plan, m, work, params, clock, first, arithmetic, seed=0, drops=False):
    """Yield the launches of all layers, Launch."""
    kernel = kernels(work.dtype)
    for i, layer in enumerate(plan.table):
        column = columns(layer)
        x = Matrix(work, column(Col.X), column(Col.LD_K))
        n, k = column(Col.N), column(Col.K)
        if column(Col.KIND) == Layer.DENSE:
            out = Output(work, column(Col.Z), column(Col.A), column(Col.LD_N), params, column(Col.B))
            w = Operand(along_columns, Matrix(params, column(Col.W), column(Col.LD_W)))
            store = finish(work.dtype.type, column(Col.ACTIVATION))
            yield on_product(arithmetic, (m, n, k), Operand(along_rows, x), w, store, out)
            continue
        if column(Col.KIND) != Layer.DROPOUT:
            yield from images.forward(layer, m, work, params, arithmetic)
            continue
        a = Matrix(work, column(Col.A), column(Col.LD_N))
        if drops:
            mask = Matrix(work, column(Col.MASK), column(Col.LD_N))
            yield on_elements(kernel.drop, m * n, first, clock, n, i, float(plan.rates[i]), seed, x, mask, a)
        else:
            yield on_elements(kernel.copy, m * n, n, x, a)


def output_loss(plan, work, clock, targets, first, row_losses):
    """Return the launch of the loss, Launch."""
    column = columns(plan.table[-1])
    last = Output(work, 0, column(Col.A), column(Col.LD_N), work, -1)
    inputs = Matrix(work, plan.input, int(plan.table[0, Col.LD_K]))
    below = _below(work, plan.table[-1], column(Col.D), column(Col.LD_N))
    args = plan.loss, column(Col.N), first, last, plan.huber_delta, clock, targets, inputs, below, row_losses
    return Launch(kernels(work.dtype).loss, plan.batch, SUMMING, args)


def backward(plan, work, params, arithmetic, drops=False):
    """Yield the launches that turn the gradient of the last layer into those of the layers below, Launch.

    Whoever writes the gradient of a dense layer's output takes it through that layer's activation at once.
    """
    m = plan.batch
    for i in range(len(plan.table) - 1, -1, -1):
        column = columns(plan.table[i])
        if column(Col.D) < 0:
            continue
        if column(Col.KIND) not in (Layer.DENSE, Layer.DROPOUT):
            yield from images.backward(plan.table[i], m, work, params, arithmetic)
            continue
        if column(Col.D_IN) < 0:
            continue
        below = _below(work, plan.table[i - 1], column(Col.D_IN), column(Col.LD_K), bool(column(Col.ADDS)))
        d = Matrix(work, column(Col.D), column(Col.LD_N))
        n, k = column(Col.N), column(Col.K)
        if column(Col.KIND) == Layer.DENSE:
            w = Operand(along_rows, Matrix(params, column(Col.W), column(Col.LD_W)))
            store = pass_down(work.dtype.type, below.activation)
            yield on_product(arithmetic, (m, k, n), Operand(along_rows, d), w, store, below)
        else:
            mask = Matrix(work, column(Col.MASK), column(Col.LD_N))
            yield on_elements(kernels(work.dtype).drop_back, m * n, n, drops, mask, d, below)


def weight_gradients(plan, work, arithmetic, end):
    """Yield the launches that make the gradients of weights and biases, Launch.

    `end`, an End, says what becomes of them.
    """
    for layer in plan.table:
        column = columns(layer)
        if column(Col.KIND) == Layer.CONV:
            yield from images.weight_gradients(plan, layer, work, arithmetic, end)
        if column(Col.KIND) != Layer.DENSE:
            continue
        k, n = column(Col.K), column(Col.N)
        below = WithOnes(Matrix(work, column(Col.X), column(Col.LD_K)), k)
        x = Operand(ones_below(work.dtype), below)
        d = Operand(along_columns, Matrix(work, column(Col.D), column(Col.LD_N)))
        sizes = k + (column(Col.B) >= 0), n, plan.batch
        yield on_product(arithmetic, sizes, x, d, end.store, end.to(column))


def outputs(plan, m, work, clock, out):
    """Return the launch that writes the outputs after their activation, Launch."""
    column = columns(plan.table[-1])
    last = Matrix(work, column(Col.A), column(Col.LD_N))
    return Launch(kernels(work.dtype).outputs, m, SUMMING, (plan.loss, out.shape[1], clock, last, out))


def tick(clock, dtype):
    """Return the launch that ends a step, Launch."""
    return Launch(kernels(dtype).tick, 1, 1, (clock,))


def _below(work, layer, d, ld, adds=False):
    """The gradient of a layer's output on its way down; that of a dense layer goes through its activation."""
    column = columns(layer)
    code = column(Col.ACTIVATION) if column(Col.KIND) == Layer.DENSE else IDENTITY
    return Below(work, d, ld, column(Col.Z), column(Col.A), code, adds)
