"""The same seed gives the same bits, whatever the threads and whatever ran before."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from fastmlp.layers import Dense, Dropout
from fastmlp.rows import as_rows

from .networks import LABEL_LOSS, make_network, problem
from .training import DTYPES, UPDATES, both, train


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip_norm", [0.0, 0.5])
def test_same_bits_at_any_number_of_threads(dtype, clip_norm, all_threads):
    rows, targets = problem(777, 61, 3, LABEL_LOSS, dtype=dtype, weighted=True)
    update = UPDATES["penalties"]._replace(clip_norm=clip_norm, seed=3)
    results = []
    for n_threads in (1, 2, 4, 7):
        layers = [Dense(100, "gelu"), Dropout(0.3), Dense(50, "tanh")]
        network = make_network(layers, 61, 3, LABEL_LOSS, device="cpu", dtype=dtype, n_threads=n_threads)
        losses = train(network, rows, targets, update, batch_size=100)
        loss, gradient = network.gradient(rows, targets, update)
        results.append((losses, network.params.copy(), loss, gradient.copy(), network.predict(rows)))
    for other in results[1:]:
        for expected, found in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_threads_may_predict_with_one_network_at_once(device):
    network = make_network(
        [Dense(64, "tanh"), Dense(32, "tanh")], 19, 3, LABEL_LOSS, device=device, n_threads=1
    )
    rows = [as_rows(np.random.default_rng(i).normal(size=(500, 19)), "float64") for i in range(8)]
    expected = [network.predict(each) for each in rows]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            for found, alone in zip(pool.map(network.predict, rows), expected, strict=True):
                np.testing.assert_array_equal(found, alone)


def test_a_gradient_does_not_depend_on_what_ran_before():
    rows, targets = problem(5, 19, 3, LABEL_LOSS, dtype="float32")
    _, network = both([Dense(33, "tanh"), Dense(20, "relu")], LABEL_LOSS, "float32")
    expected = network.gradient(rows, targets)[1].copy()
    more = problem(100, 19, 3, LABEL_LOSS, dtype="float32")
    network.gradient(*more)
    network.evaluate(*more)
    np.testing.assert_array_equal(network.gradient(rows, targets)[1], expected)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("batch_size", [4, 20])
def test_a_diverged_run_leaves_nothing_behind(batch_size, activation):
    """Neither in the workspace nor in the pads: finite weights train as in a new network."""
    rows, targets = problem(60, 19, 3, LABEL_LOSS)
    layers = [Dense(20, activation), Dense(20, activation)]
    (_, fresh), (_, network) = both(layers, LABEL_LOSS, "float64"), both(layers, LABEL_LOSS, "float64")
    weights = [weights.copy() for weights in network.weights]
    biases = [bias.copy() for bias in network.biases]
    order = np.arange(60)
    network.weights[0][...] = np.nan
    network.train_epoch(rows, targets, order, UPDATES["momentum"], batch_size)
    assert np.isnan(network.weights[-1]).any()
    for views, kept in ((network.weights, weights), (network.biases, biases)):
        for view, values in zip(views, kept, strict=True):
            view[...] = values
    network.clear_pads()
    network.reset_optimizer()
    for each in (network, fresh):
        each.train_epoch(rows, targets, order, UPDATES["adam"], batch_size)
    np.testing.assert_array_equal(network.params, fresh.params)


def test_training_survives_pickling_between_epochs():
    rows, targets = problem(60, 19, 3, LABEL_LOSS)
    first = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu")
    train(first, rows, targets, UPDATES["adam"], batch_size=10, n_epochs=1)
    clones = [pickle.loads(pickle.dumps(first)), copy.deepcopy(first)]
    update = UPDATES["adam"]._replace(step=6)
    train(first, rows, targets, update, batch_size=10, n_epochs=1)
    for clone in clones:
        train(clone, rows, targets, update, batch_size=10, n_epochs=1)
        np.testing.assert_array_equal(clone.params, first.params)
        clone.weights[0][:] = 0
        assert not clone.params[: clone.weights[0].base.size].all()
    assert first.params.any()
