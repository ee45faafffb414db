"""Threads that run the same program, and where they wait for each other."""

import signal
import sys
import threading
from contextlib import contextmanager

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


@contextmanager
def interrupts_held(only_default=False):
    """Ctrl-C waits until the block ends: nowhere inside may it leave threads behind that wait for each other.

    Nothing is lost by waiting, as compiled code does not hear it anyway.

    Parameters
    ----------
    only_default : bool
        Leave a handler alone that is not Python's own: its owner knows what to do.
    """
    heard = signal.getsignal(signal.SIGINT)
    elsewhere = threading.current_thread() is not threading.main_thread()
    if elsewhere or not callable(heard) or (only_default and heard is not signal.default_int_handler):
        yield
        return
    held = []
    signal.signal(signal.SIGINT, lambda *event: held.append(event))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)
        if held:
            heard(*held[0])


def run_on_threads(program, count, barrier, kept, *args):
    """Call `program(me, count, *args)` on `count` threads, the caller's being number 0.

    An exception in one thread calls the run off: the others return at their next meeting, and it is raised
    again when they have.  Ctrl-C is heard at the end.

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
    with interrupts_held():
        try:
            for thread in others:
                thread.start()
            work(0)
        except BaseException as error:  # the system has no more threads, or a signal's handler raised
            barrier[STOP] = 1
            failures.append(error)
        for thread in others:
            if thread.ident is not None:
                thread.join()
    if failures:
        raise failures[0]
