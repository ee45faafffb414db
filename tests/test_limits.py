"""How many threads a run may use by default, and who may say so."""

import os
import subprocess
import sys

import pytest
from joblib import Parallel, delayed, parallel_config
from numba.core import config
from sklearn.utils._openmp_helpers import _openmp_parallelism_enabled
from threadpoolctl import threadpool_limits

from fastmlp import limits
from fastmlp.limits import default_threads

needs_openmp = pytest.mark.skipif(
    not _openmp_parallelism_enabled(), reason="scikit-learn was built without OpenMP"
)


@pytest.fixture
def four_cores(monkeypatch):
    """scikit-learn and Numba would both use four."""
    monkeypatch.setattr(limits, "_scikit_learn_threads", lambda: 4)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 4)


def in_a_new_process(*setup, **variables):
    """The default in a process with these environment variables, after these lines."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    code = "\n".join([*setup, "from fastmlp.limits import default_threads", "print(default_threads())"])
    result = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **variables}, capture_output=True, text=True, check=True
    )
    return int(result.stdout)


def test_as_many_as_both_allow(four_cores, monkeypatch):
    assert default_threads() == 4
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    assert default_threads() == 3
    monkeypatch.setattr(limits, "_scikit_learn_threads", lambda: 2)
    assert default_threads() == 2


@needs_openmp
@pytest.mark.parametrize(("omp", "numba", "expected"), [("5", "3", 3), ("3", "5", 3), ("1", "5", 1)])
def test_environment_variables(omp, numba, expected):
    assert in_a_new_process(OMP_NUM_THREADS=omp, NUMBA_NUM_THREADS=numba) == expected


def test_one_processor():
    assert in_a_new_process(LOKY_MAX_CPU_COUNT="1") == 1
    quota = "from joblib.externals.loky.backend import context; context._cpu_count_cgroup = lambda cpus: 1"
    assert in_a_new_process(quota) == 1
    if hasattr(os, "sched_setaffinity"):
        assert in_a_new_process("import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})") == 1


def test_scikit_learn_without_openmp(monkeypatch):
    monkeypatch.setattr("sklearn.utils._openmp_helpers._openmp_parallelism_enabled", lambda: False)
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 64)
    monkeypatch.setattr(limits, "_cores", lambda: 7)
    assert default_threads() == 7
    monkeypatch.undo()
    assert 1 <= limits._cores() <= os.cpu_count()


@needs_openmp
@pytest.mark.parametrize("options", [{}, {"user_api": "openmp"}], ids=["all", "openmp"])
def test_threadpoolctl(options, monkeypatch):
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 64)
    before = default_threads()
    with threadpool_limits(1, **options):
        assert default_threads() == 1
    assert default_threads() == before
    with threadpool_limits(1, user_api="blas"):
        assert default_threads() == before


def test_workers_that_are_threads(four_cores, monkeypatch):
    def numbers(**options):
        return set(Parallel(**options)(delayed(default_threads)() for _ in range(4)))

    assert numbers(n_jobs=1) == {4}
    assert numbers(n_jobs=2, prefer="threads") == {1}
    monkeypatch.setenv("NUMBA_NUM_THREADS", "4")  # of the process, whose threads share it
    assert numbers(n_jobs=2, prefer="threads") == {1}
    assert default_threads() == 4


@needs_openmp
@pytest.mark.parametrize("n_threads", [1, 3])
def test_worker_processes_get_what_joblib_says(n_threads):
    with parallel_config("loky", n_jobs=2, inner_max_num_threads=n_threads):
        assert set(Parallel()(delayed(default_threads)() for _ in range(4))) == {n_threads}


def test_worker_processes_without_a_limit(four_cores):
    found = Parallel(n_jobs=2, backend="multiprocessing")(delayed(default_threads)() for _ in range(4))
    assert set(found) == {1}
