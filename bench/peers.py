"""Seconds per training epoch, each library as its own users would write it for speed.

    python -m bench.peers fastmlp --threads 1 --batch 128 --hidden 256,128,64
    python -m bench.peers jax --json

Adam at 1e-3, relu, softmax cross-entropy without a penalty, float32, rows shuffled every epoch, random data.
One process runs one library, on as many cores as threads and without foreign settings.  The first epoch
compiles and is not counted.  PyTorch and JAX leave the last rows out if they do not fill a batch.

With --in-turn the process says "ready" after the first epoch, then answers every line that it reads with the
seconds of one more epoch: so several processes can be timed in turn.
"""

import argparse
import json
import statistics
import sys
import time
from functools import partial

from .machine import clean_environment, pinned

#: What must be importable for each.
PEERS = {"fastmlp": "fastmlp", "sklearn": "sklearn", "torch": "torch", "torch-compile": "torch", "jax": "jax"}
N_CLASSES = 10
RATE = 1e-3


def parse(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--hidden", default="256,128,64", help="widths of the hidden layers")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--features", type=int, default=784)
    parser.add_argument("--epochs", type=int, default=5, help="counted epochs")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--in-turn", action="store_true", help="run one epoch per line of standard input")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    args = parse(arguments)
    clean_environment(args.threads)
    with pinned(args.threads):
        epoch = make_epoch(args)
        seconds_of(epoch)
        if args.in_turn:
            print("ready", flush=True)
            for _ in sys.stdin:
                print(seconds_of(epoch), flush=True)
            return
        seconds = [seconds_of(epoch) for _ in range(args.epochs)]
    if args.json:
        print(json.dumps(vars(args) | {"seconds": seconds}))
    else:
        print(
            f"{args.peer} threads={args.threads} batch={args.batch} hidden={args.hidden} rows={args.rows}: "
            f"{statistics.median(seconds):.4f} s/epoch "
            f"(of {len(seconds)}: {min(seconds):.4f}..{max(seconds):.4f})"
        )


def seconds_of(epoch):
    """Time one epoch."""
    start = time.perf_counter()
    epoch()
    return time.perf_counter() - start


def make_epoch(args):
    """Return a function without arguments that trains for one epoch."""
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.random((args.rows, args.features), dtype=np.float32)
    y = rng.integers(0, N_CLASSES, args.rows)
    hidden = tuple(int(width) for width in args.hidden.split(","))
    make = {
        "fastmlp": fastmlp_epoch,
        "sklearn": sklearn_epoch,
        "torch": partial(torch_epoch, compiled=False),
        "torch-compile": partial(torch_epoch, compiled=True),
        "jax": jax_epoch,
    }[args.peer]
    return make(X, y, hidden, args.batch, args.threads)


def fastmlp_epoch(X, y, hidden, batch, threads):
    """The estimator's partial_fit: one pass over the rows, their checks included."""
    from fastmlp import MLPClassifier

    model = MLPClassifier(
        hidden, batch_size=batch, learning_rate_init=RATE, alpha=0.0, random_state=0, n_threads=threads
    )
    return partial(model.partial_fit, X, y, classes=range(N_CLASSES))


def sklearn_epoch(X, y, hidden, batch, threads):
    """The same estimator of scikit-learn; its BLAS takes the number of threads from the environment."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(hidden, batch_size=batch, learning_rate_init=RATE, alpha=0.0, random_state=0)
    return partial(model.partial_fit, X, y, classes=range(N_CLASSES))


def torch_epoch(X, y, hidden, batch, threads, *, compiled):
    """Modules and the fused Adam; `compiled` adds torch.compile on the loss of a batch."""
    import torch

    torch.set_num_threads(threads)
    layers, inputs = [], X.shape[1]
    for width in hidden:
        layers += [torch.nn.Linear(inputs, width), torch.nn.ReLU()]
        inputs = width
    model = torch.nn.Sequential(*layers, torch.nn.Linear(inputs, N_CLASSES))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    data, labels = torch.from_numpy(X), torch.from_numpy(y)

    def loss_of(rows, labels):
        return torch.nn.functional.cross_entropy(model(rows), labels)

    if compiled:
        loss_of = torch.compile(loss_of)

    def epoch():
        order = torch.randperm(len(data))
        for start in range(0, len(data) - batch + 1, batch):
            index = order[start : start + batch]
            optimizer.zero_grad(set_to_none=True)
            loss_of(data[index], labels[index]).backward()
            optimizer.step()

    return epoch


def jax_epoch(X, y, hidden, batch, threads):
    """Adam written out, the whole epoch in one compiled scan."""
    import os

    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_platforms", "cpu")
    n_rows, sizes = len(X), (X.shape[1], *hidden, N_CLASSES)
    n_batches = n_rows // batch
    data, labels = jnp.asarray(X), jnp.asarray(y)

    def initial(key, inputs, outputs):
        return jax.random.normal(key, (inputs, outputs)) * (2 / inputs) ** 0.5, jnp.zeros(outputs)

    keys = jax.random.split(jax.random.key(0), len(sizes) - 1)
    params = [initial(*layer) for layer in zip(keys, sizes[:-1], sizes[1:], strict=True)]

    def loss_of(params, rows, labels):
        for w, b in params[:-1]:
            rows = jax.nn.relu(rows @ w + b)
        w, b = params[-1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(rows @ w + b), labels[:, None], 1))

    def step(carry, index):
        params, m, v, t = carry
        loss, grads = jax.value_and_grad(loss_of)(params, data[index], labels[index])
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return (params, m, v, t), loss

    @jax.jit
    def run(carry, key):
        order = jax.random.permutation(key, n_rows)[: n_batches * batch]
        return jax.lax.scan(step, carry, order.reshape(n_batches, batch))

    zeros = jax.tree.map(jnp.zeros_like, params)
    state = {"carry": (params, zeros, zeros, 0.0), "key": jax.random.key(1)}

    def epoch():
        state["key"], key = jax.random.split(state["key"])
        state["carry"], losses = run(state["carry"], key)
        losses.block_until_ready()

    return epoch


if __name__ == "__main__":
    main()
