"""Applies a network to rows: their outputs, nothing else."""

from typing import NamedTuple

import numpy as np

from ..contract import Col, RowKind, Update
from . import engine, gather, losses


class Memory(NamedTuple):
    """What the forward pass reads and writes of a `State`."""

    params: np.ndarray
    work: np.ndarray


IMAGES_SHARE_MEMORY = False


def rows_at_once(one, most):
    """Rows to work on at a time.

    Parameters
    ----------
    one : Plan
        Of the network, for one row.
    most : int
        What suits the processor's cache.
    """
    return most


def useful_threads(plan, n_rows, limit):
    """Threads with which `run` is estimated to be fastest, each with memory of its own: here always one.

    Parameters
    ----------
    plan : Plan
    n_rows : int
    limit : callable
        limit() -> int, the most threads; asking takes longer than a few rows do.
    """
    return 1


def run(plan, params, work, rows, out, check=False):
    """Write the outputs of all rows, after the output activation.

    Parameters
    ----------
    plan : Plan
    params : ndarray of shape (n_params,)
        Not changed.
    work : ndarray of shape (n_threads, n_work)
        Scratch memory of each thread that shall run, zero at first; for one call at a time.
    rows : Rows
        As wide as the network's input.
    out : ndarray of shape (n_rows, n_outputs)
        Overwritten.
    check : bool
        Whether to look for NaN and infinity in the rows, if they are C-ordered floats.

    Returns
    -------
    finite : bool
        False if there are some: `out` is of no use then.
    """
    if check and rows.kind == RowKind.DENSE and not gather.all_finite(rows.data):
        return False
    first, last, memory = plan.table[0], plan.table[-1], Memory(params, work[0])
    for start in range(0, rows.n_rows, plan.batch):
        visited = np.arange(start, min(start + plan.batch, rows.n_rows))
        m = len(visited)
        engine.gather_rows(rows, visited, _matrix(work[0], plan.input, m, first[Col.LD_K]))
        engine.forward(plan, memory, m, Update(), 0)
        z = _matrix(work[0], last[Col.A], m, last[Col.LD_N])
        losses.output_activation(plan.loss, out.shape[1], z, out[start : start + m])
    return True


def _matrix(work, offset, m, ld):
    """The first m rows of a matrix of the workspace."""
    return work[offset : offset + m * ld].reshape(m, ld)
