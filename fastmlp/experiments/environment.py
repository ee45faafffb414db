"""What a run depends on besides its settings: versions and the machine."""

import os
import platform
import sys
from functools import cache
from pathlib import Path

import llvmlite
import numba
import numpy
import scipy
import sklearn
from llvmlite import binding

import fastmlp

from ..kernels import backend
from ..kernels.cpu import isa
from ..limits import default_threads


def versions():
    """Return the versions of Python and of every library that computes, dict of str to str."""
    return {
        "python": platform.python_version(),
        "fastmlp": fastmlp.__version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "scikit-learn": sklearn.__version__,
    }


def machine(device="cpu"):
    """Return a description of this machine, with its GPU if that is the device.

    Parameters
    ----------
    device : {'cpu', 'cuda', 'ref'}, default='cpu'
        What networks are trained on.

    Returns
    -------
    dict
        `cores` counts those that this process may use; `default_threads` is what `n_threads=None` means.

    Raises
    ------
    ImportError, OSError
        As `gpu`.
    """
    return {
        "platform": platform.platform(),
        "cpu": cpu_model(),
        "cores": usable_cores(),
        "logical_cores": os.cpu_count(),
        "default_threads": default_threads(),
        "instruction_set": isa.NAME,
        **gpu(device),
    }


def gpu(device):
    """Return a description of the GPU that a device stands for, dict; empty for 'cpu' and 'ref'.

    Raises
    ------
    ImportError, OSError
        If there is no GPU, or not what makes it usable.
    """
    return backend(device).device.description() if device == "cuda" else {}


def usable_cores():
    """Return how many logical cores this process may use, int."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def cpu_model():
    """Return the processor's name as the system gives it, with LLVM's name for it, str."""
    name = _system_cpu_name() or platform.processor() or platform.machine()
    return f"{name} ({binding.get_host_cpu_name()})"


def cpu_features():
    """Return the names of the processor's vector features as LLVM knows them, sorted list of str."""
    vector = ("avx", "amx", "fma", "f16c", "sse4", "neon", "sve", "sme", "fp16", "bf16", "rvv", "vsx")
    features = binding.get_host_cpu_features()
    return sorted(name for name, present in features.items() if present and name.startswith(vector))


def _system_cpu_name():
    """Ask the operating system; empty where it does not tell."""
    if sys.platform == "linux":
        return _from_cpuinfo(Path("/proc/cpuinfo"))
    if sys.platform == "darwin":
        import subprocess

        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return ""


def _from_cpuinfo(path):
    """Return the first model name in Linux's list of processors."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
