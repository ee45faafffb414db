"""Threads that run the same program, and where they wait for each other."""

import threading

from numba import types

from .intrinsics import fetch_add, load_acquire
from .jit import inline

ARRIVED, STOP = 0, 8  # elements of the barrier, a cache line apart
SPINS = 20_000  # about 10 us of looking before the processor is offered to others

_yield_processor = types.ExternalFunction("sched_yield", types.int32())


@inline
def barrier_wait(barrier, count, phase):
    """Return when all `count` threads have called this for the same phase.

    Parameters
    ----------
    barrier : ndarray of int64
        Zero at the start.
    count : int
        Threads.
    phase : int
        How often this thread has waited before.

    Returns
    -------
    phase : int
        One more, or -1 if the run was called off.
    """
    if count == 1:
        return phase + 1
    fetch_add(barrier, ARRIVED, 1)
    spins = 0
    while load_acquire(barrier, ARRIVED) < (phase + 1) * count:
        if load_acquire(barrier, STOP) != 0:
            return -1
        spins += 1
        if spins > SPINS:
            _yield_processor()
    return phase + 1


def run_on_threads(program, count, barrier, *args):
    """Call `program(me, count, *args)` on `count` threads, the caller's being number 0.

    Parameters
    ----------
    program : callable
        Compiled without the GIL; all its meetings are `barrier_wait` on `barrier`.
    count : int
        Threads.
    barrier : ndarray of int64
        Reset here.

    Raises
    ------
    RuntimeError
        If the system starts no more threads; nothing has been updated then.
    """
    barrier[:] = 0
    others = [threading.Thread(target=program, args=(me, count, *args)) for me in range(1, count)]
    try:
        for thread in others:
            thread.start()
    except RuntimeError:
        barrier[STOP] = 1
        for thread in others:
            if thread.ident is not None:
                thread.join()
        raise
    program(0, count, *args)
    for thread in others:
        thread.join()
