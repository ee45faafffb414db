"""Small networks and data for the tests of the engine."""

import numpy as np

from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

LABEL_LOSS = "softmax_cross_entropy"
LINKED = (LABEL_LOSS, "logistic_cross_entropy", "poisson")


def make_network(hidden, n_inputs, n_outputs, loss, *, device="ref", dtype="float64", seed=0, **options):
    """Hidden layers (specs), a Dense output layer, and seeded weights and biases."""
    output = Dense(n_outputs, "identity", bias_init="normal")
    network = Network([*hidden, output], (n_inputs,), loss, device=device, dtype=dtype, **options)
    network.initialize(np.random.RandomState(seed))
    return network


def make_data(n_rows, n_inputs, n_outputs, loss, *, dtype="float64", seed=1, weighted=False):
    """X, y as `as_targets` takes it, and sample weights or None."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_inputs)).astype(dtype)
    if loss == LABEL_LOSS:
        y = rng.integers(n_outputs, size=n_rows)
    elif loss == "logistic_cross_entropy":
        y = rng.integers(2, size=(n_rows, n_outputs)).astype(dtype)
    elif loss == "poisson":
        y = rng.poisson(2.0, size=(n_rows, n_outputs)).astype(dtype)
    else:
        y = rng.normal(size=(n_rows, n_outputs)).astype(dtype)
    return X, y, rng.uniform(0.2, 2.0, n_rows) if weighted else None


def problem(n_rows, n_inputs, n_outputs, loss, *, dtype="float64", seed=1, weighted=False):
    """The same as `Rows` and `Targets`."""
    X, y, weights = make_data(n_rows, n_inputs, n_outputs, loss, dtype=dtype, seed=seed, weighted=weighted)
    return as_rows(X, dtype), as_targets(y, dtype, weights)
