"""Applies a network to rows: their outputs, nothing else.

Rows that are not on the device stream through it: while it works on one piece of them, the next one is copied
into page-locked memory and from there to the device.
"""

from collections import deque
from contextlib import ExitStack

import numpy as np

from ..contract import RowKind
from . import gather, passes
from .device import SIMULATED, cuda, processors
from .launches import Arithmetic
from .memory import Clock, DeviceRows, even_parts, on_device, reserve, residence_of, rows_within, upload
from .replay import carry_out, end_stream, new_stream

IMAGES_SHARE_MEMORY = False
WORK = 1 << 28  # bytes of work memory, of which there are two
PIECE = 256 if SIMULATED else 1 << 26  # bytes of rows that are copied at a time
LANES = 2  # pieces on their way
NOTHING_YET, NOTHING_ODD = np.zeros(2, np.int64), np.zeros(1, np.int32)


def rows_at_once(one, most):
    """Rows to work on at a time."""
    return rows_within(one, WORK)


def useful_threads(plan, n_rows, limit):
    """Threads of the processor that need memory of their own: none."""
    return 0


def run(plan, params, work, rows, out, check=False):
    """Write the outputs of all rows; see the reference's `run`."""
    if rows.n_rows == 0:
        return True
    pieces = [rows] if residence_of(rows) else list(_pieces(rows, plan.batch))
    weights, check = upload(np.array(params)), check and rows.kind == RowKind.DENSE
    started, first, finite = deque(), 0, True
    with ExitStack() as ends:
        lanes = []
        for _ in pieces[:LANES]:
            stream = new_stream()
            ends.callback(end_stream, stream)
            lanes.append(_Lane(plan, weights, pieces, out.shape[1], check, stream))
        for piece in pieces:
            if not lanes:
                finite &= started[0].finish()
                lanes.append(started.popleft())
            started.append(lanes.pop())
            started[-1].start(piece, out[first : first + piece.n_rows])
            first += piece.n_rows
        return all([lane.finish() for lane in started]) and finite


def _pieces(rows, batch):
    """Cut Rows into some of `PIECE` bytes, or a bit more: whole batches."""
    sparse = rows.kind >= RowKind.CSR32
    n_bytes = rows.data.nbytes + (rows.indices.nbytes if sparse else 0)
    count = max(1, PIECE * rows.n_rows // max(1, n_bytes) // batch) * batch
    for first in range(0, rows.n_rows, count):
        last = min(first + count, rows.n_rows)
        if not sparse:
            yield rows._replace(data=rows.data[first:last], n_rows=last - first)
            continue
        start, end = rows.indptr[first], rows.indptr[last]
        yield rows._replace(
            data=rows.data[start:end],
            indices=rows.indices[start:end],
            indptr=rows.indptr[first : last + 1] - start,
            n_rows=last - first,
        )


class _Room:
    """Memory of the host, page-locked where copies go on beside the work, and as much of the device."""

    def __init__(self, size, dtype, pinned):
        make = cuda.pinned_array if pinned else np.empty
        self.here, self.there = make(max(1, size), dtype), reserve(max(1, size), dtype)

    def upload(self, array, stream):
        """Copy an array to the device; return it there, of the same shape, or one element of nothing."""
        if array.size == 0:
            return self.there[:1].reshape((1,) * array.ndim)
        here, there = self.here[: array.size], self.there[: array.size]
        here.reshape(array.shape)[...] = array
        there.copy_to_device(here, stream=stream)
        return there.reshape(array.shape)


class _Lane:
    """Memory for a piece, and the stream on which it is worked on."""

    def __init__(self, plan, weights, pieces, n_outputs, check, stream):
        self.plan, self.weights, self.check = plan, weights, check
        self.how = Arithmetic(weights.dtype, plan.precision, processors())
        self.stream, pinned = stream, len(pieces) > 1
        n_rows = max(piece.n_rows for piece in pieces)
        self.work = reserve(plan.n_work, weights.dtype)
        self.now, self.order = reserve(2, np.int64), upload(np.arange(n_rows))
        self.unused, self.odd = reserve(1, np.float64), reserve(1, np.int32)
        self.result = _Room(n_rows * n_outputs, weights.dtype, pinned)
        self.rooms = None
        if residence_of(pieces[0]) is None:
            arrays = zip(*(piece[1:4] for piece in pieces), strict=True)  # data, indices, indptr
            self.rooms = [_Room(max(each.size for each in some), some[0].dtype, pinned) for some in arrays]

    def start(self, piece, out):
        """Let the device work on a piece, whose outputs will be `out`."""
        source, m = self._source(piece), even_parts(piece.n_rows, self.plan.batch)
        clock = Clock(self.now, self.order, *[self.unused] * 4, piece.n_rows, m)
        for there, zeros in ((self.now, NOTHING_YET), (self.odd, NOTHING_ODD)):
            there.copy_to_device(zeros, stream=self.stream)
        if self.check:
            carry_out([gather.look(source.data, self.odd)], self.stream)
        result = self.result.there[: out.size].reshape(out.shape)
        launches = [
            passes.gather(self.plan, m, self.work, clock, source, 0),
            *passes.forward(self.plan, m, self.work, self.weights, clock, 0, self.how),
            passes.outputs(self.plan, m, self.work, clock, result),
            passes.tick(clock, self.work.dtype),
        ]
        for _ in range(0, piece.n_rows, m):
            carry_out(launches, self.stream)
        self.result.there[: out.size].copy_to_host(self.result.here[: out.size], stream=self.stream)
        self.out = out

    def _source(self, piece):
        """The piece on the device, DeviceRows."""
        if self.rooms is None:
            return on_device(piece)
        arrays = zip(self.rooms, piece[1:4], strict=True)
        data, indices, indptr = (room.upload(array, self.stream) for room, array in arrays)
        return DeviceRows(int(piece.kind), data, indices, indptr, float(piece.scale), int(piece.n_columns))

    def finish(self):
        """Wait for the outputs; return whether the numbers, if they were looked through, are finite."""
        odd = self.odd.copy_to_host(stream=self.stream)
        self.stream.synchronize()
        self.out[...] = self.result.here[: self.out.size].reshape(self.out.shape)
        return odd[0] == 0
