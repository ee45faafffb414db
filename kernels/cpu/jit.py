"""The decorators of all CPU kernels: one set of flags, one cache."""

from numba import njit
from numba.core import config
from numba.extending import register_jitable

from .cache import KernelCache

#: `contract` lets multiply and add fuse.  Nothing else of fastmath: NaN and infinity keep their meaning, and
#: no sum is reordered (but the long ones of `sums`), so that results do not depend on how rows are split.
FLAGS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}, "boundscheck": False}


def jit(function):
    """Compile `function` with the project's flags, cached on disk by content."""
    compiled = njit(**FLAGS)(function)
    if not config.DISABLE_JIT:
        compiled._cache = KernelCache(function)
    return compiled


def jit_program(function):
    """`jit` for a function that takes seconds to compile: says so when it does."""
    compiled = jit(function)
    if not config.DISABLE_JIT:
        compiled._cache.announced = True
    return compiled


#: Functions that only kernels call: compiled into each caller, never on their own.
_HELPER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **FLAGS}
inline = register_jitable(**_HELPER)

#: The same for what must become part of the loops that call it, which are not vectorized otherwise.
ALWAYS = {"forceinline": True, **_HELPER}
always_inline = register_jitable(**ALWAYS)
