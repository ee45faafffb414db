"""Pickles that hold arrays, read without letting them run code."""

import codecs
import io
import pickle

import numpy as np

#: Module and name in a pickle -> the object that it may use: what NumPy's arrays are rebuilt with.  NumPy 2
#: renamed `numpy.core`; for Python 2, Python writes bytes as calls of `encode`, and empty ones of `bytes`.
ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): codecs.encode,
    ("__builtin__", "bytes"): bytes,
    ("builtins", "bytes"): bytes,
}
for _core in ("numpy.core", "numpy._core"):
    ALLOWED[f"{_core}.multiarray", "_reconstruct"] = np.empty(0).__reduce__()[0]
    ALLOWED[f"{_core}.numeric", "_frombuffer"] = np.empty(0).__reduce_ex__(5)[0]


def load_arrays(content):
    """Rebuild what a pickle of arrays, numbers, bytes, strings, lists and dicts holds.

    Parameters
    ----------
    content : bytes
        The pickle; strings that Python 2 wrote become bytes.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        If the content is damaged, or asks for anything but these types.
    """
    try:
        return _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # damaged pickles raise errors of almost any type
        raise ValueError(str(error) or type(error).__name__) from error


class _Unpickler(pickle.Unpickler):
    """Refuses all names but those in `ALLOWED`."""

    def find_class(self, module, name):
        """Return the object under a name, if it is allowed."""
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array needs") from None
