"""From layer specs to the integer table that drives every backend.

Every shape is inferred here, once; every offset into the parameter vector and the workspace is decided here.
"""

from math import ceil, prod

import numpy as np

from .kernels.contract import NEEDS_Z, STRIP, Activation, Col, Layer, Loss, Plan
from .layers import Dense, Dropout

LINE = 64  # bytes of a cache line and of the widest vector
PAGE = 4096  # bytes after which addresses fall on the same lines of the innermost cache

#: The largest batch whose input gradients are made as dot products: 16 rows would fill a vector.
FEW_ROWS = 8

#: Losses that contain their output activation: the last layer must leave z as it is.
WITH_LINK = frozenset({Loss.SOFTMAX_CROSS_ENTROPY, Loss.LOGISTIC_CROSS_ENTROPY, Loss.POISSON})


class _Arena:
    """Hands out consecutive ranges of one flat array."""

    def __init__(self):
        self.size = 0

    def take(self, count):
        start, self.size = self.size, self.size + count
        return start


def round_up(count, multiple):
    """`count` rounded up to a multiple."""
    return -(-count // multiple) * multiple


def leading_dimension(count, dtype):
    """Elements from one row to the next: whole cache lines, not a multiple of a page.

    Rows a multiple of 4096 bytes apart would compete for the same few lines of the cache; two lines more
    keep the loads of neighboring rows apart.
    """
    size = np.dtype(dtype).itemsize
    n_bytes = round_up(count * size, LINE)
    return (n_bytes if n_bytes % PAGE else n_bytes + 2 * LINE) // size


def loss_code(loss):
    """The `Loss` of a lower-case name.

    Raises
    ------
    ValueError
        If there is no such loss.
    """
    try:
        return Loss[str(loss).upper()]
    except KeyError:
        names = ", ".join(code.name.lower() for code in Loss)
        raise ValueError(f"loss={loss!r} is unknown; use one of {names}.") from None


def make_plan(layers, input_shape, loss, *, batch, dtype, huber_delta=1.0):
    """Lay out a network.

    Parameters
    ----------
    layers : list of layer specs
        At least one Dense; the last one is Dense.
    input_shape : tuple of int
        Shape of one row, up to three axes.
    loss : str
        Lower-case name of a `Loss`.
    batch : int
        The most rows that are worked on at a time.
    dtype : dtype
        float32 or float64.
    huber_delta : float
        Where the Huber loss turns from square to linear.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If the layers do not fit together; the message names the layer.
    """
    code = loss_code(loss)
    _check(layers, input_shape, code, batch)
    lanes = LINE // np.dtype(dtype).itemsize
    ld_batch = round_up(batch, lanes)
    params, work = _Arena(), _Arena()
    table = np.full((len(layers), len(Col)), -1, dtype=np.int64)
    rates = np.zeros(len(layers))
    first_trained = next(i for i, layer in enumerate(layers) if isinstance(layer, Dense))

    shape, ld = tuple(input_shape), leading_dimension(prod(input_shape), dtype)
    source = input_offset = work.take(ld_batch * ld)
    d_below, n_strips, widest_n, widest_k = -1, 0, 0, 0
    for i, layer in enumerate(layers):
        row, out_shape = table[i], layer.output_shape(shape)
        k, n = prod(shape), prod(out_shape)
        ld_n = leading_dimension(n, dtype)
        row[[Col.K, Col.N, Col.LD_K, Col.LD_N, Col.X]] = k, n, ld, ld_n, source
        row[Col.COLUMNS] = round_up(n, lanes)
        row[Col.A] = row[Col.Z] = work.take(ld_batch * ld_n)
        if isinstance(layer, Dense):
            activation = Activation[layer.activation.upper()]
            row[Col.KIND], row[Col.ACTIVATION] = Layer.DENSE, activation
            if activation in NEEDS_Z:
                row[Col.Z] = work.take(ld_batch * ld_n)
            row[Col.W] = params.take(k * ld_n)
            row[Col.FIRST_STRIP] = n_strips
            n_strips += ceil(k / STRIP)
            if layer.bias:
                row[Col.B] = params.take(ld_n)
                n_strips += 1
            widest_n, widest_k = max(widest_n, ld_n), max(widest_k, ld if i > first_trained else 0)
        else:
            row[Col.KIND] = Layer.DROPOUT
            row[Col.MASK] = work.take(ld_batch * ld_n)
            rates[i] = layer.rate
        if i >= first_trained:  # below it, no gradient is needed
            row[Col.D] = work.take(ld_batch * ld_n)
            row[Col.D_IN] = d_below
            d_below = row[Col.D]
        row[Col.IN_0 : Col.IN_2 + 1] = (*shape, 0, 0, 0)[:3]
        row[Col.OUT_0 : Col.OUT_2 + 1] = (*out_shape, 0, 0, 0)[:3]
        shape, ld, source = out_shape, ld_n, row[Col.A]

    return Plan(
        table=table,
        rates=rates,
        loss=int(code),
        huber_delta=float(huber_delta),
        batch=int(batch),
        ld_batch=ld_batch,
        lanes=lanes,
        few=int(batch <= FEW_ROWS),
        input=input_offset,
        values=work.take(round_up(ld_batch * prod(shape), lanes)),
        d_t=work.take(widest_n * ld_batch),
        dx_t=work.take(widest_k * ld_batch),
        n_params=params.size,
        n_work=work.size,
        n_strips=n_strips,
    )


def _check(layers, input_shape, code, batch):
    """Raise a ValueError that names what does not fit."""
    if not layers or not isinstance(layers[-1], Dense):
        raise ValueError("layers must end with a Dense layer, which makes the outputs.")
    for i, layer in enumerate(layers):
        if not isinstance(layer, Dense | Dropout):
            raise ValueError(f"layers[{i}]={layer!r} is not a layer; use Dense or Dropout.")
    if not 1 <= len(input_shape) <= 3 or min(input_shape) < 1:
        raise ValueError(f"input_shape={input_shape!r} must have one to three axes, each >= 1.")
    if batch < 1:
        raise ValueError(f"batch={batch!r} must be >= 1.")
    if code in WITH_LINK and layers[-1].activation != "identity":
        raise ValueError(
            f"layers[{len(layers) - 1}]: activation={layers[-1].activation!r} must be 'identity', "
            f"because the loss {code.name.lower()!r} contains the output activation."
        )
