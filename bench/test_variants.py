"""What fastmlp's own options cost: activations, dropout, kinds of input, a second thread; in turn."""

import pytest

from .cells import MNIST, make_cell
from .limits import limit_gflops
from .machine import cores
from .peers import VARIANTS
from .tables import THREADS
from .tables import VARIANTS as TABLE
from .turns import in_turn
from .worker import Worker

ROUNDS = 7


def start(cell, *words, threads=1):
    return Worker("bench.peers", "fastmlp", "--in-turn", *cell.words, *words, threads=threads)


@pytest.fixture(scope="module")
def plain(quick):
    """A relu network on dense float32 rows, one thread."""
    cell = MNIST.shorter() if quick else MNIST
    with start(cell) as worker:
        yield cell, worker


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant(variant, plain, benchmark, result, at_most):
    cell, worker = plain
    with start(cell, "--variant", variant) as other:
        turns = in_turn(
            benchmark,
            at_most(ROUNDS),
            plain=worker.ask,
            variant=other.ask,
            limit=lambda: limit_gflops(1),
        )
    result(
        TABLE,
        cell=str(cell),
        rows=cell.rows,
        threads=1,
        variant=variant,
        seconds=turns.median("variant"),
        plain_seconds=turns.median("plain"),
        ratio=turns.ratio("variant", "plain"),
        limit_gflops=turns.median("limit"),
    )


@pytest.mark.parametrize("cell", [MNIST, make_cell((1024, 1024, 1024), 128)], ids=str)
def test_two_threads(cell, benchmark, result, at_most, quick):
    if len(cores()) < 2:
        pytest.skip("2 threads need as many cores.")
    cell = cell.shorter() if quick else cell
    with start(cell) as one, start(cell, threads=2) as two:
        turns = in_turn(benchmark, at_most(ROUNDS), one=one.ask, two=two.ask, limit=lambda: limit_gflops(2))
    result(
        THREADS,
        cell=str(cell),
        rows=cell.rows,
        threads=2,
        seconds=turns.median("two"),
        one_seconds=turns.median("one"),
        ratio=turns.ratio("one", "two"),
        limit_gflops=turns.median("limit"),
    )
