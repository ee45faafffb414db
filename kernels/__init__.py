"""The engine: one contract, one folder per backend.

`backend(name)` is the only place where a backend is chosen.
"""

from importlib import import_module

BACKENDS = ("cpu", "ref")


def backend(name):
    """Return the backend's package, imported on first use.

    Parameters
    ----------
    name : {'cpu', 'ref'}
        'cpu': Numba kernels; 'ref': plain NumPy, slow and readable.

    Raises
    ------
    ValueError
        If there is no such backend.
    """
    if name not in BACKENDS:
        raise ValueError(f"device={name!r} is not available; choose one of {', '.join(map(repr, BACKENDS))}.")
    return import_module(f"{__name__}.{name}")
