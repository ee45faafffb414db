"""Where independent fits run: here, in processes of this machine, or on a cluster, through joblib."""

import os
import warnings
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec

import joblib
from threadpoolctl import threadpool_limits

#: Backends that joblib needs another package for: its name, and how to install it.
CLUSTERS = {"dask": ("distributed", '"dask[distributed]"'), "ray": ("ray", '"ray"')}
RETURN_AS = "generator_unordered"


def check_backend(backend):
    """Make sure that fits can run on a backend, before anything is computed.

    Parameters
    ----------
    backend : str or None

    Raises
    ------
    ImportError
        If the backend's package is not installed.
    ValueError
        If joblib does not know it, or it gives no result before all are ready.
    """
    if backend in CLUSTERS:
        package, install = CLUSTERS[backend]
        if find_spec(package) is None:
            raise ImportError(
                f"The backend {backend} needs the package {package}: python -m pip install {install}"
            )
        return
    try:
        joblib.Parallel(backend=backend, return_as=RETURN_AS)
    except ValueError as error:
        raise ValueError(
            f"backend={backend!r} is not known to joblib, or hands over no fit before all are done; choose "
            f"loky, threading, {' or '.join(CLUSTERS)}."
        ) from error


@contextmanager
def parallel_fits(jobs, backend, n_tasks):
    """Return a function that does tasks side by side.

    Parameters
    ----------
    jobs : int or None
        At most so many at a time; None: as many as a backend that was asked for takes, or else one.
    backend : str or None
        A backend that joblib knows, such as 'loky' (processes, the default), 'dask' or 'ray'.  Dask's cluster
        is the one that `DASK_SCHEDULER_ADDRESS` names, or a local one; Ray's is that of `RAY_ADDRESS`.
    n_tasks : int
        How many there will be: no more workers are started.

    Yields
    ------
    callable
        do(tasks) -> generator of results in the order in which they are ready; tasks are
        `joblib.delayed(function)(...)`.

    Raises
    ------
    ImportError, ValueError
        As `check_backend`.
    """
    if backend is None and jobs in (None, 1):
        yield _one_by_one
        return
    check_backend(backend)
    n_jobs = -1 if jobs is None else min(jobs, n_tasks)
    # threads of this process share its warning filters and the limit of BLAS: here these are set back
    with (
        warnings.catch_warnings(),
        threadpool_limits(1),
        _cluster(backend, jobs and n_jobs),
        joblib.parallel_config(backend=backend or "loky", n_jobs=n_jobs),
    ):
        warnings.filterwarnings("ignore", message=r"\d+ tasks")  # what Ctrl-C cut short
        yield joblib.Parallel(n_jobs=n_jobs, batch_size=1, pre_dispatch="n_jobs", return_as=RETURN_AS)


def _one_by_one(tasks):
    return (function(*args, **kwargs) for function, args, kwargs in tasks)


def _cluster(backend, jobs):
    """Make a backend known to joblib that is not known by itself."""
    if backend == "dask":
        from distributed import Client

        address = os.environ.get("DASK_SCHEDULER_ADDRESS")
        if address:
            return Client(address)
        return Client(n_workers=jobs, threads_per_worker=1, dashboard_address=":0")
    if backend == "ray":
        from ray.util.joblib import register_ray

        register_ray()
    return nullcontext()
