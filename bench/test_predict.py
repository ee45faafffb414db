"""Time of a prediction against other libraries, in turn, each in a process of its own."""

import json

import numpy as np
import pytest

from .cells import Cell, threads_text
from .limits import limit_gflops
from .machine import cores
from .predictors import PEERS, missing
from .tables import PREDICTION
from .turns import in_turn
from .worker import Worker, WorkerError, on_demand

ROUNDS = 7
#: (hidden, rows, threads): a few rows do not occupy a second thread.
WORKLOADS = [
    (hidden, rows, threads)
    for hidden in ((64, 64), (256, 128, 64))
    for rows, threads in ((1, 1), (100, 1), (10_000, 1), (10_000, 2))
]
SHORT = [((256, 128, 64), 1, 1), ((256, 128, 64), 10_000, 1)]


def name_of(hidden, rows):
    return f"{Cell(hidden, 0, rows).network}, {rows:,} {'row' if rows == 1 else 'rows'}"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            (hidden, rows, threads),
            id=f"{name_of(hidden, rows)}, {threads_text(threads)}",
            marks=[pytest.mark.short] * ((hidden, rows, threads) in SHORT),
        )
        for hidden, rows, threads in WORKLOADS
    ],
)
def workload(request):
    if len(cores()) < request.param[-1]:
        pytest.skip(f"{request.param[-1]} threads need as many cores.")
    return request.param


def start(library, hidden, rows, threads):
    return Worker("bench.predictors", library, *Cell(hidden, 128, rows).words, threads=threads)


@pytest.fixture(scope="module")
def ours(workload):
    """`ours()` returns fastmlp at work, the same process for all peers."""
    with on_demand(lambda: start("fastmlp", *workload)) as get:
        yield get


@pytest.mark.parametrize("peer", PEERS)
def test_predict(peer, workload, ours, benchmark, result, at_most):
    hidden, rows, threads = workload
    named = {"cell": name_of(hidden, rows), "threads": threads, "peer": peer}
    if missing(peer):
        result(PREDICTION, **named, missing="not installed")
        pytest.skip(f"{missing(peer)[0]} is not installed; python -m pip install -e '.[bench]'")
    try:
        fastmlp = ours()
        with start(peer, *workload) as other:
            np.testing.assert_allclose(
                json.loads(other.greeting), json.loads(fastmlp.greeting), rtol=1e-3, atol=1e-6
            )
            turns = in_turn(
                benchmark,
                at_most(ROUNDS),
                peer=other.ask,
                fastmlp=fastmlp.ask,
                limit=lambda: limit_gflops(threads),
            )
    except WorkerError as error:
        result(PREDICTION, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    result(
        PREDICTION,
        **named,
        seconds=turns.median("fastmlp"),
        peer_seconds=turns.median("peer"),
        ratio=turns.ratio("peer", "fastmlp"),
        limit_gflops=turns.median("limit"),
    )
