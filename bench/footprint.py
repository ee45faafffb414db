"""Peak memory of a training, over what the process holds before.

    python -m bench.footprint fastmlp --variant uint8
    python -m bench.footprint torch

Two epochs at MNIST's shape, estimators through their `fit`.  Libraries, data and a small network that was
trained are there before, so that importing and compiling do not count (JAX compiles for every shape anew).
Prints JSON, in megabytes of 10^6 bytes.
"""

import ctypes
import gc
import json
import sys
import warnings
from pathlib import Path

from .machine import clean_environment, pinned
from .peers import PEERS, make_data, make_epoch, make_estimator, make_parser

MB = 1e6
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # see proc_pid_clear_refs(5)


def main(arguments=None):
    """Train one library in this process, which must not have imported NumPy yet."""
    args = make_parser(__doc__, ["fastmlp", *PEERS]).parse_args(arguments)
    clean_environment(args.threads)
    warnings.simplefilter("ignore")  # two epochs do not converge
    with pinned(args.threads):
        X, y = make_data(args)
        train(args, X[: 2 * args.batch].copy(), y[: 2 * args.batch].copy(), hidden=(16,))
        before = memory(reset=True)
        train(args, X, y, hidden=args.hidden)
        peak = memory() - before
    result = {"megabytes": peak / MB, "data_megabytes": X.nbytes / MB}
    result["copied"] = "yes" if peak > X.nbytes / 2 else "no"
    if args.library == "fastmlp":
        result["bound_megabytes"] = bound(args, X.dtype) / MB
    print(json.dumps(result))


def train(args, X, y, hidden):
    """Train two epochs."""
    args = type(args)(**vars(args) | {"hidden": hidden})
    if args.library in ("fastmlp", "sklearn"):
        make_estimator(args, max_iter=2).fit(X, y)
        return
    epoch = make_epoch(args, X, y)
    epoch()
    epoch()


def memory(reset=False):
    """Return the most resident bytes so far, of Linux since the last reset."""
    if sys.platform != "linux":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak
    if reset:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what was freed would be used again without being counted
        CLEAR.write_text(RESET_PEAK)
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


def bound(args, dtype):
    """Return 8 times the parameters and the workspace of one batch, in bytes."""
    import numpy as np

    from fastmlp.layers import Dense
    from fastmlp.plan import make_plan

    dtype = np.dtype(np.float32 if dtype == np.uint8 else dtype)
    layers = [*(Dense(width) for width in args.hidden), Dense(10, "identity")]
    plan = make_plan(layers, (args.features,), "softmax_cross_entropy", batch=args.batch, dtype=dtype)
    return (8 * plan.n_params + plan.n_work) * dtype.itemsize


if __name__ == "__main__":
    main()
