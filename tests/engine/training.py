"""Short training runs for the tests of the engine."""

import numpy as np

from fastmlp.kernels.contract import Optimizer, Update

from ..tolerances import TRAINING
from .networks import make_network

DTYPES = ["float32", "float64"]


UPDATES = {
    "sgd": Update(Optimizer.SGD, 0.1),
    "momentum": Update(Optimizer.MOMENTUM, 0.05, beta_1=0.8),
    "nesterov": Update(Optimizer.NESTEROV, 0.05, beta_1=0.8),
    "adam": Update(Optimizer.ADAM, 0.01),
    "adamw": Update(Optimizer.ADAMW, 0.01, weight_decay=0.1),
    "penalties": Update(Optimizer.ADAM, 0.01, l2=0.5, l1=0.1),
    "clipped": Update(Optimizer.SGD, 0.1, clip_norm=0.3),
    "clipped with penalties": Update(Optimizer.NESTEROV, 0.1, l2=0.5, l1=0.1, clip_norm=0.3),
}


def train(network, rows, targets, update, *, batch_size, n_epochs=3, seed=0):
    """A few shuffled epochs; returns the losses."""
    rng, losses = np.random.default_rng(seed), []
    for _ in range(n_epochs):
        order = rng.permutation(rows.n_rows)
        losses.append(network.train_epoch(rows, targets, order, update, batch_size))
        update = update._replace(step=update.step + -(-rows.n_rows // batch_size))
    return losses


def both(hidden, loss, dtype, *, n_inputs=19, n_outputs=3, **options):
    """The same network on both devices."""
    return [
        make_network(hidden, n_inputs, n_outputs, loss, device=device, dtype=dtype, **options)
        for device in ("ref", "cpu")
    ]


def assert_same_training(networks, rows, targets, update, *, batch_size, dtype):
    ref, cpu = networks
    expected = train(ref, rows, targets, update, batch_size=batch_size)
    losses = train(cpu, rows, targets, update, batch_size=batch_size)
    np.testing.assert_allclose(losses, expected, **TRAINING[dtype])
    np.testing.assert_allclose(cpu.params, ref.params, **TRAINING[dtype])
