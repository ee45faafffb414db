"""The kernels of a step but products, and what the products of dense layers read and write.

Positions beyond the last row of an epoch have weight 0: their gradients are zero, and add nothing.
"""

from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ..contract import Activation, Loss
from . import activations, dropout, losses
from .device import SUMMING, cuda, for_dtype
from .matrix import Matrix, plain
from .product import Reader, Store, no_numbers

SOFTMAX = int(Loss.SOFTMAX_CROSS_ENTROPY)
IDENTITY = int(Activation.IDENTITY)


class Output(NamedTuple):
    """Where a layer with weights puts what it makes."""

    data: np.ndarray
    z: int
    a: int
    ld: int
    params: np.ndarray
    bias: int  # offset of the bias, or -1


class Below(NamedTuple):
    """Where the gradient with respect to an input goes, and the activation that it is taken through."""

    data: np.ndarray
    d: int
    ld: int
    z: int  # of the layer that made the input
    a: int
    activation: int
    adds: bool  # to what is there


class WithOnes(NamedTuple):
    """A Matrix, turned, with a last row of ones, whose product with a gradient is that of the bias."""

    matrix: Matrix
    width: int


@for_dtype
def _lower(real):
    """Return the device functions `fetch` and `lowered`, which take a gradient down through an activation.

    fetch(code, below, place) -> what is there, z and a, as far as they are needed.
    lowered(code, fetched, value) -> what is to be there.
    """
    _, chain = activations.functions(real)
    zero = real(0)

    @cuda.jit(device=True)
    def fetch(code, below, place):
        old = below.data[below.d + place] if below.adds else zero
        if code == IDENTITY:
            return old, zero, zero
        return old, below.data[below.z + place], below.data[below.a + place]

    @cuda.jit(device=True)
    def lowered(code, fetched, value):
        value += fetched[0]
        return value if code == IDENTITY else chain(code, fetched[1], fetched[2], value)

    return fetch, lowered


@for_dtype
def bias(real):
    """Return what the store of a forward product fetches."""
    zero = real(0)

    @cuda.jit(device=True)
    def fetch(c, i, j):
        return c.params[c.bias + j] if c.bias >= 0 else zero, zero, zero

    return fetch


@cache
def finish(real, code):
    """Return the store of a forward product: bias and activation, Store.

    It is made for each activation, as it is put into a product once for every element of a thread.
    """
    apply, _ = activations.functions(real)

    @cuda.jit(device=True)
    def put(c, numbers, fetched, i, j, value):
        place = i * c.ld + j
        value += fetched[0]
        if c.z != c.a:
            c.data[c.z + place] = value
        c.data[c.a + place] = apply(code, value)

    return Store(no_numbers, bias(real), put)


@cache
def pass_down(real, code):
    """Return the store of an input gradient, which is taken through an activation, Store; made likewise."""
    fetch, lowered = _lower(real)

    @cuda.jit(device=True)
    def there(c, i, j):
        return fetch(code, c, i * c.ld + j)

    @cuda.jit(device=True)
    def put(c, numbers, fetched, i, j, value):
        c.data[c.d + i * c.ld + j] = lowered(code, fetched, value)

    return Store(no_numbers, there, put)


@for_dtype
def ones_below(real):
    """Return the reader of a `WithOnes`, Reader."""
    one = real(1)

    @cuda.jit(device=True)
    def begin(a, i):
        return a.matrix.offset + i, i < a.width, 0

    @cuda.jit(device=True)
    def load(a, column, p):
        return a.matrix.data[np.uint64(column[0] + p * a.matrix.ld)] if column[1] else one

    return Reader(begin, load, inner=False)


@for_dtype
def kernels(real):
    """Return the kernels that are no products, SimpleNamespace."""
    zero = real(0)
    _, chain = activations.functions(real)
    fetch, lowered = _lower(real)
    multiplier = dropout.functions(real)
    row_loss, softmax_row, link = losses.functions(real)

    @cuda.jit(device=True)
    def row_at(clock, position):
        """Number of the row at a position of the run; of the first one beyond the last."""
        return clock.order[position] if position < clock.n_visited else clock.order[0]

    @cuda.jit
    def gather(count, first, clock, rows, x):
        """Rows of the batch from its position `first` on."""
        e, k = cuda.grid(1), rows.n_columns
        if e < count:
            i = e // k
            row = row_at(clock, clock.now[0] * clock.batch_size + first + i)
            x.data[x.offset + i * x.ld + e % k] = real(rows.data[row, e % k]) * real(rows.scale)

    @cuda.jit
    def gather_sparse(first, clock, rows, x):
        """The same of compressed rows; a block for a row, each thread with columns of its own.

        So the entries of a column add up in their order.
        """
        i, me = cuda.blockIdx.x, cuda.threadIdx.x
        row = row_at(clock, clock.now[0] * clock.batch_size + first + i)
        to = x.offset + i * x.ld
        for j in range(me, rows.n_columns, SUMMING):
            x.data[to + j] = zero
        for p in range(rows.indptr[row], rows.indptr[row + 1]):
            if rows.indices[p] % SUMMING == me:
                x.data[to + rows.indices[p]] += rows.data[p] * real(rows.scale)

    @cuda.jit
    def drop(count, first, clock, n, layer, rate, seed, x, mask, a):
        e = cuda.grid(1)
        if e < count:
            i, j = e // n, e % n
            factor = multiplier(seed, clock.now[1], layer, first + i, j, n, rate)
            mask.data[mask.offset + i * mask.ld + j] = factor
            a.data[a.offset + i * a.ld + j] = plain(x, i, j) * factor

    @cuda.jit
    def copy(count, n, x, a):
        e = cuda.grid(1)
        if e < count:
            a.data[a.offset + e // n * a.ld + e % n] = plain(x, e // n, e % n)

    @cuda.jit
    def drop_back(count, n, drops, mask, d, below):
        e = cuda.grid(1)
        if e < count:
            i, j = e // n, e % n
            value = plain(d, i, j) * plain(mask, i, j) if drops else plain(d, i, j)
            code, place = below.activation, i * below.ld + j
            below.data[below.d + place] = lowered(code, fetch(code, below, place), value)

    @cuda.jit
    def loss(code, n, first, last, delta, clock, targets, inputs, below, row_losses):
        """A block for a row: its weighted loss, and the gradient of the last layer's z."""
        shared, i = cuda.shared.array(SUMMING, np.float64), cuda.blockIdx.x
        batch = clock.now[0]
        position = batch * clock.batch_size + first + i
        inside = position < clock.n_visited and first + i < clock.batch_size
        row = row_at(clock, position)
        weight = clock.inverse[batch] if inside else 0.0
        if targets.has_weights:
            weight *= targets.weights[row]
        label = targets.labels[row] if code == SOFTMAX else 0
        a, d = last.a + i * last.ld, below.d + i * below.ld
        out, dz = last.data[a : a + n], below.data[d : d + n]
        if targets.has_values:
            weighted = row_loss(shared, code, n, out, label, targets.values[row], weight, delta, dz)
        else:
            own = inputs.offset + i * inputs.ld
            weighted = row_loss(shared, code, n, out, label, inputs.data[own : own + n], weight, delta, dz)
        for j in range(cuda.threadIdx.x, n, SUMMING):
            z = below.data[below.z + i * below.ld + j]
            dz[j] = chain(below.activation, z, out[j], dz[j])
        if inside and cuda.threadIdx.x == 0:
            row_losses[position] = weighted

    @cuda.jit
    def outputs(code, n, clock, last, out):
        """A block for a row: the output activation."""
        shared, i = cuda.shared.array(SUMMING, np.float64), cuda.blockIdx.x
        position, a = clock.now[0] * clock.batch_size + i, last.offset + i * last.ld
        if position < clock.n_visited:
            if code == SOFTMAX:
                softmax_row(shared, n, last.data[a : a + n], out[position])
            else:
                for j in range(cuda.threadIdx.x, n, SUMMING):
                    out[position, j] = link(code, last.data[a + j])

    @cuda.jit
    def tick(clock):
        if cuda.grid(1) == 0:
            clock.now[0] += 1
            clock.now[1] += 1

    return SimpleNamespace(
        gather=gather,
        gather_sparse=gather_sparse,
        drop=drop,
        copy=copy,
        drop_back=drop_back,
        loss=loss,
        outputs=outputs,
        tick=tick,
    )
