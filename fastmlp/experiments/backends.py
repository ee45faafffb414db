"""Where independent fits run: here, in processes of this machine, or on a cluster, through joblib."""

import os
from contextlib import contextmanager, nullcontext

import joblib


@contextmanager
def parallel_fits(jobs, backend):
    """Return a function that does tasks side by side.

    Parameters
    ----------
    jobs : int or None
        At most so many at a time; None: as many as a backend that was asked for takes, or else one.
    backend : str or None
        A backend that joblib knows, such as 'loky' (processes, the default), 'dask' or 'ray'.  Dask's cluster
        is the one that `DASK_SCHEDULER_ADDRESS` names, or a local one; Ray's is that of `RAY_ADDRESS`.

    Yields
    ------
    callable
        do(tasks) -> generator of results in the order in which they are ready; tasks are
        `joblib.delayed(function)(...)`.

    Raises
    ------
    ImportError
        If the backend's package is not installed.
    ValueError
        If there is no such backend.
    """
    if backend is None and jobs in (None, 1):
        yield _one_by_one
        return
    n_jobs = -1 if jobs is None else jobs
    with _cluster(backend, jobs), joblib.parallel_config(backend=backend or "loky", n_jobs=n_jobs):
        yield joblib.Parallel(
            n_jobs=n_jobs, batch_size=1, pre_dispatch="n_jobs", return_as="generator_unordered"
        )


def _one_by_one(tasks):
    return (function(*args, **kwargs) for function, args, kwargs in tasks)


def _cluster(backend, jobs):
    """Make a backend known to joblib that is not known by itself."""
    if backend == "dask":
        try:
            from distributed import Client
        except ImportError as error:
            raise ImportError(
                'The backend dask needs the package distributed: python -m pip install "dask[distributed]"'
            ) from error
        address = os.environ.get("DASK_SCHEDULER_ADDRESS")
        if address:
            return Client(address)
        return Client(n_workers=jobs, threads_per_worker=1, dashboard_address=":0")
    if backend == "ray":
        try:
            from ray.util.joblib import register_ray
        except ImportError as error:
            raise ImportError('The backend ray needs the package ray: python -m pip install "ray"') from error
        register_ray()
    return nullcontext()
