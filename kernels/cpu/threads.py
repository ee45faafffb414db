"""Threads that run the same program, and where they wait for each other."""

import sys
import threading

from numba import types

from .intrinsics import fetch_add, load_acquire
from .jit import inline

ARRIVED, STOP = 0, 8  # elements of the barrier, a cache line apart
SPINS = 20_000  # looks, a few microseconds, before the processor is offered to others

_yield_processor = types.ExternalFunction(
    "SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32()
)


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
        One more, or -1 if the run was called off: the caller must return then.
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


def run_on_threads(program, count, barrier, kept, *args):
    """Call `program(me, count, *args)` on `count` threads, the caller's being number 0.

    Whatever is raised in one thread, Ctrl-C in the caller's included, calls the run off: the others return at
    their next meeting, and it is raised again when they have.  (A thread whose very start was interrupted
    may return a moment later; it touches nothing but `args` and `kept`.)

    Parameters
    ----------
    program : callable
        Compiled without the GIL; all its meetings are `barrier_wait` on `barrier`.
    count : int
        Threads.
    barrier : ndarray of int64
        Reset here.
    kept : object
        Kept alive while a thread runs: what `args` hold by address only.

    Raises
    ------
    RuntimeError
        If the system starts no more threads.
    """
    barrier[:] = 0
    failures = []

    def work(me, _kept=kept):
        try:
            program(me, count, *args)
        except BaseException as error:
            barrier[STOP] = 1
            failures.append(error)

    others = [threading.Thread(target=work, args=(me,)) for me in range(1, count)]
    try:
        for thread in others:
            thread.start()
        program(0, count, *args)
    except BaseException as error:  # no more threads, or Ctrl-C
        barrier[STOP] = 1
        failures.append(error)
    for thread in others:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt as error:  # the thread is about to return: wait for it all the same
                failures.append(error)
    if failures:
        raise failures[0]
