"""A process that is timed, and its end."""

import pytest

from bench import worker as module
from bench.cells import make_cell
from bench.worker import Worker, WorkerError, on_demand

CELL = make_cell((8,), 16, features=4)._replace(rows=64)


def start(*words):
    return Worker("bench.peers", "sklearn", "--in-turn", *CELL.words, *words)


def test_a_worker_answers_as_often_as_asked():
    with start() as worker:
        assert float(worker.greeting) > 0
        assert all(worker.ask() > 0 for _ in range(3))
        process = worker.process
        assert process.poll() is None
    assert process.poll() == 0


def test_a_worker_that_cannot_start(capfd):
    with pytest.raises(WorkerError, match=r"bench\.peers sklearn .*--task nonsense ended with status 2"):
        start("--task", "nonsense")
    assert "invalid choice: 'nonsense'" in capfd.readouterr().err


def test_a_worker_that_ends():
    with start() as worker:
        worker.process.kill()
        worker.process.wait()
        with pytest.raises(WorkerError, match="ended with status"):
            worker.ask()


def test_a_worker_that_hangs(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    with pytest.raises(WorkerError, match="ended with status"):
        start()


def test_a_worker_on_demand_is_started_once_and_again_when_it_ended():
    started = []

    def count():
        started.append(start())
        return started[-1]

    with on_demand(count) as get:
        assert started == []
        first = get()
        assert get() is first
        first.process.kill()
        first.process.wait()
        assert get() is not first
        assert len(started) == 2
    assert started[-1].process.poll() == 0
