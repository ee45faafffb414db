"""The command `warmup`."""

DTYPES = ("float32", "float64")
DESCRIPTION = (
    "Compile the training program and the prediction program, and keep them where later processes look for "
    "them: in the user's cache folder, or in FASTMLP_CACHE_DIR. For images of containers; the programs serve "
    "processors of the kind that they were compiled on, and others compile for themselves. "
    "Kernels for GPUs are not kept: every process that uses CUDA compiles them."
)


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser("warmup", help="compile ahead of time", description=DESCRIPTION)
    parser.add_argument(
        "--dtype",
        nargs="+",
        choices=DTYPES,
        default=DTYPES,
        metavar="DTYPE",
        help="of the data: float32, also for bytes, or float64, also for the solver lbfgs (default: both)",
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    from llvmlite import binding

    from ..kernels.cpu import isa
    from ..kernels.cpu.cache import cache_folder

    folder = cache_folder()
    _check(folder)
    for dtype in dict.fromkeys(arguments.dtype):
        seconds, compiled, n_kept = _warm_up(dtype, folder)
        if n_kept < len(compiled):
            raise OSError(f"{n_kept} of {len(compiled)} programs were kept in {folder}; is the disk full?")
        done = f"compiled {' and '.join(compiled)}" if compiled else "programs compiled before, loaded"
        print(f"{dtype}: {done} in {seconds:.1f} s", flush=True)
    print(f"kept in {folder} for the processor {binding.get_host_cpu_name()} ({isa.NAME})")
    return 0


def _check(folder):
    """Find out before compiling whether it will be of use."""
    from tempfile import TemporaryFile

    from numba.core import config

    if config.DISABLE_JIT:
        raise ValueError("NUMBA_DISABLE_JIT is set, so nothing is compiled; unset it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(
            f"Compiled programs cannot be kept in {folder} ({error.strerror}); set FASTMLP_CACHE_DIR to a "
            "folder that can be written."
        ) from error


def _warm_up(dtype, folder):
    """Train and predict once; return the seconds, the names of what was compiled, and how many were kept."""
    from time import perf_counter

    import numpy as np

    from .. import MLPClassifier
    from ..kernels.cpu import engine, predict

    programs = {"the training program": engine.program, "the prediction program": predict.program}

    def misses(name):
        return sum(programs[name].stats.cache_misses.values())

    def files():
        return {(path, path.stat().st_mtime_ns) for path in folder.glob("*.nbc")}

    misses_before, files_before, start = {name: misses(name) for name in programs}, files(), perf_counter()
    X = np.zeros((2, 1), dtype)
    model = MLPClassifier((1,), batch_size=2).partial_fit(X, [0, 1], classes=[0, 1])
    model.predict_proba(X)
    model.predictor()(X)
    compiled = [name for name in programs if misses(name) > misses_before[name]]
    return perf_counter() - start, compiled, len(files() - files_before)
