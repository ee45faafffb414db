"""Applies a network to rows: their outputs, nothing else."""

import numpy as np

from ..contract import RowKind
from . import gather, passes
from .device import processors
from .launches import Arithmetic
from .memory import Clock, on_device, upload
from .replay import carry_out

IMAGES_SHARE_MEMORY = False


def useful_threads(plan, n_rows, limit):
    """Threads with which `run` is estimated to be fastest: the GPU needs one of the processor's."""
    return 1


def run(plan, params, work, rows, out, check=False):
    """Write the outputs of all rows; see the reference's `run`."""
    if check and rows.kind == RowKind.DENSE and not gather.all_finite(rows.data):
        return False
    if rows.n_rows == 0:
        return True
    source = on_device(rows)
    now, order, unused = (upload(np.asarray(a)) for a in ([0, 0], np.arange(rows.n_rows), [1.0]))
    m = min(plan.batch, rows.n_rows)
    clock = Clock(now, order, unused, unused, unused, rows.n_rows, m)
    weights, memory = upload(np.array(params)), upload(np.zeros_like(work[0]))
    result = upload(np.zeros_like(out))
    how = Arithmetic(params.dtype, plan.precision, processors())
    launches = [
        passes.gather(plan, m, memory, clock, source, 0),
        *passes.forward(plan, m, memory, weights, clock, 0, how),
        passes.outputs(plan, m, memory, clock, result),
        passes.tick(clock, params.dtype),
    ]
    carry_out(launches, -(-rows.n_rows // m))
    out[...] = result.copy_to_host()
    return True
