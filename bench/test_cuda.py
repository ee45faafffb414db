"""Training on an NVIDIA GPU against other libraries, in turn, each in a process of its own; and MNIST.

    python -m pytest bench/test_cuda.py --benchmark-json=FILE

Without a GPU, everything here is skipped.  A peer that is not installed, that has no CUDA, or that fails, is
shown as such in its cell.
"""

import json

import pytest

from .cells import GPU, MOST_ROWS, Cell
from .cuda_limits import FMA, limit_of
from .cuda_mnist import SETTINGS, TARGET, load
from .cuda_peers import PEERS, PRECISIONS
from .gpu import lacks, why_not
from .machine import cores
from .tables import GPU_MNIST, GPU_TRAINING
from .turns import affordable, in_turn
from .worker import Worker, WorkerError, on_demand

BUDGET = 3.0  # seconds for the rounds of a pair, where five rounds are less
FITS = 5


@pytest.fixture(scope="module", autouse=True)
def _gpu():
    if reason := why_not():
        pytest.skip(reason)


def start(module, *words):
    """Start a process that may use every core: what feeds the GPU is not what is compared."""
    return Worker(f"bench.{module}", *words, threads=len(cores()))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((cell, precision), id=f"{cell}, {precision}") for precision in PRECISIONS for cell in GPU
    ],
)
def workload(request, quick):
    cell, precision = request.param
    return cell.shorter() if quick else cell, precision


@pytest.fixture(scope="module")
def ours(workload):
    """`ours()` returns fastmlp at work on the cell, the same process for all peers."""
    with on_demand(lambda: start_on("fastmlp", *workload)) as get:
        yield get


def start_on(library, cell, precision):
    return start("cuda_peers", library, *cell.words, "--precision", precision)


@pytest.fixture(scope="module")
def limit(workload):
    """Name of what the GPU can do in the precision, and a function that measures it."""
    name = limit_of(workload[1], bool(lacks("torch")))
    with on_demand(lambda: start("cuda_limits", name)) as get:
        yield name, lambda: get().ask()


@pytest.mark.parametrize("peer", PEERS)
def test_epoch(peer, workload, ours, limit, benchmark, result, at_most):
    (cell, precision), (limit, measure_limit) = workload, limit
    named = {"cell": str(cell), "precision": precision, "rows": cell.rows, "peer": peer, "limit": limit}
    if missing := lacks(PEERS[peer]):
        result(GPU_TRAINING, **named, missing=missing)
        pytest.skip(f"{PEERS[peer]}: {missing}")
    try:
        fastmlp = ours()
        with start_on(peer, cell, precision) as other:
            seconds = float(fastmlp.greeting) + float(other.greeting)
            rounds = at_most(affordable(seconds, BUDGET, least=5, most=15))
            turns = in_turn(benchmark, rounds, peer=other.ask, fastmlp=fastmlp.ask, limit=measure_limit)
    except WorkerError as error:
        result(GPU_TRAINING, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    turns["gflops"] = [cell.flops / seconds / 1e9 for seconds in turns["fastmlp"]]
    result(
        GPU_TRAINING,
        **named,
        seconds=turns.median("fastmlp"),
        peer_seconds=turns.median("peer"),
        ratio=turns.ratio("peer", "fastmlp"),
        gflops=turns.median("gflops"),
        limit_gflops=turns.median("limit"),
        share_of_limit=turns.ratio("gflops", "limit"),
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_mnist(precision, benchmark, result, at_most, quick):
    try:
        load()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    cell = Cell(SETTINGS["hidden_layer_sizes"], SETTINGS["batch_size"], MOST_ROWS)
    named = {"cell": str(cell), "precision": precision}
    words = ["--precision", precision, *(["--epochs", 1] if quick else [])]
    try:
        with start("cuda_mnist", *words) as fastmlp, start("cuda_limits", FMA) as fma:
            figures = json.loads(fastmlp.greeting)
            if fastmlp.ask("accuracy") < TARGET and not quick:
                result(GPU_MNIST, **named, missing="not reached")
                pytest.fail(f"{figures['epochs']} epochs do not reach {TARGET:.0%}.", pytrace=False)
            turns = in_turn(benchmark, at_most(FITS), fit=fastmlp.ask, limit=fma.ask)
            accuracy = fastmlp.ask("accuracy")
    except WorkerError as error:
        result(GPU_MNIST, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    result(
        GPU_MNIST,
        **named,
        **figures,
        accuracy=accuracy,
        seconds=turns.median("fit"),
        limit_gflops=turns.median("limit"),
    )
