"""Seconds per training epoch on a GPU, each library as its own users would write it for speed.

    python -m bench.cuda_peers fastmlp --batch 1024 --hidden 256,128,64
    python -m bench.cuda_peers torch-graph --precision bf16

The networks, data and options of `bench.peers`, whose code this is as far as it goes; data stay on the GPU,
and rows are shuffled there, but by fastmlp, which shuffles them on the host.  torch: eager.  torch-graph: the
whole step, gathering and Adam included, recorded once as a CUDA graph and replayed for every batch.
fastmlp: the time from an epoch of one `fit` to the next, its own work between them included.

Parameters are float32.  Precisions are those of the products: full is float32's multiply-adds.  tf32 rounds
the operands to 11 bits, bf16 to 8: in PyTorch by autocast, which also keeps activations so, in JAX in the
products alone.

One process runs one library.  It answers with the seconds of its second epoch when it is ready, then every
line that it reads with the seconds of one more.
"""

import os
import sys
import time
from math import inf

from .machine import clean_environment
from .peers import answer, jax_epoch, make_data, make_estimator, make_parser, torch_epoch, torch_network

#: What must be importable for each.
PEERS = {"torch": "torch", "torch-graph": "torch", "jax": "jax"}
PRECISIONS = ("full", "tf32", "bf16")
#: In JAX's words; its "bfloat16" is a level, which on a GPU means tf32.
JAX_PRECISIONS = {"full": "highest", "tf32": "tensorfloat32", "bf16": "BF16_BF16_F32"}
WARM_UP = 3  # steps before a recording: PyTorch's notes on CUDA use as many


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    parser = make_parser(__doc__, ["fastmlp", *PEERS])
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0])
    args = parser.parse_args(arguments)
    clean_environment(args.threads)
    X, y = make_data(args)
    if args.library == "fastmlp":
        fit_and_answer(args, X, y)
    elif args.library == "jax":
        answer(_jax(args, X, y))
    else:
        answer(_torch(args, X, y))


def fastmlp_options(precision):
    """Return the options of an estimator that trains on the GPU, dict."""
    return {"device": "cuda"} | ({} if precision == PRECISIONS[0] else {"precision": precision})


def fit_and_answer(args, X, y):
    """Answer from within one `fit`, between two epochs: its data are copied to the GPU once.

    Parameters
    ----------
    args : Namespace
    X, y : ndarray
    """
    start = time.perf_counter()

    def after_epoch(record):
        nonlocal start
        ended = False
        if record.epoch > 1:  # the first one compiles
            print(time.perf_counter() - start, flush=True)
            ended = not sys.stdin.readline()
        start = time.perf_counter()
        return ended

    endless = {"max_iter": sys.maxsize, "n_iter_no_change": inf}
    options = fastmlp_options(args.precision) | endless | {"callbacks": [after_epoch]}
    make_estimator(args, **options).fit(X, y)


def use_precision(precision):
    """Set that of PyTorch's float32 products."""
    import torch

    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")


def _torch(args, X, y):
    """The CPU's modules and fused Adam; the loss is computed in bf16 where PyTorch thinks that it can be."""
    import torch

    use_precision(args.precision)
    options = {"record": recorded} if args.library == "torch-graph" else {}
    if args.precision == "bf16":
        options["change_loss"] = torch.autocast("cuda", torch.bfloat16)
    train = torch_epoch(*torch_network(args, X, y, "cuda"), args.batch, **options)

    def epoch():
        train()
        torch.cuda.synchronize()

    return epoch


def recorded(step, index):
    """Record a step as a CUDA graph, in the way of PyTorch's notes on CUDA.

    Parameters
    ----------
    step : callable
        Trains on the rows of some numbers.  It leaves no gradients, so that the recording makes its own.
    index : torch.Tensor of shape (batch,)
        Numbers of rows, for steps before the recording; kept, and overwritten by each replay.

    Returns
    -------
    callable
        The same as `step`.
    """
    import torch

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step(index)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(index)

    def replay(rows):
        index.copy_(rows)
        graph.replay()

    return replay


def _jax(args, X, y):
    """The CPU's scan, compiled for the GPU."""
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # of three quarters of a GPU that others use, too
    import jax

    jax.config.update("jax_default_matmul_precision", JAX_PRECISIONS[args.precision])
    return jax_epoch(args, X, y, "cuda")


if __name__ == "__main__":
    main()
