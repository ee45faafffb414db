"""Threads that run the same program, and where they wait for each other."""

import os
import signal
import sys
import threading
from contextlib import contextmanager

import numpy as np
from numba import types

from ..contract import BARRIER
from .intrinsics import address, fetch_add, fetch_or, load_acquire, move_to
from .jit import inline

#: Elements of the barrier, in cache lines of their own: threads that have arrived, whether to stop,
#: processors that a thread is on, and those that may be used; one bit each.
ARRIVED, STOP, TAKEN, ALLOWED = 0, 8, 16, 32
WORDS = BARRIER - ALLOWED  # of 64 processors each
LINUX = sys.platform.startswith("linux")
SPINS = 20_000  # looks, a few microseconds, before the processor is offered to others

_yield_processor = types.ExternalFunction(
    "SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32()
)
_processor = types.ExternalFunction("sched_getcpu", types.int32())
_set_affinity = types.ExternalFunction("sched_setaffinity", types.int32(types.int32, types.intp, types.intp))


@inline
def settle(barrier, me, count):
    """Move to a processor of one's own, if another thread of the run is on the same; nowhere but on Linux.

    Threads that hand the GIL to each other are woken on the same processor, and would share it for
    milliseconds.  The first one lets the others come forward, and they leave.  This is no more than a start:
    the system may move them later.
    """
    if LINUX and count > 1:
        processor = _processor()
        if 0 <= processor < 64 * WORDS and _taken(barrier, processor):
            for other in range(64 * WORDS):
                allowed = barrier[ALLOWED + other // 64] >> (other % 64) & 1
                if allowed != 0 and not _taken(barrier, other):
                    move_to(other)
                    _set_affinity(0, 8 * WORDS, address(barrier, ALLOWED))
                    break
        if me == 0:
            for _ in range(1, count):
                _yield_processor()


@inline
def _taken(barrier, processor):
    """Take a processor; whether another thread had it before."""
    bit = 1 << (processor % 64)
    return fetch_or(barrier, TAKEN + processor // 64, bit) & bit != 0


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
    if LINUX:
        for processor in os.sched_getaffinity(0):
            if processor < 64 * WORDS:
                barrier[ALLOWED + processor // 64] |= np.int64(1) << np.int64(processor % 64)
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
