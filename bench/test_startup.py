"""What starting costs, as whole processes: the import, and the first fit with and without a warm cache."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from .limits import limit_gflops
from .machine import cleaned, pinned
from .tables import START
from .turns import in_turn

ROUNDS = 7
COMPILATIONS = 3

SKLEARN, FASTMLP = "import sklearn.neural_network", "from fastmlp import MLPClassifier"


def run(*words, cache=None):
    """Run Python on one core; return the seconds of the process, and its output."""
    environment = cleaned(os.environ, 1) | ({} if cache is None else {"FASTMLP_CACHE_DIR": str(cache)})
    command, root = [sys.executable, *words], Path(__file__).parent.parent
    with pinned(1):
        start = perf_counter()
        done = subprocess.run(
            command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return perf_counter() - start, done.stdout


def test_import(benchmark, result, at_most):
    """What the estimators add to importing scikit-learn's."""
    codes = {"sklearn": SKLEARN, "fastmlp": f"{SKLEARN}; {FASTMLP}"}
    for code in codes.values():
        run("-c", code)  # brings the files into memory
    processes = {name: lambda code=code: run("-c", code)[0] for name, code in codes.items()}
    turns = in_turn(benchmark, at_most(ROUNDS), **processes, limit=lambda: limit_gflops(1))
    turns["added"] = [a - b for a, b in zip(turns["fastmlp"], turns["sklearn"], strict=True)]
    result(
        START,
        what=f"{FASTMLP}, after {SKLEARN}",
        seconds=turns.median("added"),
        process_seconds=turns.median("fastmlp"),
        limit_gflops=turns.median("limit"),
    )


@pytest.fixture(scope="module")
def warm_cache(tmp_path_factory, quick):
    """A folder with what the first fit compiles; None is the user's own, warm by now."""
    if quick:
        return None
    cache = tmp_path_factory.mktemp("warm")
    run("-m", "bench.start", cache=cache)
    return cache


def test_first_fit_with_a_warm_cache(warm_cache, benchmark, result, at_most):
    first_fit(benchmark, result, at_most(ROUNDS), "warm", lambda: warm_cache)


def test_first_fit_with_an_empty_cache(tmp_path, benchmark, result, at_most, quick):
    if quick:
        pytest.skip("Compiling takes 10 to 30 s; a run without --quick does it.")
    folders = (tmp_path / str(i) for i in count())
    first_fit(benchmark, result, at_most(COMPILATIONS), "empty", lambda: next(folders))


def first_fit(benchmark, result, rounds, state, cache):
    """Time processes that fit a small network twice; the second fit has only the steps to do."""
    before = []

    def process():
        seconds, output = run("-m", "bench.start", cache=cache())
        fits = json.loads(output)
        before.append(fits["first"] - fits["second"])
        return seconds

    turns = in_turn(benchmark, rounds, process=process, limit=lambda: limit_gflops(1))
    result(
        START,
        what=f"first fit before its first step, {state} cache",
        seconds=median(before),
        process_seconds=turns.median("process"),
        limit_gflops=turns.median("limit"),
    )
