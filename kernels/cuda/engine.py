"""Runs a plan on the GPU: a step is a list of launches that read from a clock which batch it is."""

from typing import NamedTuple

import numpy as np

from ..contract import Mode, Optimizer
from . import passes
from . import update as ends
from .device import processors
from .launches import Arithmetic
from .memory import Clock, on_device, resident, upload
from .replay import carry_out

__all__ = ["needs_gradient", "resident", "rows_at_once", "run"]

MOST_ROWS = 8192


class Memory(NamedTuple):
    """Device memory of a run."""

    params: np.ndarray
    grads: np.ndarray
    slot_0: np.ndarray
    slot_1: np.ndarray
    work: np.ndarray
    is_weight: np.ndarray
    penalties: np.ndarray
    sums: np.ndarray
    factor: np.ndarray
    row_losses: np.ndarray


def rows_at_once(batch_size, lanes, most=None):
    """Rows of the parts in which a batch is worked on."""
    return min(batch_size, MOST_ROWS)


def needs_gradient(mode, plan, update, batch_size):
    """Whether the whole gradient is wanted on the host."""
    return mode == Mode.GRADIENT


def run(mode, plan, state, rows, targets, order, update, batch_size, n_threads=1):
    """Visit the rows in `order`, in batches, and do what `mode` says; see the reference's `run`."""
    if len(order) == 0:
        state.grads[:] = 0
        return 0.0
    rows, wanted = on_device(rows), on_device(targets)
    clock, memory = _clock(targets, order, update, batch_size), _memory(plan, state, len(order))
    launches = list(step(mode, plan, memory, clock, rows, wanted, update, batch_size))
    carry_out(launches, len(clock.inverse))
    if mode == Mode.TRAIN:
        for here, there in (
            (state.params, memory.params),
            (state.slot_0, memory.slot_0),
            (state.slot_1, memory.slot_1),
        ):
            if here.size:
                there.copy_to_host(here)
    elif mode == Mode.GRADIENT:
        memory.grads.copy_to_host(state.grads)
    return _loss(memory, clock, batch_size)


def step(mode, plan, memory, clock, rows, targets, update, batch_size):
    """Yield the launches of a step, Launch."""
    work, params, drops = memory.work, memory.params, bool(update.dropout)
    how = Arithmetic(work.dtype, plan.precision, processors())
    for first in range(0, batch_size, plan.batch):
        yield passes.gather(plan, plan.batch, work, clock, rows, first)
        yield from passes.forward(plan, plan.batch, work, params, clock, first, how, update.seed, drops)
        yield passes.output_loss(plan, work, clock, targets, first, memory.row_losses)
        if mode != Mode.EVALUATE:
            yield from passes.backward(plan, work, params, how, drops)
            yield from passes.weight_gradients(plan, work, memory.grads, how, first > 0)
    if update.l2 > 0 or update.l1 > 0:
        yield ends.penalties(clock, memory, update)
    if mode == Mode.TRAIN:
        yield from ends.apply_update(clock, memory, update)
    yield passes.tick(clock, params.dtype)


def _clock(targets, order, update, batch_size):
    starts = np.arange(0, len(order), batch_size)
    sizes = np.minimum(batch_size, len(order) - starts)
    totals = np.add.reduceat(targets.weights[order], starts) if len(targets.weights) else sizes.astype(float)
    inverse = np.divide(1.0, totals, out=np.zeros(len(starts)), where=totals > 0)
    steps = update.step + 1.0 + np.arange(len(starts))
    rates = np.full(len(starts), update.rate)
    if update.optimizer in (Optimizer.ADAM, Optimizer.ADAMW):
        rates *= np.sqrt(1 - update.beta_2**steps) / (1 - update.beta_1**steps)
    now = np.array([0, update.step])
    arrays = (upload(array) for array in (now, order, inverse, rates, sizes / len(order)))
    return Clock(*arrays, len(order), batch_size)


def _memory(plan, state, n_visited):
    params = upload(state.params)
    pieces = ends.n_pieces(plan.n_params)
    return Memory(
        params=params,
        grads=upload(np.zeros_like(state.params)),
        slot_0=upload(state.slot_0),
        slot_1=upload(state.slot_1),
        work=upload(np.zeros_like(state.work)),
        is_weight=upload(ends.weight_places(plan)),
        penalties=upload(np.zeros(pieces)),
        sums=upload(np.zeros(pieces)),
        factor=upload(np.ones(1)),
        row_losses=upload(np.zeros(n_visited)),
    )


def _loss(memory, clock, batch_size):
    """Mean of the batches' objectives, weighted by their rows."""
    losses, shares = memory.row_losses.copy_to_host(), clock.shares.copy_to_host()
    sums = np.add.reduceat(losses, np.arange(0, len(losses), batch_size))
    return float(sums @ shares + memory.penalties.copy_to_host().sum())
