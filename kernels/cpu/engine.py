"""Runs a plan: a whole epoch in one call without the GIL, the same program on every thread.

Each step has two halves.  In the first, every thread takes its rows of the batch from gathering to the
gradients with respect to z; in the second, strips of the weight gradients are made and applied, each by one
thread.  A barrier follows each half.  Every element has one owner and a fixed order of summation, so the
results are bit for bit the same at any number of threads.
"""

from typing import NamedTuple

import numpy as np
from numba.core import config

from ..contract import Mode, RowKind, Update
from .gemm import ACCUMULATE, OVERWRITE
from .jit import jit_program
from .passes import backward, forward, gather_rows, output_loss, predict, weight_sum
from .threads import barrier_wait, interrupts_held, run_on_threads
from .update import apply_clipped, strips

FUSED_UPDATE = True  # without clipping, strips of the gradient are applied as soon as they are made


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
    if config.DISABLE_JIT:
        raise RuntimeError(
            "device='cpu' runs compiled kernels, but NUMBA_DISABLE_JIT is set; unset it, or use device='ref'."
        )
    sparse = rows.kind in (RowKind.CSR32, RowKind.CSR64)
    strides = (0, 0) if sparse else rows.data.strides
    addresses = [array.ctypes.data for array in (rows.data, rows.indices, rows.indptr)]
    source = Source(
        int(rows.kind), addresses[0], *strides, *addresses[1:], rows.scale, rows.n_rows, rows.n_columns
    )
    # each field as the type of its default: another one would be compiled as another program
    update = Update(*(type(default)(value) for default, value in zip(Update(), update, strict=True)))
    if mode == Mode.GRADIENT and len(order) == 0:
        state.grads[:] = 0
    loss = np.zeros(1)
    threads = useful_threads(mode, plan, len(order), batch_size, n_threads)
    before, after = (int(mode), plan, state, source, targets), (update, batch_size, out, loss)
    if state.params.dtype not in _ready:  # compile or load it here, without rows
        with interrupts_held(only_default=True):  # a half-compiled function stays broken in this process
            program(0, 1, *before, order[:0], *after)
        _ready.add(state.params.dtype)
    run_on_threads(program, threads, state.barrier, rows, *before, order, *after)
    return loss[0]


_ready = set()  # dtypes whose program is in memory


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
            backward(plan, state, update, lo, hi)
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
            accumulate = ACCUMULATE if mode == Mode.GRADIENT and start > 0 else OVERWRITE
            strips(me, count, mode, plan, state, update, step, m, accumulate, inverse, with_penalty)
        if mode == Mode.TRAIN and update.clip_norm > 0:
            phase = barrier_wait(state.barrier, count, phase)
            if phase < 0:
                return
            apply_clipped(me, count, plan, state, update, step)
        phase = barrier_wait(state.barrier, count, phase)
        if phase < 0:
            return
        if me == 0:
            if with_penalty:
                for i in range(plan.n_strips):
                    batch_loss += state.partials[0, i]
            loss[0] += batch_loss * m / n_visited if mode == Mode.TRAIN else batch_loss
