"""The CPU engine trains as the reference does, step by step."""

import numpy as np
import pytest

from fastmlp.kernels.contract import MOST_ROWS
from fastmlp.kernels.cpu import engine
from fastmlp.layers import Dense, Dropout

from ..tolerances import TRAINING
from .networks import LABEL_LOSS, problem
from .training import DTYPES, UPDATES, assert_same_training, both


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("batch_size", [1, 20, 53, 70])  # 53 rows: a last batch of 13, of 53, one of all
def test_optimizers(name, batch_size, dtype):
    rows, targets = problem(53, 19, 3, LABEL_LOSS, dtype=dtype, weighted=name == "penalties")
    networks = both([Dense(33, "tanh"), Dense(16, "logistic")], LABEL_LOSS, dtype)
    assert_same_training(networks, rows, targets, UPDATES[name], batch_size=batch_size, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "loss", ["softmax_cross_entropy", "logistic_cross_entropy", "poisson", "squared_error", "huber"]
)
def test_losses(loss, dtype):
    rows, targets = problem(40, 19, 3, loss, dtype=dtype, weighted=True)
    networks = both([Dense(17, "silu"), Dense(18, "gelu")], loss, dtype, huber_delta=0.5)
    assert_same_training(networks, rows, targets, UPDATES["momentum"], batch_size=16, dtype=dtype)
    ref, cpu = networks
    np.testing.assert_allclose(cpu.predict(rows), ref.predict(rows), **TRAINING[dtype])
    np.testing.assert_allclose(cpu.evaluate(rows, targets), ref.evaluate(rows, targets), **TRAINING[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout_has_the_same_masks_on_both_devices(dtype):
    rows, targets = problem(64, 19, 3, LABEL_LOSS, dtype=dtype)
    layers = [Dropout(0.1), Dense(40, "tanh"), Dropout(0.5), Dense(20, "relu"), Dropout(0.3)]
    networks = both(layers, LABEL_LOSS, dtype)
    update = UPDATES["adam"]._replace(seed=7)
    assert_same_training(networks, rows, targets, update, batch_size=24, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip_norm", [0.0, 0.3])
def test_a_large_batch_is_done_in_parts(clip_norm, dtype):
    """700 rows in batches of 600: parts of 208, 208 and 184 rows, then one of 100."""
    rows, targets = problem(700, 19, 3, LABEL_LOSS, dtype=dtype, weighted=True)
    networks = both([Dense(33, "tanh"), Dropout(0.4), Dense(16, "relu")], LABEL_LOSS, dtype)
    update = UPDATES["penalties"]._replace(clip_norm=clip_norm, seed=7)
    assert engine.rows_at_once(networks[1].plan_for(1), MOST_ROWS, 600) < 600
    assert_same_training(networks, rows, targets, update, batch_size=600, dtype=dtype)
    ref, cpu = networks
    for got, expected in zip(
        cpu.gradient(rows, targets, update), ref.gradient(rows, targets, update), strict=True
    ):
        np.testing.assert_allclose(got, expected, **TRAINING[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [3, 20])
def test_rows_of_a_whole_page(batch_size, dtype):
    """Their leading dimension is larger than their width."""
    width = 4096 // np.dtype(dtype).itemsize
    rows, targets = problem(24, width, 3, LABEL_LOSS, dtype=dtype)
    networks = both([Dense(width, "relu"), Dense(width // 2, "tanh")], LABEL_LOSS, dtype, n_inputs=width)
    update = UPDATES["momentum"]._replace(rate=0.001, l2=0.5)
    assert_same_training(networks, rows, targets, update, batch_size=batch_size, dtype=dtype)


@pytest.mark.parametrize("n_rows", [200, 700])
@pytest.mark.parametrize("clip_norm", [0.0, 0.3])
def test_evaluating_with_penalties_changes_nothing(clip_norm, n_rows):
    rows, targets = problem(n_rows, 19, 3, LABEL_LOSS)
    ref, cpu = both([Dense(33, "tanh")], LABEL_LOSS, "float64")
    update, before = UPDATES["penalties"]._replace(clip_norm=clip_norm), cpu.params.copy()
    expected = ref.evaluate(rows, targets, update)
    for _ in range(2):
        np.testing.assert_allclose(cpu.evaluate(rows, targets, update), expected, rtol=1e-12)
    np.testing.assert_array_equal(cpu.params, before)


def test_denormal_numbers_are_flushed_in_the_run_only():
    rows, targets = problem(40, 19, 3, LABEL_LOSS, dtype="float32")
    _, network = both([Dense(16, "relu")], LABEL_LOSS, "float32")
    network.train_epoch(rows, targets, np.arange(40), UPDATES["momentum"]._replace(rate=1e-39), 20)
    velocity = network._slots[0]
    assert not ((velocity != 0) & (np.abs(velocity) < np.finfo(np.float32).tiny)).any()
    assert np.float32(1e-38) / np.float32(4) > 0
