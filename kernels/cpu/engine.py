"""Runs a plan: a whole epoch in one call without the GIL, the same program on every thread.

Each step has two halves.  In the first, every thread takes its rows of the batch from gathering to the
gradients with respect to z; in the second, strips of the weight gradients are made and applied, each by one
thread.  A barrier follows each half.  A batch of more rows than the plan holds is done in parts, whose
gradients add up.  Every element has one owner and a fixed order of summation, so the results are bit for bit
the same at any number of threads.
"""

from contextlib import nullcontext

import numpy as np

from ..contract import Mode, Update
from .intrinsics import flush_denormals, restore_rounding, vector
from .jit import inline, jit_program
from .passes import backward, forward, gather_rows, output_loss, weight_sum
from .ready import make_ready
from .source import Source, source_fields
from .threads import barrier_wait, run_on_threads, settle
from .update import apply_clipped, step_size, strips

#: What a thread does, about, on a processor with AVX-512: to decide how many threads pay.
FLOP_BYTES_PER_SECOND = 8e11  # operations times bytes of an element
UPDATED_BYTES_PER_SECOND = 2.5e10  # of the parameters
SHARED_BYTES_PER_SECOND = 6e10  # of parameters that one core updates and the others read
MEETINGS, START = 4e-6, 1e-4  # seconds: two meetings, and starting a thread


def run(mode, plan, state, rows, targets, order, update, batch_size, n_threads=1):
    """Visit the rows in `order`, in batches, and do what `mode` says; see the reference's `run`."""
    source = Source(*source_fields(rows))
    # each field as the type of its default: another one would be compiled as another program
    update = Update(*(type(default)(value) for default, value in zip(Update(), update, strict=True)))
    if mode == Mode.GRADIENT and len(order) == 0:
        state.grads[:] = 0
    loss = np.zeros(1)
    before, after = (int(mode), plan, state, source, targets), (update, batch_size, loss, plan.images or None)
    make_ready(program, (state.params.dtype, plan.images), (0, 1, *before, order[:0], *after))
    threads = useful_threads(mode, plan, len(order), batch_size, n_threads)
    run_on_threads(program, threads, state.barrier, rows, *before, order, *after)
    return loss[0]


def resident(*objects):
    """Context in which Rows and Targets stay where they are read fastest: here they are there already."""
    return nullcontext()


def rows_at_once(one, most, batch_size):
    """Rows of the parts in which a batch is worked on: whole vectors, all parts alike but the last."""
    parts = -(-batch_size // most)
    return min(batch_size, -(-batch_size // (parts * one.lanes)) * one.lanes)


def needs_gradient(mode, plan, update, batch_size):
    """Whether a run keeps the whole gradient: else strips of it are applied as soon as they are made."""
    if mode == Mode.TRAIN:
        return update.clip_norm > 0 or batch_size > plan.batch
    return mode == Mode.GRADIENT


def useful_threads(mode, plan, n_visited, batch_size, limit):
    """Threads with which a run is estimated to be fastest, at most `limit`.

    Rows are shared in whole vectors, updates in strips; threads meet twice in every step and have to be
    started.
    """
    size = 64 // plan.lanes
    product = 2 * plan.multiply_adds * min(batch_size, n_visited) * size / FLOP_BYTES_PER_SECOND
    by_rows = product if mode == Mode.EVALUATE else 2 * product
    by_strips, together = 0.0 if mode == Mode.EVALUATE else product, MEETINGS
    if mode == Mode.TRAIN:
        by_strips += plan.n_params * size / UPDATED_BYTES_PER_SECOND
        together += plan.n_params * size / SHARED_BYTES_PER_SECOND
    steps, blocks = -(-n_visited // batch_size), plan.ld_batch // plan.lanes

    def seconds(threads):
        step = by_rows / min(threads, blocks) + by_strips / min(threads, plan.n_strips)
        return steps * step + (threads > 1) * (steps * together + threads * START)

    return min(range(1, min(limit, max(blocks, plan.n_strips)) + 1), key=seconds, default=1)


@jit_program
def program(me, count, mode, plan, state, source, targets, order, update, batch_size, loss, images):
    """One thread's part of a run; see the module's docstring."""
    settle(state.barrier, me, count)
    before = flush_denormals()
    _batches(me, count, mode, plan, state, source, targets, order, update, batch_size, loss, images)
    restore_rounding(before)


@inline
def _batches(me, count, mode, plan, state, source, targets, order, update, batch_size, loss, images):
    """Visit all batches; return early if another thread failed."""
    n_visited, penalized = order.size, update.l2 > 0 or update.l1 > 0
    phase, step = 0, update.step
    for start in range(0, n_visited, batch_size):
        end = min(start + batch_size, n_visited)
        rate, batch_loss = step_size(update, step + 1), 0.0
        total = weight_sum(targets, order, start, end)
        inverse = 1.0 / total if total > 0 else 0.0
        for first in range(start, end, plan.batch):
            m = min(plan.batch, end - first)
            lo, hi = share(me, count, m, plan.lanes)
            scratch = vector(state.work, plan.patches + lo // plan.lanes * plan.n_patches, plan.n_patches)
            for row in range(lo, hi, plan.block):
                stop = min(row + plan.block, hi)
                gather_rows(plan, state, source, order, first, row, stop)
                forward(plan, state, update, step, first - start, row, stop, scratch, images)
                output_loss(plan, state, targets, order, first, row, stop, inverse)
                if mode != Mode.EVALUATE:
                    backward(plan, state, update, row, stop, scratch, images)
            phase = barrier_wait(state.barrier, count, phase)
            if phase < 0:
                return
            if me == 0:
                for i in range(m):
                    batch_loss += state.row_losses[i]
            part = (m, first == start, first + m == end)
            if mode != Mode.EVALUATE or (penalized and part[2]):
                strips(me, count, mode, plan, state, update, rate, part, inverse, images)
            if mode == Mode.TRAIN and update.clip_norm > 0 and part[2]:
                phase = barrier_wait(state.barrier, count, phase)
                if phase < 0:
                    return
                apply_clipped(me, count, plan, state, update, rate)
            phase = barrier_wait(state.barrier, count, phase)
            if phase < 0:
                return
        step += 1
        if me == 0:
            if penalized:
                for i in range(plan.n_strips):
                    batch_loss += state.partials[0, i]
            loss[0] += batch_loss * (end - start) / n_visited


@inline
def share(me, count, m, lanes):
    """First and last row (exclusive) of a thread's share of m rows, in whole vectors."""
    blocks = (m + lanes - 1) // lanes
    return min(m, blocks * me // count * lanes), min(m, blocks * (me + 1) // count * lanes)
