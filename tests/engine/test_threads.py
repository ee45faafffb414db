"""Threads meet, stop and end together, whatever happens to one of them."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from numba import njit

from fastmlp.forward import Forward
from fastmlp.kernels.contract import BARRIER
from fastmlp.kernels.cpu import engine, predict, ready, threads
from fastmlp.kernels.cpu.jit import FLAGS
from fastmlp.kernels.cpu.source import source_fields
from fastmlp.layers import Dense
from fastmlp.rows import as_rows
from fastmlp.workspace import aligned_zeros

from .networks import LABEL_LOSS, make_network, problem
from .training import UPDATES, train


def network_and_data(n_threads):
    rows, targets = problem(300, 19, 3, LABEL_LOSS)
    network = make_network([Dense(32)], 19, 3, LABEL_LOSS, device="cpu", n_threads=n_threads)
    return network, rows, targets


def test_an_exception_in_one_thread_is_raised_when_all_have_stopped(all_threads, monkeypatch):
    network, rows, targets = network_and_data(3)
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    program = engine.program

    def failing(me, *args):
        if me == 2:
            raise FloatingPointError("thread 2")
        program(me, *args)

    monkeypatch.setattr(engine, "program", failing)
    before = network.params.copy()
    with pytest.raises(FloatingPointError, match="thread 2"):
        train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    assert threading.active_count() == 1
    np.testing.assert_array_equal(network.params, before)
    monkeypatch.undo()
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    assert not np.array_equal(network.params, before)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("can't start new thread"), SystemExit("the handler of a signal that arrived meanwhile")],
    ids=["no more threads", "a signal"],
)
def test_trouble_while_threads_are_started(error, all_threads, monkeypatch):
    network, rows, targets = network_and_data(4)
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    started = []

    class Thread(threading.Thread):
        def start(self):
            if len(started) == 2:
                raise error
            started.append(self)
            super().start()

    monkeypatch.setattr(threads.threading, "Thread", Thread)
    before = network.params.copy()
    with pytest.raises(type(error), match=str(error)):
        train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    assert len(started) == 2
    assert not any(thread.is_alive() for thread in started)
    np.testing.assert_array_equal(network.params, before)


@pytest.mark.skipif(os.name == "nt", reason="a process cannot send itself SIGINT on Windows")
def test_interrupts_at_any_moment_leave_no_thread_behind():
    code = """
import os, random, signal, threading, time
import numpy as np
from fastmlp.kernels.cpu import engine
from tests.engine.test_threads import UPDATES, network_and_data
engine.useful_threads = lambda mode, plan, n, batch, limit: limit
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start without it
network, rows, targets = network_and_data(2)
update, draw, interrupted = UPDATES["adam"], random.Random(0), 0
network.train_epoch(rows, targets, np.arange(300), update, 20)

def pester(go):
    go.wait()
    time.sleep(draw.uniform(1e-5, 2e-3))
    os.kill(os.getpid(), signal.SIGINT)

for _ in range(200):
    go = threading.Event()
    thread = threading.Thread(target=pester, args=(go,))
    thread.start()
    try:
        go.set()
        while thread.is_alive():
            network.train_epoch(rows, targets, np.arange(300), update, 20)
            network.predict(rows)
        thread.join()
        time.sleep(1e-3)
    except KeyboardInterrupt:
        interrupted += 1
    thread.join()
    assert threading.active_count() == 1
assert interrupted > 100  # Python drops those that it hears in a weak reference's callback
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert np.isfinite(network.train_epoch(rows, targets, np.arange(300), update, 20))
print("ended")
"""
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.stdout == "ended\n", finished.stderr


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_an_ignored_interrupt_stays_ignored(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        with threads.interrupts_held():
            assert signal.getsignal(signal.SIGINT) == handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_more_threads_than_rows_reserve_no_memory():
    network, rows, targets = network_and_data(1_000_000)
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    plan, state = network._prepared[True]
    assert len(state.strips) == plan.n_strips


def test_a_handler_of_its_owner_is_left_alone():
    def handler(*event):
        raise AssertionError

    before = signal.signal(signal.SIGINT, handler)
    try:
        with threads.interrupts_held(only_default=True):
            assert signal.getsignal(signal.SIGINT) is handler
        with threads.interrupts_held():
            assert signal.getsignal(signal.SIGINT) is not handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="a process cannot send itself SIGINT on Windows")
def test_an_interrupt_while_compiling_ends_the_fit(monkeypatch):
    """The compiled code is whole, and the caller hears of the interrupt, not of an untrained network."""
    network, rows, targets = network_and_data(2)
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    program, calls = engine.program, []

    def compiling(*args):
        if not calls:
            os.kill(os.getpid(), signal.SIGINT)
        calls.append(args)
        program(*args)

    monkeypatch.setattr(engine, "program", compiling)
    monkeypatch.setattr(ready, "_ready", set())
    before, handler = network.params.copy(), signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert len(calls) == 1
    np.testing.assert_array_equal(network.params, before)


@pytest.mark.parametrize("n_rows", [200, 512, 528, 700])  # less than a part, whole parts, a short last part
def test_each_thread_of_a_prediction_keeps_to_its_rows_and_its_memory(n_rows):
    """They never wait for each other."""
    network, _, _ = network_and_data(1)
    plan, rows = Forward(network).plan, as_rows(np.ones((n_rows, network.n_inputs)), network.dtype)
    written = []
    for me in range(2):
        work, out = aligned_zeros((2, plan.n_work), network.dtype), np.empty((n_rows, network.n_outputs))
        work[:], out[:] = np.nan, np.nan
        predict.program(
            me, 2, *source_fields(rows), np.arange(n_rows), plan.table, plan.rates, plan.loss, plan.input,
            plan.lanes, plan.batch, plan.patches, plan.n_patches, network.params, work, out, 0,
            np.zeros(1, np.int64), np.zeros(BARRIER, np.int64), None,
        )  # fmt: skip
        assert np.isnan(work[1 - me]).all()
        assert not np.isnan(work[me]).all()
        written.append(~np.isnan(out).all(axis=1))
    np.testing.assert_array_equal(written[0], ~written[1])


needs_processors = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="threads move only on Linux, and only where there are two processors",
)


@pytest.fixture
def affinity():
    """The processors that this thread may use, restored at the end."""
    allowed = os.sched_getaffinity(0)
    yield allowed
    os.sched_setaffinity(0, allowed)


@njit(**FLAGS)
def settled(barrier, me, count):
    threads.settle(barrier, me, count)
    return threads._processor()


@needs_processors
def test_a_thread_leaves_a_processor_that_another_one_took(affinity):
    here, *others = sorted(affinity)
    barrier = np.zeros(BARRIER, np.int64)
    for processor in affinity:
        barrier[threads.ALLOWED + processor // 64] |= np.int64(1) << np.int64(processor % 64)
    settled(barrier.copy(), 1, 2)  # compiles
    os.sched_setaffinity(0, {here})
    assert settled(barrier, 1, len(affinity) + 1) == here  # the first to come stays
    assert os.sched_getaffinity(0) == {here}
    places = set()
    for _ in others:
        os.sched_setaffinity(0, {here})
        places.add(settled(barrier, 1, len(affinity) + 1))
        assert os.sched_getaffinity(0) == affinity  # free to move again
    assert places == set(others)
    os.sched_setaffinity(0, {here})
    assert settled(barrier, 1, len(affinity) + 1) == here  # no room left


@needs_processors
def test_runs_leave_the_processors_of_the_caller_as_they_are(all_threads, affinity):
    network, rows, targets = network_and_data(3)
    for allowed in (affinity, {min(affinity)}):
        os.sched_setaffinity(0, allowed)
        train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=3)
        network.predict(rows)
        assert os.sched_getaffinity(0) == allowed
