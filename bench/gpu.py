"""The NVIDIA GPU of this machine, and who can use it; CUDA is asked in other processes only."""

import subprocess
import sys
from functools import cache
from importlib import metadata
from importlib.util import find_spec

#: What NVIDIA's tool is asked for: a result file has it under these names.
PROPERTIES = ("name", "driver_version", "compute_cap", "memory.total", "clocks.max.sm", "power.limit")
#: Beginnings of the names of packages whose versions say which CUDA was at work.
PACKAGES = ("cuda-", "jax", "numba-cuda", "nvidia-", "torch")
#: Library -> a program that fails where the library sees no GPU.
PROBES = {"torch": "import torch; torch.cuda.init()", "jax": "import jax; jax.devices('cuda')"}


def describe():
    """Return the properties of the first GPU, dict of str; empty where there is none."""
    command = ["nvidia-smi", f"--query-gpu={','.join(PROPERTIES)}", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return dict(zip(PROPERTIES, done.stdout.splitlines()[0].split(", "), strict=True))


def packages():
    """Return the versions of what is installed for CUDA, dict of str to str."""
    found = {each.metadata["Name"].lower(): each.version for each in metadata.distributions()}
    return {name: found[name] for name in sorted(found) if name.startswith(PACKAGES)}


def why_not():
    """Return why fastmlp cannot be measured on a GPU here; empty where it can."""
    if not describe():
        return "There is no NVIDIA GPU: nvidia-smi shows none."
    if find_spec("numba_cuda") is None:
        return "numba-cuda is not installed; python -m pip install -e '.[cuda]'"
    return ""


@cache
def lacks(library):
    """Return what keeps a library from the GPU, as a table shows it; empty where nothing does.

    Parameters
    ----------
    library : str
        A key of `PROBES`.
    """
    if find_spec(library) is None:
        return "not installed"
    done = subprocess.run([sys.executable, "-c", PROBES[library]], capture_output=True, check=False)
    return "without CUDA" if done.returncode else ""
