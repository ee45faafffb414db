"""A run of the engine on the device: its memory, and the launches of a step."""

from typing import NamedTuple

import numpy as np

from ..contract import Mode, Optimizer
from . import interrupts, passes
from . import update as ends
from .device import processors
from .launches import Arithmetic
from .memory import Clock, on_device, reserve, upload
from .replay import Recording


class Memory(NamedTuple):
    """Device memory of a run; what its mode does not need has one element."""

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


class Program:
    """A run, ready to be repeated with other parameters, in another order, at another rate.

    Parameters
    ----------
    mode, plan, state, rows, targets, update, batch_size
        As of `engine.run`.
    n_visited : int
        Rows of a run.
    """

    def __init__(self, mode, plan, state, rows, targets, n_visited, update, batch_size):
        self.host = mode, plan, state, rows, targets  # whose identities a key names: kept alive
        self.mode, self.weights, self.batch_size = mode, targets.weights, batch_size
        self.starts = np.arange(0, n_visited, batch_size)
        self.clock, self.memory = self._clock(n_visited), _memory(mode, plan, state, n_visited)
        rows, targets = on_device(rows), on_device(targets)
        self.sent = ()
        self.recording = Recording(
            list(step(mode, plan, self.memory, self.clock, rows, targets, update, batch_size))
        )

    def _clock(self, n_visited):
        batches = (reserve(len(self.starts), np.float64) for _ in range(4))
        return Clock(reserve(2, np.int64), reserve(n_visited, np.int64), *batches, n_visited, self.batch_size)

    def run(self, state, order, update):
        """Copy what is new, visit the rows, and copy what has changed; return the loss."""
        with interrupts.after():
            return self._run(state, order, update)

    def _run(self, state, order, update):
        stream, memory, shares = self.recording.stream, self.memory, self._set(order, update)
        changed = [(memory.params, state.params)]
        if self.mode == Mode.TRAIN:
            changed += [(memory.slot_0, state.slot_0), (memory.slot_1, state.slot_1)]
        changed = [(there, here) for there, here in changed if here.size]
        for there, here in changed:
            there.copy_to_device(here, stream=stream)
        self.recording.run(len(self.starts))
        if self.mode == Mode.TRAIN:
            for there, here in changed:
                there.copy_to_host(here, stream=stream)
        elif self.mode == Mode.GRADIENT:
            memory.grads.copy_to_host(state.grads, stream=stream)
        losses, penalties = (
            array.copy_to_host(stream=stream) for array in (memory.row_losses, memory.penalties)
        )
        stream.synchronize()
        return float(np.add.reduceat(losses, self.starts) @ shares + penalties.sum())

    def _set(self, order, update):
        """Set the clock; return each batch's share of the rows."""
        n_batches = len(self.starts)
        sizes = np.minimum(self.batch_size, len(order) - self.starts)
        totals = (
            np.add.reduceat(self.weights[order], self.starts) if len(self.weights) else sizes.astype(float)
        )
        inverse = np.divide(1.0, totals, out=np.zeros(n_batches), where=totals > 0)
        rates, decays = np.full(n_batches, float(update.rate)), np.zeros(n_batches)
        if update.optimizer in (Optimizer.ADAM, Optimizer.ADAMW):
            steps = update.step + 1.0 + np.arange(n_batches)
            rates *= np.sqrt(1 - update.beta_2**steps) / (1 - update.beta_1**steps)
        if update.optimizer == Optimizer.ADAMW:
            decays[:] = update.rate * update.weight_decay
        now, shares = np.array([0, update.step]), sizes / len(order)
        there = (*self.clock[:6], self.memory.penalties)
        self.sent = now, order, inverse, rates, decays, shares, np.zeros(self.memory.penalties.size)
        for array, here in zip(there, self.sent, strict=True):  # which live until they are copied
            array.copy_to_device(here, stream=self.recording.stream)
        return shares

    def close(self):
        """Give up what the driver holds."""
        self.recording.close()


def step(mode, plan, memory, clock, rows, targets, update, batch_size):
    """Yield the launches of a step, Launch."""
    work, params, drops = memory.work, memory.params, bool(update.dropout)
    how = Arithmetic(work.dtype, plan.precision, processors())
    in_parts = batch_size > plan.batch
    at_once = mode == Mode.TRAIN and update.clip_norm == 0 and not in_parts
    if at_once:
        yield from ends.penalties(clock, memory, update, into_gradient=False)
    for first in range(0, batch_size, plan.batch):
        yield passes.gather(plan, plan.batch, work, clock, rows, first)
        yield from passes.forward(plan, plan.batch, work, params, clock, first, how, update.seed, drops)
        yield passes.output_loss(plan, work, clock, targets, first, memory.row_losses)
        if mode != Mode.EVALUATE:
            yield from passes.backward(plan, work, params, how, drops)
            end = ends.updating(clock, memory, update) if at_once else ends.keeping(memory, first > 0)
            yield from passes.weight_gradients(plan, work, how, end)
    if not at_once:
        yield from ends.penalties(clock, memory, update, into_gradient=mode != Mode.EVALUATE)
        if mode == Mode.TRAIN:
            yield from ends.apply_update(clock, memory, update)
    yield passes.tick(clock, params.dtype)


def _memory(mode, plan, state, n_visited):
    pieces, nothing = ends.n_pieces(plan.n_params), state.params[:0]
    slots = (state.slot_0, state.slot_1) if mode == Mode.TRAIN else (nothing, nothing)
    grads = nothing if mode == Mode.EVALUATE else np.zeros_like(state.params)
    return Memory(
        params=reserve(plan.n_params, state.params.dtype),
        grads=upload(grads),  # zero between the matrices, and so it stays
        slot_0=reserve(slots[0].size, state.params.dtype),
        slot_1=reserve(slots[1].size, state.params.dtype),
        work=reserve(plan.n_work, state.work.dtype),
        is_weight=upload(ends.weight_places(plan)),
        penalties=reserve(pieces, np.float64),
        sums=reserve(pieces, np.float64),
        factor=upload(np.ones(1)),
        row_losses=reserve(n_visited, np.float64),
    )
