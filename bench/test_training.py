"""Seconds per training epoch against other libraries, in turn, each in a process of its own.

python -m pytest bench/test_training.py           # MNIST's shape, one and two threads
python -m pytest bench/test_training.py --grid    # all networks and batches, three quarters of an hour
"""

from importlib.util import find_spec

import pytest

from .cells import GRID, MNIST
from .limits import fma_rate
from .machine import cores, pinned
from .peers import PEERS
from .tables import TRAINING
from .turns import affordable, in_turn
from .worker import Worker, WorkerError

BUDGET = 4.0  # seconds for the rounds of a pair, where three rounds are less
SHORT = [(MNIST, 1), (MNIST, 2)]


def pytest_generate_tests(metafunc):
    grid = metafunc.config.getoption("grid")
    cells = [(cell, threads) for threads in (1, 2) for cell in GRID] if grid else SHORT
    metafunc.parametrize(
        ("cell", "threads"),
        [
            pytest.param(*pair, marks=[pytest.mark.short] if pair == SHORT[0] else [], id=_id(*pair))
            for pair in cells
        ],
        scope="module",
    )


def _id(cell, threads):
    return f"{cell}-{threads}".replace(" batch ", "-b")


@pytest.fixture(scope="module")
def ours(cell, threads, quick):
    """`ours()` returns fastmlp at work on the cell, started once for all peers unless it ended."""
    started = []

    def get():
        if not started:
            started.append(start("fastmlp", cell.shorter() if quick else cell, threads))
        return started[0]

    yield get
    for worker in started:
        worker.close()


def start(library, cell, threads):
    return Worker("bench.peers", library, "--in-turn", *cell.words, threads=threads)


@pytest.mark.parametrize("peer", PEERS)
def test_epoch(peer, cell, threads, ours, benchmark, result, quick, at_most):
    if len(cores()) < threads:
        pytest.skip(f"{threads} threads need as many cores.")
    cell = cell.shorter() if quick else cell
    named = {"cell": str(cell), "threads": threads, "rows": cell.rows, "peer": peer}
    if find_spec(PEERS[peer]) is None:
        result(TRAINING, **named, missing="not installed")
        pytest.skip(f"{PEERS[peer]} is not installed; python -m pip install -e '.[bench]'")
    try:
        fastmlp = ours()
        with start(peer, cell, threads) as other:
            seconds = float(fastmlp.greeting) + float(other.greeting)
            rounds = at_most(affordable(seconds, BUDGET, least=3, most=7))
            turns = in_turn(
                benchmark, rounds, peer=other.ask, fastmlp=fastmlp.ask, limit=lambda: limit(threads)
            )
    except WorkerError:
        result(TRAINING, **named, missing="failed")
        raise
    gflops = [cell.flops / seconds / 1e9 for seconds in turns["fastmlp"]]
    turns["gflops"] = gflops
    result(
        TRAINING,
        **named,
        seconds=turns.median("fastmlp"),
        peer_seconds=turns.median("peer"),
        ratio=turns.ratio("peer", "fastmlp"),
        gflops=turns.median("gflops"),
        limit_gflops=turns.median("limit"),
        share_of_limit=turns.ratio("gflops", "limit"),
    )


def limit(threads):
    """Most GFLOP/s of so many cores, as measured on one."""
    with pinned(1):
        return threads * fma_rate("float32", rounds=10) / 1e9
