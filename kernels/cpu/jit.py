"""The decorators of all CPU kernels: one set of flags, one cache."""

from functools import cached_property, update_wrapper

from numba import njit
from numba.core import config
from numba.extending import overload, register_jitable

from .cache import KernelCache
from .parts import PART

#: `contract` lets multiply and add fuse.  Nothing else of fastmath: NaN and infinity keep their meaning, and
#: no sum is reordered (but the long ones of `sums`), so that results do not depend on how rows are split.
FLAGS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}, "boundscheck": False}

#: Functions that only kernels call: compiled into each caller, never on their own.
_HELPER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **PART, **FLAGS}
inline = register_jitable(**_HELPER)

#: The same for what must become part of the loops that call it, which are not vectorized otherwise.
ALWAYS = {"forceinline": True, **_HELPER}
always_inline = register_jitable(**ALWAYS)


class Kernel:
    """A kernel in two forms: a part of each kernel that calls it, and compiled alone when Python calls it.

    Parameters
    ----------
    function : callable
    options : dict
        Of the part.
    """

    def __init__(self, function, options):
        update_wrapper(self, function)
        self.py_func = function
        overload(self, jit_options=options, strict=False)(lambda *args: function)

    @cached_property
    def compiled(self):
        """The kernel alone, cached on disk by content."""
        return _cached(njit(**FLAGS)(self.py_func))

    def __call__(self, *args):
        """Run the kernel alone."""
        return self.compiled(*args)

    def __getattr__(self, name):
        """Its signatures, statistics and the like; nothing by which Numba would take it for compiled code."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.compiled, name)


def jit(function):
    """Compile a kernel with the project's flags, cached on disk by content.

    Its callers contain their own copy.  Were it called, a process that also loads the kernel alone could run
    that copy instead, whose multiply-adds LLVM may have fused in another way: other bits for the same seed.
    """
    return function if config.DISABLE_JIT else Kernel(function, ALWAYS)


def jit_apart(function):
    """`jit` for a large function whose arithmetic is spelled out: its copies agree, so it may be called."""
    return function if config.DISABLE_JIT else Kernel(function, _HELPER)


def jit_program(function):
    """Compile a function that takes seconds, and say so when it does; cached on disk by content."""
    compiled = njit(**FLAGS)(function)
    if not config.DISABLE_JIT:
        _cached(compiled)._cache.announced = True
    return compiled


def _cached(compiled):
    compiled._cache = KernelCache(compiled.py_func)
    return compiled
