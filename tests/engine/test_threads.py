"""Threads meet, stop and end together, whatever happens to one of them."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from fastmlp.kernels.cpu import engine, ready, threads
from fastmlp.layers import Dense

from .networks import LABEL_LOSS, make_network, problem
from .test_engine import UPDATES, train


@pytest.fixture
def all_threads(monkeypatch):
    """As many threads as are allowed, however little there is to do."""
    monkeypatch.setattr(engine, "useful_threads", lambda mode, plan, n, batch, limit: limit)


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


def test_no_more_threads(all_threads, monkeypatch):
    network, rows, targets = network_and_data(4)
    train(network, rows, targets, UPDATES["adam"], batch_size=100, n_epochs=1)
    started = []

    class Thread(threading.Thread):
        def start(self):
            if len(started) == 2:
                raise RuntimeError("can't start new thread")
            started.append(self)
            super().start()

    monkeypatch.setattr(threads.threading, "Thread", Thread)
    before = network.params.copy()
    with pytest.raises(RuntimeError, match="can't start new thread"):
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
