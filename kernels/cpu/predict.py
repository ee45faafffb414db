"""Applies a network to rows: their outputs, nothing else.

A program apart from the engine's, because one row takes two microseconds, less than handing over the memory
of training would.  Its arguments are plain numbers and few arrays.
"""

from typing import NamedTuple

import numpy as np

from ..contract import BARRIER, Col, Layer, RowKind, Update
from .engine import FLOP_BYTES_PER_SECOND, START, share
from .gather import all_finite
from .intrinsics import flush_denormals, matrix_of, restore_rounding, start, vector
from .jit import inline, jit_program
from .passes import forward, gather_rows, predict
from .ready import make_ready
from .source import Source, source_fields
from .threads import run_on_threads, settle

IMAGES_SHARE_MEMORY = True  # see `fastmlp.plan.make_plan`
NO_DROPOUT = Update()
WORTH_ASKING = 10_000_000  # multiply-adds: fewer take no longer than starting a thread


class Layers(NamedTuple):
    """What the passes read of a `Plan`."""

    table: np.ndarray
    rates: np.ndarray
    loss: int
    input: int
    lanes: int


class Memory(NamedTuple):
    """What the passes read and write of a `State`."""

    params: np.ndarray
    work: np.ndarray


def rows_at_once(one, most):
    """Rows to work on at a time; see the reference's `rows_at_once`."""
    return most


def useful_threads(plan, n_rows, limit):
    """Threads with which `run` is estimated to be fastest; see the reference's `useful_threads`."""
    if n_rows * plan.multiply_adds < WORTH_ASKING:
        return 1
    seconds = 2 * n_rows * plan.multiply_adds * (64 // plan.lanes) / FLOP_BYTES_PER_SECOND
    shares = -(-n_rows // _together(plan.images or None, plan.lanes))
    return min(range(1, min(limit(), shares) + 1), key=lambda n: seconds / n + (n > 1) * n * START)


def run(plan, params, work, rows, out, check=False):
    """Write the outputs of all rows; see the reference's `run`."""
    spoiled, barrier = np.zeros(1, np.int64), np.zeros(BARRIER, np.int64)
    args = (
        *source_fields(rows), np.arange(rows.n_rows), plan.table, plan.rates, plan.loss, plan.input,
        plan.lanes, plan.batch, plan.patches, plan.n_patches, params, work, out, int(check), spoiled, barrier,
        plan.images or None,
    )  # fmt: skip
    make_ready(program, (params.dtype, plan.images), (1, 1, *args))  # a thread too many has no rows
    n_threads = len(work)
    if n_threads == 1:
        program(0, 1, *args)
    else:
        run_on_threads(program, n_threads, barrier, rows, *args)
    return spoiled[0] == 0


@jit_program
def program(
    me, count, kind, data, row_stride, column_stride, indices, indptr, scale, n_rows, n_columns, order,
    table, rates, loss, input_, lanes, batch, patches, n_patches, params, work, out, check, spoiled, barrier,
    images,
):  # fmt: skip
    """One thread's part of a run; sets `spoiled` if it finds what it has to check for."""
    settle(barrier, me, count)
    source = Source(kind, data, row_stride, column_stride, indices, indptr, scale, n_rows, n_columns)
    own = vector(work, me % work.shape[0] * work.shape[1], work.shape[1])
    plan, memory = Layers(table.copy(), rates, loss, input_, lanes), Memory(params, own)
    before = flush_denormals()
    in_place, scratch = _in_place(plan, memory, source), vector(own, patches, n_patches)
    lo, hi = share(me, count, n_rows, _together(images, lanes))
    for first in range(lo, hi, batch):
        m = min(batch, hi - first)
        if check and not _finite(source, memory, first, m):
            spoiled[0] = 1
        if in_place:
            _point_at(plan, memory, source, first)
        else:
            gather_rows(plan, memory, source, order, first, 0, m)
        forward(plan, memory, NO_DROPOUT, 0, 0, 0, m, scratch, images)
        predict(plan, memory, first, 0, m, out)
    restore_rounding(before)


@inline
def _together(images, lanes):
    """Rows that stay together when they are shared among threads."""
    return lanes if images is None else 1


@inline
def _finite(source, memory, first, m):
    """Whether m rows are finite numbers; while they are looked at, they come into the cache."""
    if source.kind != RowKind.DENSE:
        return True
    zero, k = memory.work.dtype.type(0), source.n_columns
    return all_finite(matrix_of(source.data + first * source.row_stride, zero, m, k))


@inline
def _in_place(plan, memory, source):
    """Whether the first layer can read the rows where they lie, which saves up to a fifth of the time."""
    for i in range(1, plan.table.shape[0]):
        if plan.table[i, Col.X] == plan.input:  # another branch reads them, too
            return False
    return (
        source.kind == RowKind.DENSE
        and source.scale == 1
        and source.data % memory.work.itemsize == 0
        and (plan.table[0, Col.KIND] == Layer.DENSE or plan.table[0, Col.KIND] == Layer.CONV)
    )


@inline
def _point_at(plan, memory, source, first):
    """Let the first layer read the rows from `first` on; its offset counts from the workspace."""
    distance = (source.data - start(memory.work)) // memory.work.itemsize
    plan.table[0, Col.X] = distance + first * source.n_columns
    plan.table[0, Col.LD_K] = source.n_columns
