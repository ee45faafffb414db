"""The one place that imports numba-cuda: its successor, or another compiler for kernels, would come in here.

Under its simulator (NUMBA_ENABLE_CUDASIM=1) the same kernels run as Python threads, which is how they are
tested on machines without a GPU; blocks are then small, because a thread costs a tenth of a millisecond.
"""

from functools import cache, wraps

import numpy as np

try:
    import numba_cuda  # noqa: F401  the maintained target; what Numba itself still contains is out of date
    from numba import config, cuda
except ImportError as error:
    raise ImportError("device='cuda' needs numba-cuda: pip install 'fastmlp[cuda]'.") from error

SIMULATED = bool(config.ENABLE_CUDASIM)

#: numba-cuda would warn of every kernel with few blocks, but layers are as wide as users want.  There is no
#: other switch than this one, for the whole process.
config.CUDA_LOW_OCCUPANCY_WARNINGS = 0

if SIMULATED:
    cgutils = driver = intrinsic = ir = types = None
else:
    from cuda.bindings import driver  # noqa: F401  records graphs; comes with numba-cuda
    from llvmlite import ir  # noqa: F401
    from numba.cuda import cgutils, types  # noqa: F401
    from numba.cuda.extending import intrinsic  # noqa: F401

MATRIX_UNITS = (8, 0)  # the first compute capability with those that `intrinsics` uses

#: Threads of a block in kernels that work element by element.
THREADS = 8 if SIMULATED else 256

#: Threads of a block that adds up a row or a whole array, a power of two.
SUMMING = 2 if SIMULATED else 32


def require():
    """Raise unless there is a GPU, or the simulator.

    Raises
    ------
    OSError
        The message says what is missing.
    """
    if SIMULATED or cuda.is_available():
        return
    if cuda.cudadrv.driver.driver.is_available:
        raise OSError(
            "device='cuda' found no compiler for the GPU: pip install 'fastmlp[cuda]', or 'numba-cuda[cu12]' "
            "for a driver that does not know CUDA 13."
        )
    raise OSError(
        "device='cuda' found no NVIDIA GPU that CUDA can use; install its driver, or use device='cpu'."
    )


def require_matrix_units():
    """Raise unless the GPU's matrix units know TF32 and BF16.

    Raises
    ------
    OSError
        The message says what it lacks.
    """
    capability = MATRIX_UNITS if SIMULATED else cuda.get_current_device().compute_capability
    if tuple(capability) < MATRIX_UNITS:
        raise OSError(
            f"precision='tf32' and 'bf16' need a GPU of compute capability {_dotted(MATRIX_UNITS)} or more; "
            f"this one has {_dotted(capability)}: use precision='full'."
        )


def wait():
    """Wait for what was copied without a stream."""
    if not SIMULATED:
        cuda.default_stream().synchronize()


def for_dtype(make):
    """Decorate a function that makes functions for the device, of a dtype: they are made once for each."""
    made = cache(make)

    @wraps(make)
    def chosen(dtype):
        return made(np.dtype(dtype).type)

    return chosen


def blocks(count, size):
    """Blocks of `size` that cover `count`, at least one."""
    return max(1, -(-int(count) // size))


def launch(kernel, grid, threads, *args):
    """Run a kernel on arrays of the host, also inside tuples, which are copied there and back."""
    copies = []

    def moved(arg):
        if isinstance(arg, tuple):
            return type(arg)(*map(moved, arg)) if hasattr(arg, "_fields") else tuple(map(moved, arg))
        if not isinstance(arg, np.ndarray):
            return arg
        copies.append((arg, cuda.to_device(np.ascontiguousarray(arg))))
        return copies[-1][1]

    kernel[grid, threads](*map(moved, args))
    for here, there in copies:
        here[...] = there.copy_to_host()


def elements(kernel, count, *args):
    """Run a kernel with a thread for each of `count` elements on arrays of the host."""
    launch(kernel, blocks(count, THREADS), THREADS, *args)


def on_host(kernel, count, *args):
    """Run a kernel that takes the number of elements first, with a thread for each, on arrays of the host."""
    elements(kernel, count, count, *args)


def processors():
    """Return the number of multiprocessors, which are to be kept busy."""
    return 1 if SIMULATED else cuda.get_current_device().MULTIPROCESSOR_COUNT


def description():
    """Return what a record says of the GPU.

    Returns
    -------
    dict
        `gpu` is its name, `gpu_memory_gib` all of its memory, `compute_capability` such as '9.0',
        `cuda_driver` the newest CUDA that its driver knows, such as '13.0'.  Under the simulator there is
        `gpu` alone, which says so.
    """
    if SIMULATED:
        return {"gpu": "no GPU, CUDA simulated"}
    device = cuda.get_current_device()
    return {
        "gpu": device.name,
        "gpu_memory_gib": round(cuda.current_context().get_memory_info().total / 2**30, 1),
        "compute_capability": _dotted(device.compute_capability),
        "cuda_driver": _dotted(cuda.cudadrv.driver.driver.get_version()),
    }


def _dotted(version):
    return ".".join(map(str, version))
