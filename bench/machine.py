"""Settings of a process that is timed: its cores, and nobody's environment variables.

Standard library only: thread limits must be set before NumPy is imported.
"""

import os
from contextlib import contextmanager
from pathlib import Path

#: Variables of numerical libraries that whoever starts a benchmark may have set; some slow a peer down
#: (OPENBLAS_CORETYPE picks kernels of another processor) or let it compute in another precision.
FOREIGN = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "XLA_", "NUMBA_NUM_THREADS")
FOREIGN += ("CUDA_LAUNCH_BLOCKING", "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_")
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def cores():
    """Return the processors that this process may use, one of each physical core, list of int."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count() or 1))
    first_of = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        first_of.setdefault(siblings.read_text() if siblings.exists() else cpu, cpu)
    return list(first_of.values())


@contextmanager
def pinned(count):
    """Keep this thread, and those that it starts, on `count` cores; where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores()[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def clean_environment(threads):
    """Remove foreign settings from `os.environ` and limit every library to `threads` threads."""
    settings = cleaned(os.environ, threads)
    os.environ.clear()
    os.environ.update(settings)


def cleaned(environment, threads):
    """Return the settings of a process without foreign ones, every library limited to `threads` threads."""
    own = {name: value for name, value in environment.items() if not name.startswith(FOREIGN)}
    return own | dict.fromkeys(LIMITS, str(threads))
