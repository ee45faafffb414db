"""Seconds per training epoch against other libraries, in turn, each in a process of its own.

    python -m pytest bench/test_training.py           # MNIST's shape, one and two threads
    python -m pytest bench/test_training.py --grid    # all networks and batches, three quarters of an hour

A peer that is not installed, or that fails, is shown as such in its cell.
"""

from importlib.util import find_spec

import pytest

from .cells import GRID, MNIST, threads_text
from .limits import limit_gflops
from .machine import cores
from .peers import PEERS
from .tables import TRAINING
from .turns import affordable, in_turn
from .worker import Worker, WorkerError, on_demand

BUDGET = 3.0  # seconds for the rounds of a pair, where three rounds are less
SHORT = [(MNIST, 1), (MNIST, 2)]


def pytest_generate_tests(metafunc):
    grid = metafunc.config.getoption("grid")
    workloads = [(cell, threads) for threads in (1, 2) for cell in GRID] if grid else SHORT
    metafunc.parametrize(
        "workload",
        [
            pytest.param(
                (cell, threads),
                id=f"{cell}, {threads_text(threads)}",
                marks=[pytest.mark.short] * ((cell, threads) == SHORT[0]),
            )
            for cell, threads in workloads
        ],
        indirect=True,
        scope="module",
    )


@pytest.fixture(scope="module")
def workload(request, quick):
    cell, threads = request.param
    if len(cores()) < threads:
        pytest.skip(f"{threads} threads need as many cores.")
    return cell.shorter() if quick else cell, threads


@pytest.fixture(scope="module")
def ours(workload):
    """`ours()` returns fastmlp at work on the cell, the same process for all peers."""
    with on_demand(lambda: start("fastmlp", *workload)) as get:
        yield get


def start(library, cell, threads):
    return Worker("bench.peers", library, "--in-turn", *cell.words, threads=threads)


@pytest.mark.parametrize("peer", PEERS)
def test_epoch(peer, workload, ours, benchmark, result, at_most):
    cell, threads = workload
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
                benchmark, rounds, peer=other.ask, fastmlp=fastmlp.ask, limit=lambda: limit_gflops(threads)
            )
    except WorkerError as error:
        result(TRAINING, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    turns["gflops"] = [cell.flops / seconds / 1e9 for seconds in turns["fastmlp"]]
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
