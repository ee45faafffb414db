"""The end of a step: penalties, the norm of the gradient, the optimizer; one thread for a parameter."""

from types import SimpleNamespace

import numpy as np

from ..contract import Col, Optimizer
from . import optimizers, regularizers
from .device import SUMMING, THREADS, blocks, cuda, for_dtype
from .launches import Launch, on_elements
from .optimizers import Rule
from .sums import block_sum

MOMENTUM, ADAM, ADAMW = int(Optimizer.MOMENTUM), int(Optimizer.ADAM), int(Optimizer.ADAMW)
PIECE = 64 if THREADS == 8 else 4096  # parameters whose penalty, or squares, one block adds up


@for_dtype
def _kernels(real):
    slope = regularizers.functions(real)
    updated = optimizers.functions(real)

    @cuda.jit
    def penalize(clock, params, grads, is_weight, l2, l1, penalties):
        """Add the penalty's gradient; a block keeps its penalties' sum over the run."""
        shared = cuda.shared.array(SUMMING, np.float64)
        piece, batch, own = cuda.blockIdx.x, clock.now[0], 0.0
        l2, l1 = l2 * clock.inverse[batch], l1 * clock.inverse[batch]
        for i in range(piece * PIECE + cuda.threadIdx.x, min((piece + 1) * PIECE, params.size), SUMMING):
            if is_weight[i]:
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

    @cuda.jit
    def step(count, clock, rule, weight_decay, base_rate, factor, params, grads, is_weight, slot_0, slot_1):
        i = cuda.grid(1)
        if i < count:
            decay = base_rate * weight_decay if is_weight[i] else 0.0
            rule = Rule(
                rule.optimizer, clock.rates[clock.now[0]], rule.beta_1, rule.beta_2, rule.epsilon, decay
            )
            u = slot_0[i] if rule.optimizer >= MOMENTUM else real(0)
            v = slot_1[i] if rule.optimizer >= ADAM else real(0)
            params[i], u, v = updated(rule, params[i], grads[i] * real(factor[0]), u, v)
            if rule.optimizer >= MOMENTUM:
                slot_0[i] = u
            if rule.optimizer >= ADAM:
                slot_1[i] = v

    return SimpleNamespace(penalize=penalize, squares=squares, clip=clip, step=step)


def n_pieces(n_params):
    """Blocks that share the parameters."""
    return blocks(n_params, PIECE)


def weight_places(plan):
    """Which parameters are weights and not biases, ndarray of shape (n_params,), uint8."""
    found = np.zeros(plan.n_params, np.uint8)
    for layer in plan.table[plan.table[:, Col.W] >= 0]:
        found[layer[Col.W] : layer[Col.W] + layer[Col.K] * layer[Col.LD_W]] = 1
    return found


def penalties(clock, memory, update):
    """Return the launch that adds the penalties, Launch."""
    args = (
        clock,
        memory.params,
        memory.grads,
        memory.is_weight,
        float(update.l2),
        float(update.l1),
        memory.penalties,
    )
    return Launch(_kernels(memory.params.dtype).penalize, n_pieces(memory.params.size), SUMMING, args)


def apply_update(clock, memory, update):
    """Yield the launches that clip the gradient and apply the optimizer, Launch."""
    kernel = _kernels(memory.params.dtype)
    if update.clip_norm > 0:
        yield Launch(kernel.squares, n_pieces(memory.params.size), SUMMING, (memory.grads, memory.sums))
        yield Launch(kernel.clip, 1, SUMMING, (float(update.clip_norm), memory.sums, memory.factor))
    rule = Rule(int(update.optimizer), 0.0, *map(float, (update.beta_1, update.beta_2, update.epsilon)), 0.0)
    decay = update.weight_decay if update.optimizer == ADAMW else 0.0
    yield on_elements(
        kernel.step, memory.params.size, clock, rule, float(decay), float(update.rate), memory.factor,
        memory.params, memory.grads, memory.is_weight, memory.slot_0, memory.slot_1,
    )  # fmt: skip
