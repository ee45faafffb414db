"""The engine: one contract, one folder per backend.

`backend(name)` is the only place where a backend is chosen.
"""

import gc
import sys
from importlib import import_module

BACKENDS = ("cpu", "cuda", "ref")


def backend(name):
    """Return the backend's package, imported on first use.

    Parameters
    ----------
    name : {'cpu', 'cuda', 'ref'}
        'cpu': Numba kernels; 'cuda': an NVIDIA GPU; 'ref': plain NumPy, slow and readable.

    Raises
    ------
    ValueError
        If there is no such backend.
    ImportError, OSError
        If it needs packages, or a GPU, that are not there.
    """
    if name not in BACKENDS:
        raise ValueError(f"device={name!r} is not available; choose one of {', '.join(map(repr, BACKENDS))}.")
    module = f"{__name__}.{name}"
    if module in sys.modules:
        return import_module(module)  # at once, or when another thread has imported all of it
    collects = gc.isenabled()
    gc.disable()  # a full collection on the way would look through all that scikit-learn has imported: 0.06 s
    try:
        return import_module(module)
    finally:
        if collects:
            gc.enable()
