"""What the GPU can do at most, in GFLOP/s.

    python -m bench.cuda_limits FMA
    python -m bench.cuda_limits "cuBLAS bf16"

FMA: a kernel that does nothing but multiply and add float32, as `bench.limits` does on a core.  cuBLAS: a
large product of matrices by PyTorch in this precision: what NVIDIA's own kernels get from tensor cores.

The process answers every line that it reads with the rate; so it can be measured in turn with others.
"""

import argparse
import sys

from .cuda_peers import PRECISIONS, use_precision
from .machine import clean_environment
from .peers import seconds_of

FMA = "FMA"
LIMITS = (FMA, *(f"cuBLAS {precision}" for precision in PRECISIONS))
N = 8192  # rows and columns of cuBLAS's matrices
PRODUCTS = 10  # in one measurement
MEASUREMENTS = 3  # of which the best counts: what disturbs one can only slow it down


def limit_of(precision, lacks_torch):
    """Return the name of a precision's limit, one of `LIMITS`.

    Parameters
    ----------
    precision : str
    lacks_torch : bool
        Whether there is no PyTorch to ask: then the limit of full precision stands in.
    """
    return FMA if precision == PRECISIONS[0] or lacks_torch else f"cuBLAS {precision}"


def main(arguments=None):
    """Measure one limit in this process, which must not have imported NumPy yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("limit", choices=LIMITS)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(arguments)
    clean_environment(args.threads)
    operations, run = load_of(args.limit)
    run()  # compiles, and chooses a kernel
    print("ready", flush=True)
    for _ in sys.stdin:
        print(operations / min(seconds_of(run) for _ in range(MEASUREMENTS)) / 1e9, flush=True)


def load_of(limit):
    """Return the operations of some work that reaches the limit, and a function that does it.

    Parameters
    ----------
    limit : str
        One of `LIMITS`.

    Returns
    -------
    operations : int
    run : callable
    """
    if limit == FMA:
        from .cuda_fma import multiply_adds

        return multiply_adds()
    return _products(limit.split()[1])


def _products(precision):
    import torch

    use_precision(precision)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.rand(N, N, device="cuda").to(dtype) for _ in range(2))
    out = torch.empty_like(a)

    def run():
        for _ in range(PRODUCTS):
            torch.mm(a, b, out=out)
        torch.cuda.synchronize()

    return 2 * N**3 * PRODUCTS, run


if __name__ == "__main__":
    main()
