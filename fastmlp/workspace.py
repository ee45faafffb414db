"""The only allocator of a training run."""

import numpy as np

from .kernels.contract import BARRIER, STRIP, Col, State

LINE = 64  # bytes: vectors are loaded fastest from addresses that are multiples of it


def aligned_zeros(shape, dtype):
    """`numpy.zeros` whose data start on a cache line.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : dtype

    Returns
    -------
    ndarray, C-ordered
    """
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    raw = np.zeros(count * dtype.itemsize + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + count * dtype.itemsize].view(dtype).reshape(shape)


def aligned_copy(array):
    """A copy of the array whose data start on a cache line."""
    copy = aligned_zeros(array.shape, array.dtype)
    copy[:] = array
    return copy


def make_state(plan, params, n_threads):
    """Allocate everything that a run of the plan writes to, but gradients and optimizer memory.

    Parameters
    ----------
    plan : Plan
    params : ndarray of shape (n_params,)
        Used as it is.
    n_threads : int
        The most threads that will run it: each has a strip of its own, as far as there are strips.

    Returns
    -------
    State
        `grads` and the slots are empty.
    """
    widest = int(plan.table[:, Col.LD_W].max())
    nothing = np.empty(0, params.dtype)
    return State(
        params=params,
        grads=nothing,
        slot_0=nothing,
        slot_1=nothing,
        work=aligned_zeros(plan.n_work, params.dtype),
        strips=aligned_zeros((min(n_threads, plan.n_strips), STRIP * widest), params.dtype),
        labels=np.zeros(plan.batch, np.int64),
        row_weights=np.zeros(plan.batch),
        row_losses=np.zeros(plan.batch),
        partials=np.zeros((2, plan.n_strips)),
        barrier=aligned_zeros(BARRIER, np.int64),
    )
