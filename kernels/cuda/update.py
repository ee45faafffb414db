"""The end of a step: gradients are kept, or used at once; penalties, clipping, the optimizer."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ..contract import Col, Optimizer
from . import optimizers, regularizers
from .device import SUMMING, THREADS, blocks, cuda, for_dtype
from .launches import Launch, on_elements
from .memory import Clock
from .optimizers import Rule
from .product import Store, no_numbers
from .sums import block_sum

MOMENTUM, ADAM, ADAMW = int(Optimizer.MOMENTUM), int(Optimizer.ADAM), int(Optimizer.ADAMW)
PIECE = 64 if THREADS == 8 else 4096  # parameters whose penalty, or squares, one block adds up


class Weights(NamedTuple):
    """Where weights and bias of a layer lie in a flat vector."""

    k: int
    w: int
    ld: int
    bias: int


class Kept(NamedTuple):
    """Where the gradient of weights and bias goes."""

    data: np.ndarray
    weights: Weights
    adds: bool  # to what is there


class Optimized(NamedTuple):
    """What an optimizer reads and changes."""

    clock: Clock
    params: np.ndarray
    slot_0: np.ndarray
    slot_1: np.ndarray
    beta_1: float
    beta_2: float
    epsilon: float
    l2: float
    l1: float


class Changed(NamedTuple):
    """The weights and bias of a layer, which change as soon as their gradient is made."""

    optimized: Optimized
    weights: Weights


class End(NamedTuple):
    """What becomes of the gradient of weights and bias."""

    store: Store  # row k is the bias
    to: Callable  # columns of a layer -> its first argument


@cuda.jit(device=True)
def _place(weights, i, j):
    return weights.w + i * weights.ld + j if i < weights.k else weights.bias + j


@for_dtype
def _keep(real):
    """Return the store of a gradient that is kept, Store."""
    zero = real(0)

    @cuda.jit(device=True)
    def old(to, i, j):
        return to.data[_place(to.weights, i, j)] if to.adds else zero, zero, zero

    @cuda.jit(device=True)
    def put(to, numbers, fetched, i, j, value):
        to.data[_place(to.weights, i, j)] = fetched[0] + value

    return Store(no_numbers, old, put)


@cuda.jit(device=True)
def _now(o):
    """Learning rate, weight decay, and 1 / sum of the sample weights, of the batch."""
    batch = o.clock.now[0]
    return o.clock.rates[batch], o.clock.decays[batch], o.clock.inverse[batch]


@cache
def _change(real, code):
    """Return the device functions of an `Optimizer`.

    fetch(optimized, place) -> parameter and slots.
    change(optimized, now, fetched, place, is_weight, gradient) overwrites them.
    """
    updated, zero = optimizers.functions(real), real(0)

    @cuda.jit(device=True)
    def fetch(o, place):
        u = o.slot_0[place] if code >= MOMENTUM else zero
        v = o.slot_1[place] if code >= ADAM else zero
        return o.params[place], u, v

    @cuda.jit(device=True)
    def change(o, now, fetched, place, is_weight, gradient):
        rule = Rule(code, now[0], o.beta_1, o.beta_2, o.epsilon, now[1] if is_weight else 0.0)
        o.params[place], u, v = updated(rule, fetched[0], gradient, fetched[1], fetched[2])
        if code >= MOMENTUM:
            o.slot_0[place] = u
        if code >= ADAM:
            o.slot_1[place] = v

    return fetch, change


@cache
def _change_at_once(real, code, penalized):
    """Return the store of a weight gradient that an `Optimizer` uses at once, with or without penalties."""
    (fetch, change), slope = _change(real, code), regularizers.functions(real)

    @cuda.jit(device=True)
    def begin(to):
        return _now(to.optimized)

    @cuda.jit(device=True)
    def there(to, i, j):
        return fetch(to.optimized, _place(to.weights, i, j))

    @cuda.jit(device=True)
    def put(to, now, fetched, i, j, value):
        o, is_weight = to.optimized, i < to.weights.k
        if penalized and is_weight:
            value += slope(fetched[0], real(o.l2 * now[2]), real(o.l1 * now[2]))
        change(o, now, fetched, _place(to.weights, i, j), is_weight, value)

    return Store(begin, there, put)


@for_dtype
def _kernels(real):
    slope = regularizers.functions(real)

    @cuda.jit
    def penalize(clock, params, grads, is_weight, l2, l1, penalties, into_gradient):
        """Add the penalty's gradient, if it is wanted; a block keeps its penalties' sum over the run."""
        shared = cuda.shared.array(SUMMING, np.float64)
        piece, batch, own = cuda.blockIdx.x, clock.now[0], 0.0
        l2, l1 = l2 * clock.inverse[batch], l1 * clock.inverse[batch]
        for i in range(piece * PIECE + cuda.threadIdx.x, min((piece + 1) * PIECE, params.size), SUMMING):
            if is_weight[i]:
                if into_gradient:
                    grads[i] += slope(params[i], real(l2), real(l1))
                own += regularizers.penalty_of(params[i], l2, l1)
        own = block_sum(shared, own)
        if cuda.threadIdx.x == 0:
            penalties[piece] += own * clock.shares[batch]

    @cuda.jit
    def squares(grads, sums):
        shared, piece, own = cuda.shared.array(SUMMING, np.float64), cuda.blockIdx.x, 0.0
        for i in range(piece * PIECE + cuda.threadIdx.x, min((piece + 1) * PIECE, grads.size), SUMMING):
            own += np.float64(grads[i]) * np.float64(grads[i])
        own = block_sum(shared, own)
        if cuda.threadIdx.x == 0:
            sums[piece] = own

    @cuda.jit
    def clip(clip_norm, sums, factor):
        shared, own = cuda.shared.array(SUMMING, np.float64), 0.0
        for i in range(cuda.threadIdx.x, sums.size, SUMMING):
            own += sums[i]
        own = block_sum(shared, own)
        if cuda.threadIdx.x == 0:
            factor[0] = clip_norm / own**0.5 if own > clip_norm * clip_norm else 1.0

    return SimpleNamespace(penalize=penalize, squares=squares, clip=clip)


@cache
def _step(real, code):
    """Return the kernel of an `Optimizer` for the whole gradient, a thread for each parameter."""
    fetch, change = _change(real, code)

    @cuda.jit
    def step(count, optimized, is_weight, grads, factor):
        i = cuda.grid(1)
        if i < count:
            gradient = grads[i] * real(factor[0])
            change(optimized, _now(optimized), fetch(optimized, i), i, is_weight[i], gradient)

    return step


def n_pieces(n_params):
    """Blocks that share the parameters."""
    return blocks(n_params, PIECE)


def weight_places(plan):
    """Which parameters are weights and not biases, ndarray of shape (n_params,), uint8."""
    found = np.zeros(plan.n_params, np.uint8)
    for layer in plan.table[plan.table[:, Col.W] >= 0]:
        found[layer[Col.W] : layer[Col.W] + layer[Col.K] * layer[Col.LD_W]] = 1
    return found


def keeping(memory, adds):
    """Return the end that keeps the gradient, End."""
    return End(_keep(memory.grads.dtype), lambda column: Kept(memory.grads, _weights(column), adds))


def updating(clock, memory, update):
    """Return the end that uses the gradient at once, End."""
    optimized = _optimized(clock, memory, update)
    store = _change_at_once(memory.params.dtype.type, int(update.optimizer), _penalizes(update))
    return End(store, lambda column: Changed(optimized, _weights(column)))


def penalties(clock, memory, update, into_gradient):
    """Yield the launch that adds the penalties up, and their gradient to the kept one, Launch."""
    if _penalizes(update):
        args = (
            clock, memory.params, memory.grads, memory.is_weight, float(update.l2), float(update.l1),
            memory.penalties, into_gradient,
        )  # fmt: skip
        yield Launch(_kernels(memory.params.dtype).penalize, n_pieces(memory.params.size), SUMMING, args)


def apply_update(clock, memory, update):
    """Yield the launches that clip the gradient and apply the optimizer, Launch."""
    kernel = _kernels(memory.params.dtype)
    if update.clip_norm > 0:
        yield Launch(kernel.squares, n_pieces(memory.params.size), SUMMING, (memory.grads, memory.sums))
        yield Launch(kernel.clip, 1, SUMMING, (float(update.clip_norm), memory.sums, memory.factor))
    step = _step(memory.params.dtype.type, int(update.optimizer))
    optimized = _optimized(clock, memory, update)
    yield on_elements(step, memory.params.size, optimized, memory.is_weight, memory.grads, memory.factor)


def _penalizes(update):
    return update.l2 > 0 or update.l1 > 0


def _weights(column):
    return Weights(column(Col.K), column(Col.W), column(Col.LD_W), column(Col.B))


def _optimized(clock, memory, update):
    numbers = map(float, (update.beta_1, update.beta_2, update.epsilon, update.l2, update.l1))
    return Optimized(clock, memory.params, memory.slot_0, memory.slot_1, *numbers)
