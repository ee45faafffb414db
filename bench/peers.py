"""Seconds per training epoch, each library as its own users would write it for speed.

    python -m bench.peers fastmlp --threads 1 --batch 128 --hidden 256,128,64
    python -m bench.peers jax --json

Adam at 1e-3, relu, softmax cross-entropy (or squared error) without a penalty, float32, rows shuffled every
epoch, random data.  One process runs one library, on as many cores as threads and without foreign settings.
The first two epochs compile and are not counted.  PyTorch and JAX leave the last rows out if they do not fill
a batch.  PyTorch is told to count denormal numbers as zero, as JAX and fastmlp do.  fastmlp and scikit-learn
are timed by `partial_fit`: an epoch and a few checks, which at batches of thousands cost scikit-learn up to a
seventh of the epoch, fastmlp half as much.

With --in-turn the process answers with the seconds of its second epoch when it is ready, then answers every
line that it reads with the seconds of one more: so several processes can be timed in turn.
"""

import argparse
import json
import os
import statistics
import sys
import time
from functools import partial

from .cells import MNIST, N_CLASSES
from .machine import clean_environment, pinned

#: What must be importable for each.
PEERS = {"sklearn": "sklearn", "torch": "torch", "torch-compile": "torch", "jax": "jax"}
#: What fastmlp can be made to do instead of training a relu network on dense float32 rows.
VARIANTS = ("tanh", "logistic", "gelu", "silu", "dropout 0.2", "uint8", "CSR 10 %", "float64")
RATE = 1e-3
WARM_UP = 2  # epochs that are not counted: they compile


def make_parser(doc, libraries):
    """Return a parser of the options that describe a cell and the process.

    Parameters
    ----------
    doc : str
        The module's, which explains it.
    libraries : list of str

    Returns
    -------
    ArgumentParser
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=libraries)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hidden", type=_widths, default=MNIST.hidden, help="hidden layers: 256,128,64")
    parser.add_argument("--batch", type=int, default=MNIST.batch)
    parser.add_argument("--rows", type=int, default=MNIST.rows)
    parser.add_argument("--features", type=int, default=MNIST.features)
    parser.add_argument("--task", choices=["classification", "regression"], default=MNIST.task)
    parser.add_argument("--variant", choices=VARIANTS, help="of fastmlp's training")
    return parser


def _widths(text):
    return tuple(int(width) for width in text.split(","))


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    parser = make_parser(__doc__, ["fastmlp", *PEERS])
    parser.add_argument("--epochs", type=int, default=5, help="counted epochs")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--in-turn", action="store_true", help="run one epoch per line of standard input")
    args = parser.parse_args(arguments)
    clean_environment(args.threads)
    with pinned(args.threads):
        epoch = make_epoch(args, *make_data(args))
        if args.in_turn:
            answer(epoch)
            return
        for _ in range(WARM_UP):
            epoch()
        seconds = [seconds_of(epoch) for _ in range(args.epochs)]
    if args.json:
        print(json.dumps(vars(args) | {"seconds": seconds}))
    else:
        print(
            f"{args.library} threads={args.threads} batch={args.batch} hidden={args.hidden} "
            f"rows={args.rows}: {statistics.median(seconds):.4f} s/epoch "
            f"(of {len(seconds)}: {min(seconds):.4f}..{max(seconds):.4f})"
        )


def seconds_of(function):
    """Time one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def answer(epoch):
    """Print the seconds of the second epoch, then for every line of standard input those of one more."""
    epoch()
    print(seconds_of(epoch), flush=True)
    for _ in sys.stdin:
        print(seconds_of(epoch), flush=True)


def make_data(args):
    """Return random rows and targets, in the form of the variant."""
    import numpy as np

    rng = np.random.default_rng(0)
    shape = args.rows, args.features
    if args.variant == "uint8":
        X = rng.integers(256, size=shape, dtype=np.uint8)
    elif args.variant == "CSR 10 %":
        from scipy import sparse

        X = sparse.random(*shape, 0.1, "csr", np.float32, random_state=rng)
    else:
        X = rng.random(shape, np.float64 if args.variant == "float64" else np.float32)
    if args.task == "regression":
        return X, rng.random(args.rows, dtype=np.float32)
    return X, rng.integers(0, N_CLASSES, args.rows)


def make_epoch(args, X, y):
    """Return a function without arguments that trains for one epoch."""
    if args.library in ("fastmlp", "sklearn"):
        # One pass over the rows, as `fit` makes many.  The others never look for NaN; `fit` does so once.
        import sklearn

        sklearn.set_config(assume_finite=True)
        known = {"classes": range(N_CLASSES)} if args.task == "classification" else {}
        return partial(make_estimator(args).partial_fit, X, y, **known)
    make = {
        "torch": partial(_torch_epoch, compiled=False),
        "torch-compile": partial(_torch_epoch, compiled=True),
        "jax": jax_epoch,
    }
    return make[args.library](args, X, y)


def make_estimator(args, **options):
    """Return the unfitted estimator of fastmlp or scikit-learn.

    The BLAS of the latter takes the number of threads from the environment.
    """
    if args.library == "fastmlp":
        from fastmlp import MLPClassifier, MLPRegressor

        options |= {"n_threads": args.threads} | _variant_options(args.variant)
    else:
        from sklearn.neural_network import MLPClassifier, MLPRegressor

    estimator = MLPClassifier if args.task == "classification" else MLPRegressor
    common = {"batch_size": args.batch, "learning_rate_init": RATE, "alpha": 0.0, "random_state": 0}
    return estimator(hidden_layer_sizes=args.hidden, **common, **options)


def _variant_options(variant):
    if variant in ("tanh", "logistic", "gelu", "silu"):
        return {"activation": variant}
    return {"dropout 0.2": {"dropout": 0.2}, "uint8": {"input_scale": 1 / 255}}.get(variant, {})


def _torch_epoch(args, X, y, *, compiled):
    """Modules and the fused Adam; `compiled` adds torch.compile on the loss of a batch."""
    import torch

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    changed = {"change_loss": torch.compile} if compiled else {}
    return torch_epoch(*torch_network(args, X, y), args.batch, **changed)


def torch_network(args, X, y, device="cpu"):
    """Return a cell's PyTorch model, its rows and targets, all on the device, and its loss."""
    import torch

    layers, inputs = [], X.shape[1]
    for width in args.hidden:
        layers += [torch.nn.Linear(inputs, width), torch.nn.ReLU()]
        inputs = width
    classifies = args.task == "classification"
    model = torch.nn.Sequential(*layers, torch.nn.Linear(inputs, N_CLASSES if classifies else 1))
    data, targets = torch.from_numpy(X), torch.from_numpy(y if classifies else y[:, None])
    measure = torch.nn.CrossEntropyLoss() if classifies else torch.nn.MSELoss()
    return model.to(device), data.to(device), targets.to(device), measure


def torch_epoch(model, data, targets, measure, batch, *, change_loss=None, record=None):
    """Return a function without arguments that trains a PyTorch model for one epoch.

    Parameters
    ----------
    model : torch.nn.Module
    data, targets : torch.Tensor
        Their rows are shuffled together, where they are; of one and the same tensor they are gathered once.
    measure : callable
        Outputs and targets -> loss.
    batch : int
    change_loss : callable, optional
        The function from a batch's rows and targets to its loss -> the one that is used: torch.compile, say.
    record : callable, optional
        The function that trains on the rows of some numbers, and such numbers -> the one that is used.
    """
    import torch

    capturable = {"capturable": True} if record else {}
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True, **capturable)

    def loss_of(rows, targets):
        return measure(model(rows), targets)

    if change_loss:
        loss_of = change_loss(loss_of)

    def step(index):
        rows = data[index]
        loss_of(rows, rows if targets is data else targets[index]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)  # last: a recording must begin without gradients

    if record:
        step = record(step, torch.arange(batch, device=data.device))

    def epoch():
        order = torch.randperm(len(data), device=data.device)
        for start in range(0, len(data) - batch + 1, batch):
            step(order[start : start + batch])

    return epoch


def jax_epoch(args, X, y, platform="cpu"):
    """Adam written out, the whole epoch in one compiled scan."""
    if platform == "cpu" and args.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_platforms", platform)
    classifies, batch = args.task == "classification", args.batch
    n_rows, sizes = len(X), (X.shape[1], *args.hidden, N_CLASSES if classifies else 1)
    n_batches = n_rows // batch
    data, targets = jnp.asarray(X), jnp.asarray(y if classifies else y[:, None])

    def initial(key, inputs, outputs):
        return jax.random.normal(key, (inputs, outputs)) * (2 / inputs) ** 0.5, jnp.zeros(outputs)

    keys = jax.random.split(jax.random.key(0), len(sizes) - 1)
    params = [initial(*layer) for layer in zip(keys, sizes[:-1], sizes[1:], strict=True)]

    def loss_of(params, rows, targets):
        for w, b in params[:-1]:
            rows = jax.nn.relu(rows @ w + b)
        w, b = params[-1]
        outputs = rows @ w + b
        if not classifies:
            return jnp.mean((outputs - targets) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs), targets[:, None], 1))

    def step(data, targets, carry, index):
        params, m, v, t = carry
        loss, grads = jax.value_and_grad(loss_of)(params, data[index], targets[index])
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return (params, m, v, t), loss

    @jax.jit
    def run(data, targets, carry, key):  # data among the arguments: else they are compiled into the program
        order = jax.random.permutation(key, n_rows)[: n_batches * batch]
        return jax.lax.scan(partial(step, data, targets), carry, order.reshape(n_batches, batch))

    zeros = jax.tree.map(jnp.zeros_like, params)
    state = {"carry": (params, zeros, zeros, 0.0), "key": jax.random.key(1)}

    def epoch():
        state["key"], key = jax.random.split(state["key"])
        state["carry"], losses = run(data, targets, state["carry"], key)
        losses.block_until_ready()

    return epoch


if __name__ == "__main__":
    main()
