"""How many threads a run may use where the user does not say, and BLAS beside it."""

import os
import threading
from contextlib import contextmanager
from functools import cache

import threadpoolctl

_lock, _users, _limits = threading.Lock(), 0, None


def default_threads():
    """Most threads that a run may use by default.

    As many as scikit-learn's own parallel loops take: one for every physical core, whose multipliers a
    second one would only share, or fewer, as the process's affinity, its container's quota of processors,
    `LOKY_MAX_CPU_COUNT`, `OMP_NUM_THREADS` and `threadpoolctl.threadpool_limits` for OpenMP say.  Numba's
    limit `NUMBA_NUM_THREADS`, which joblib sets for its worker processes, counts as well.  A worker of joblib
    without such a limit, as its threads are, gets one.

    Processors are counted once in a process; limits hold for the thread that sets them, from then on.

    Returns
    -------
    n_threads : int
    """
    from numba.core import config

    if _is_unlimited_worker():
        return 1
    return max(1, min(_scikit_learn_threads(), config.NUMBA_NUM_THREADS))


def thread_limit(n_threads):
    """Most threads that a run may use.

    Parameters
    ----------
    n_threads : int or None
        What the user says.

    Returns
    -------
    int
        The same, or for None `default_threads()`.
    """
    return default_threads() if n_threads is None else int(n_threads)


@contextmanager
def one_blas_thread():
    """Let BLAS use one thread within.

    Several threads at a time share the limit, which ends with the last of them: each on its own could find,
    and restore for good, the one that another had set.
    """
    global _users, _limits
    with _lock:
        _users += 1
        if _users == 1:
            _limits = threadpoolctl.threadpool_limits(limits=1, user_api="blas")
            _let_others_restore()
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limits.restore_original_limits()
                _let_others_restore()


def _let_others_restore():
    """From version 3.8 on, threadpoolctl ignores other threads while one that limited OpenBLAS is alive."""
    openblas = getattr(threadpoolctl, "OpenBLASController", None)
    if hasattr(openblas, "clear_controlling_thread"):
        openblas.clear_controlling_thread()


def _is_unlimited_worker():
    """Whether other workers of joblib run beside this one, and joblib has not shared the processors out."""
    from joblib.parallel import get_active_backend

    if not get_active_backend()[0].nesting_level:
        return False
    in_main_thread = threading.current_thread() is threading.main_thread()
    return not (in_main_thread and "NUMBA_NUM_THREADS" in os.environ)


def _scikit_learn_threads():
    try:
        from sklearn.utils._openmp_helpers import _openmp_effective_n_threads, _openmp_parallelism_enabled
    except ImportError:  # it is private
        return _cores()
    return _openmp_effective_n_threads() if _openmp_parallelism_enabled() else _cores()


@cache
def _cores():
    from joblib import cpu_count

    return cpu_count(only_physical_cores=True)
