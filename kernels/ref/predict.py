"""Applies a network to rows: their outputs, nothing else."""

from typing import NamedTuple

import numpy as np

from ..contract import Col, RowKind, Update
from . import engine, gather, losses


class Memory(NamedTuple):
    """What the forward pass reads and writes of a `State`."""

    params: np.ndarray
    work: np.ndarray


def run(plan, params, work, rows, out, n_threads=1, check=False):
    """Write the outputs of all rows, after the output activation.

    Parameters
    ----------
    plan : Plan
    params : ndarray of shape (n_params,)
        Not changed.
    work : ndarray of shape (n_work,)
        Scratch memory, zero at first; for one call at a time.
    rows : Rows
        As wide as the network's input.
    out : ndarray of shape (n_rows, n_outputs)
        Overwritten.
    n_threads : int
        Not used: the reference runs on one thread.
    check : bool
        Whether to look for NaN and infinity in the rows, if they are C-ordered floats.

    Returns
    -------
    finite : bool
        False if there are some: `out` is of no use then.
    """
    if check and rows.kind == RowKind.DENSE and not gather.all_finite(rows.data):
        return False
    first, last, memory = plan.table[0], plan.table[-1], Memory(params, work)
    for start in range(0, rows.n_rows, plan.batch):
        visited = np.arange(start, min(start + plan.batch, rows.n_rows))
        m = len(visited)
        engine.gather_rows(rows, visited, _matrix(work, plan.input, m, first[Col.LD_K]))
        engine.forward(plan, memory, m, Update(), 0)
        z = _matrix(work, last[Col.A], m, last[Col.LD_N])
        losses.output_activation(plan.loss, last[Col.N], z, out[start : start + m])
    return True


def _matrix(work, offset, m, ld):
    """The first m rows of a matrix of the workspace."""
    return work[offset : offset + m * ld].reshape(m, ld)
