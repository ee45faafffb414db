"""On-disk cache of compiled kernels, keyed by content.

Numba's own `cache=True` stamps one source file: it does not notice a change in another file of the call
chain.  Here the key is a hash of every kernel source, of Numba's and llvmlite's versions and of the chosen
instruction set; the processor itself is part of Numba's index.  Where nothing can be written, kernels are
compiled in memory, every time.
"""

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.runtime import rtsys
from numba.misc.appdirs import user_cache_dir

from . import isa
from .parts import PART

KERNELS = Path(__file__).resolve().parent.parent

#: Module of a program -> what it is for, and about how long it takes to compile.
PROGRAMS = {"engine": ("training", "5 to 20 s"), "predict": ("prediction", "2 to 6 s")}


@cache
def content_key():
    """Hash of everything that the compiled code depends on, as 16 hexadecimal digits."""
    compiler = f"{numba.__version__} {llvmlite.__version__} {isa.NAME} {bool(PART)}"
    digest = hashlib.sha256(compiler.encode())
    for path in [KERNELS / "contract.py", *sorted((KERNELS / "cpu").glob("*.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def user_cache():
    """Folder for what can be made or fetched again: `FASTMLP_CACHE_DIR`, or the user's cache folder."""
    return Path(os.environ.get("FASTMLP_CACHE_DIR") or user_cache_dir("fastmlp", appauthor=False))


def cache_folder():
    """Folder of this version's compiled kernels."""
    return user_cache() / "kernels" / content_key()


class _Locator(_CacheLocator):
    """Tells Numba where a function's compiled code is kept and what it was made from."""

    def __init__(self, function, path):
        self._py_file = path  # read by Numba's messages
        self._name = function.__module__.rpartition(".")[2]

    def get_cache_path(self):
        return str(cache_folder())

    def get_source_stamp(self):
        return content_key()

    def get_disambiguator(self):
        return self._name

    @classmethod
    def from_function(cls, function, path):
        return cls(function, path)


class _Implementation(CompileResultCacheImpl):
    _locator_classes = (_Locator,)


class KernelCache(FunctionCache):
    """A cache that never fails: what cannot be read is compiled, what cannot be written is not kept."""

    _impl_class = _Implementation

    announced = False  # whether a compilation is worth a line to the user

    def load_overload(self, sig, target_context):
        """Return the cached code for the signature, or None."""
        try:
            # without Numba's refresh of the target, which registers all that it can compile: 0.1 s
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                found = self._load_overload(sig, target_context)
            if found is not None and tuple(found.signature.args) != tuple(sig):
                raise ValueError("another signature's code")  # two processes took the same file name
        except Exception:  # a damaged file can make unpickling raise anything
            found = None
            with suppress(OSError):
                self.flush()  # saving would read the damaged index once more
        if found is None and self.announced:
            purpose, seconds = PROGRAMS[self._py_func.__module__.rpartition(".")[2]]
            variant = "float32" if "float32" in str(sig) else "float64"  # float64 stands in both, for losses
            if str(sig[-1]) != "none":
                variant += " and images"
            print(
                f"fastmlp: compiling the {purpose} program for {variant} ({seconds}, once; kept in "
                f"{cache_folder()}) ...",
                file=sys.stderr,
            )
        return found

    def save_overload(self, sig, data):
        """Keep the compiled code, if the folder can be written."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            self.disable()
            if self.announced:
                print(
                    f"fastmlp: the compiled program cannot be kept ({error}); set FASTMLP_CACHE_DIR to a "
                    "folder that can be written, or every process will compile.",
                    file=sys.stderr,
                )
