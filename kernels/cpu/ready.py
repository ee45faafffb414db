"""Programs are compiled or loaded before they run."""

from numba.core import config

from .threads import interrupts_held

_ready = set()


def make_ready(program, dtype, args):
    """Compile or load a program for a dtype, unless it is in memory.

    Parameters
    ----------
    program : callable
        Compiled at its first call.
    dtype : dtype
        Of the parameters: what the program's types depend on.
    args : tuple
        Arguments with which the program does nothing.

    Raises
    ------
    RuntimeError
        If Numba is told not to compile.
    """
    if (program, dtype) in _ready:
        return
    if config.DISABLE_JIT:
        raise RuntimeError(
            "device='cpu' runs compiled kernels, but NUMBA_DISABLE_JIT is set; unset it, or use device='ref'."
        )
    with interrupts_held(only_default=True):  # a half-compiled function stays broken in this process
        program(*args)
    _ready.add((program, dtype))
