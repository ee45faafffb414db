"""Networks for images against PyTorch, in turn, each library in a process of its own.

Forward passes of the published networks behind `fastmlp.features`, and the training of a small one.
"""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from .cells import threads_text
from .image_networks import CELLS, PEERS, flops
from .limits import limit_gflops
from .machine import cores
from .tables import IMAGES
from .turns import in_turn
from .worker import Worker, WorkerError, on_demand

ROUNDS = 7


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((cell, threads), id=f"{cell}, {threads_text(threads)}")
        for cell in CELLS.values()
        for threads in (1, 2)
    ],
)
def workload(request, quick):
    cell, threads = request.param
    if len(cores()) < threads:
        pytest.skip(f"{threads} threads need as many cores.")
    return cell.shorter() if quick else cell, threads


@pytest.fixture(scope="module")
def ours(workload):
    """`ours()` returns fastmlp at work on the cell, the same process for both peers."""
    with on_demand(lambda: start("fastmlp", *workload)) as get:
        yield get


def start(library, cell, threads):
    return Worker("bench.image_networks", library, cell.network, "--rows", cell.rows, threads=threads)


@pytest.mark.parametrize("peer", PEERS)
def test_network(peer, workload, ours, benchmark, result, at_most):
    cell, threads = workload
    named = {"cell": str(cell), "threads": threads, "rows": cell.rows, "peer": peer}
    if find_spec("torch") is None:
        result(IMAGES, **named, missing="not installed")
        pytest.skip("torch is not installed; python -m pip install -e '.[bench]'")
    try:
        fastmlp = ours()
        with start(peer, cell, threads) as other:
            theirs, own = (np.array(json.loads(worker.greeting)) for worker in (other, fastmlp))
            np.testing.assert_allclose(theirs, own, rtol=0, atol=1e-4 * np.abs(own).max(initial=0))
            turns = in_turn(
                benchmark,
                at_most(ROUNDS),
                peer=other.ask,
                fastmlp=fastmlp.ask,
                limit=lambda: limit_gflops(threads),
            )
    except WorkerError as error:
        result(IMAGES, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    turns["gflops"] = [flops(cell) / seconds / 1e9 for seconds in turns["fastmlp"]]
    result(
        IMAGES,
        **named,
        seconds=turns.median("fastmlp"),
        peer_seconds=turns.median("peer"),
        ratio=turns.ratio("peer", "fastmlp"),
        gflops=turns.median("gflops"),
        limit_gflops=turns.median("limit"),
        share_of_limit=turns.ratio("gflops", "limit"),
    )
