"""Programs are compiled or loaded before they run."""

from numba.core import config

from .threads import interrupts_held

_ready = set()


def make_ready(program, variant, args):
    """Compile or load a variant of a program, unless it is in memory.

    Parameters
    ----------
    program : callable
        Compiled at its first call.
    variant : hashable
        What the program's types depend on: the dtype of the parameters, and whether there are images.
    args : tuple
        Arguments with which the program does nothing.

    Raises
    ------
    RuntimeError
        If Numba is told not to compile.
    """
    if (program, variant) in _ready:
        return
    if config.DISABLE_JIT:
        raise RuntimeError(
            "device='cpu' runs compiled kernels, but NUMBA_DISABLE_JIT is set; unset it, or use device='ref'."
        )
    with interrupts_held(only_default=True):  # a half-compiled function stays broken in this process
        program(*args)
    _ready.add((program, variant))
