"""The decorators of all CPU kernels: one set of flags, one cache."""

from numba import njit
from numba.core import config
from numba.extending import register_jitable

from .cache import KernelCache

#: `contract` lets multiply and add fuse.  Nothing else of fastmath: NaN and infinity keep their meaning, and
#: no sum is reordered (but the long ones of `sums`), so that results do not depend on how rows are split.
FLAGS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}, "boundscheck": False}


def jit(function):
    """Compile a kernel with the project's flags, cached on disk by content.

    Its callers contain their own copy.  Were it called, a process that also loads the kernel alone could run
    that copy instead, whose multiply-adds LLVM may have fused in another way: other bits for the same seed.
    """
    return _cached(njit(forceinline=True, **FLAGS)(function))


def jit_apart(function):
    """`jit` for a large function whose arithmetic is spelled out: its copies agree, so it may be called."""
    return _cached(njit(**FLAGS)(function))


def jit_program(function):
    """`jit_apart` for a function that takes seconds to compile: says so when it does."""
    compiled = jit_apart(function)
    if not config.DISABLE_JIT:
        compiled._cache.announced = True
    return compiled


def _cached(compiled):
    if not config.DISABLE_JIT:
        compiled._cache = KernelCache(compiled.py_func)
    return compiled


#: Functions that only kernels call: compiled into each caller, never on their own.
_HELPER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **FLAGS}
inline = register_jitable(**_HELPER)

#: The same for what must become part of the loops that call it, which are not vectorized otherwise.
ALWAYS = {"forceinline": True, **_HELPER}
always_inline = register_jitable(**ALWAYS)
