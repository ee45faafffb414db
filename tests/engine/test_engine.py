"""The CPU engine against the reference, step by step, and what it promises: same bits, no allocation."""

import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba.core.runtime import rtsys
from numba.core.runtime._nrt_python import memsys_enable_stats
from scipy import sparse

from fastmlp.kernels.contract import Optimizer, RowKind, State, Targets, Update
from fastmlp.kernels.cpu import engine, predict
from fastmlp.layers import Dense, Dropout
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..tolerances import TRAINING
from .networks import LABEL_LOSS, make_data, make_network, problem

DTYPES = ["float32", "float64"]


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
    assert engine.rows_at_once(600, 16) < 600
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
    rows, targets = problem(60, width, 3, LABEL_LOSS, dtype=dtype)
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


def test_denormal_numbers_are_flushed_in_the_run_only():
    rows, targets = problem(40, 19, 3, LABEL_LOSS, dtype="float32")
    _, network = both([Dense(16, "relu")], LABEL_LOSS, "float32")
    network.train_epoch(rows, targets, np.arange(40), UPDATES["momentum"]._replace(rate=1e-39), 20)
    velocity = network._slots[0]
    assert not ((velocity != 0) & (np.abs(velocity) < np.finfo(np.float32).tiny)).any()
    assert np.float32(1e-38) / np.float32(4) > 0


def storages(dtype):
    """The same numbers in every storage that the gather kernels read."""
    X = np.random.default_rng(0).integers(0, 9, (45, 19)).astype(np.uint8)
    X[np.random.default_rng(1).random(X.shape) < 0.6] = 0
    X[3] = 0  # a row that a sparse matrix does not store at all
    dense = X.astype(dtype)
    csr = sparse.csr_matrix(dense)
    wide = csr.copy()
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    return {
        RowKind.DENSE: dense,
        RowKind.STRIDED: np.asfortranarray(dense),
        RowKind.UINT8: X,
        RowKind.CSR32: csr,
        RowKind.CSR64: wide,
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", list(RowKind))
def test_every_storage_gives_the_same_bits(kind, dtype):
    _, y, _ = make_data(45, 19, 3, LABEL_LOSS)
    results = []
    for name in (RowKind.DENSE, kind):
        rows = as_rows(storages(dtype)[name], dtype, scale=1 / 8)
        assert rows.kind == name
        network = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu", dtype=dtype)
        train(network, rows, as_targets(y, dtype), UPDATES["adam"], batch_size=10)
        results.append((network.params.copy(), network.predict(rows)))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_sliced_columns_and_reversed_rows_are_read_in_place():
    X, y, _ = make_data(45, 40, 3, LABEL_LOSS)
    view = X[::-1, 3:22]
    rows = as_rows(view, "float64")
    assert rows.kind == RowKind.STRIDED
    assert np.shares_memory(rows.data, X)
    copy = as_rows(view.copy(), "float64")
    networks = [make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu") for _ in range(2)]
    for network, data in zip(networks, (rows, copy), strict=True):
        train(network, data, as_targets(y, "float64"), UPDATES["adam"], batch_size=10)
    np.testing.assert_array_equal(networks[0].params, networks[1].params)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip_norm", [0.0, 0.5])
def test_same_bits_at_any_number_of_threads(dtype, clip_norm, monkeypatch):
    monkeypatch.setattr(engine, "useful_threads", lambda mode, plan, n, batch, limit: limit)
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


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("clip_norm", [0.0, 0.1])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_epoch_allocates_nothing(dtype, clip_norm, n_threads, monkeypatch):
    """Numba makes one handle per array argument and thread when it is called; no step allocates."""
    monkeypatch.setattr(engine, "useful_threads", lambda mode, plan, n, batch, limit: limit)
    memsys_enable_stats()
    update = UPDATES["penalties"]._replace(clip_norm=clip_norm)
    rows, targets = problem(500, 30, 3, LABEL_LOSS, dtype=dtype, weighted=True)
    layers = [Dense(40, "gelu"), Dropout(0.2), Dense(20, "relu")]
    network = make_network(layers, 30, 3, LABEL_LOSS, device="cpu", dtype=dtype, n_threads=n_threads)
    handles = len(State._fields) + len(Targets._fields) + len(["table", "rates", "order", "loss"])
    for batch_size in (500, 20, 5):  # in two parts; vectors of rows; less than a vector
        train(network, rows, targets, update, batch_size=batch_size, n_epochs=1)
        before = rtsys.get_allocation_stats().alloc
        train(network, rows, targets, update, batch_size=batch_size, n_epochs=1)
        assert rtsys.get_allocation_stats().alloc - before == n_threads * handles


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


def test_a_pickle_holds_no_workspace():
    rows, targets = problem(5000, 19, 3, LABEL_LOSS)
    network = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu")
    before = len(pickle.dumps(network))
    train(network, rows, targets, UPDATES["sgd"], batch_size=5000, n_epochs=1)
    assert len(pickle.dumps(network)) == before


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


@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_predictions_look_for_numbers_that_are_not_finite(n_threads, device, monkeypatch):
    monkeypatch.setattr(predict, "useful_threads", lambda plan, n, limit: limit())
    network = make_network([Dense(4)], 5, 3, LABEL_LOSS, device=device, n_threads=n_threads)
    for n_rows in (1, 40, 700):  # the last in several parts
        X = np.random.default_rng(0).normal(size=(n_rows, 5))
        rows = as_rows(X, "float64")
        np.testing.assert_array_equal(network.predict(rows, check=True), network.predict(rows))
        for row in {0, n_rows // 2, n_rows - 1}:
            spoiled = X.copy()
            spoiled[row, 4] = np.inf
            assert network.predict(as_rows(spoiled, "float64"), check=True) is None
            with np.errstate(invalid="ignore"):
                assert network.predict(as_rows(spoiled, "float64")) is not None
    bytes_ = as_rows(np.ones((20, 5), np.uint8), "float64")
    np.testing.assert_array_equal(network.predict(bytes_, check=True), network.predict(bytes_))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_of_another_dtype(dtype):
    other = {"float32": "float64", "float64": "float32"}[dtype]
    network = make_network([Dense(4)], 5, 3, "squared_error", dtype=dtype)
    rows, targets = problem(20, 5, 3, "squared_error", dtype=dtype)
    wrong_rows, wrong_targets = problem(20, 5, 3, "squared_error", dtype=other)
    with pytest.raises(ValueError, match=f"X is {other}, but the network is {dtype}"):
        network.predict(wrong_rows)
    with pytest.raises(ValueError, match=f"X is {other}, but the network is {dtype}"):
        network.evaluate(wrong_rows, targets)
    with pytest.raises(ValueError, match=f"y is {other}, but the network is {dtype}"):
        network.evaluate(rows, wrong_targets)


def test_wrong_number_of_features():
    network = make_network([Dense(4)], 5, 3, LABEL_LOSS)
    with pytest.raises(ValueError, match="X has 4 features, but the network expects 5"):
        network.predict(as_rows(np.zeros((2, 4)), "float64"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "gpu"}, "device='gpu'"),
        ({"dtype": "float16"}, "dtype=float16"),
        ({"n_threads": 0}, "n_threads=0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Network([Dense(3, "identity")], (2,), LABEL_LOSS, **options)


def test_read_only_data_compile_nothing():
    X, y, weights = make_data(60, 19, 3, LABEL_LOSS, weighted=True)
    X.flags.writeable = y.flags.writeable = weights.flags.writeable = False
    network = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu")
    train(network, *problem(60, 19, 3, LABEL_LOSS), UPDATES["adam"], batch_size=10, n_epochs=1)
    before = len(engine.program.signatures)
    rows, targets = as_rows(X, "float64"), as_targets(y, "float64", weights)
    train(network, rows, targets, UPDATES["adam"], batch_size=10, n_epochs=1)
    assert len(engine.program.signatures) == before


def test_a_second_process_starts_without_compiling():
    code = """
import numpy as np
from fastmlp.kernels.contract import Update
from fastmlp.kernels.cpu.engine import program
from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets
network = Network([Dense(3, "identity")], (2,), "softmax_cross_entropy", dtype="float64")
rows, targets = as_rows(np.ones((4, 2)), "float64"), as_targets(np.array([0, 1, 2, 0]), "float64")
network.train_epoch(rows, targets, np.arange(4), Update(), 2)
print(sum(program.stats.cache_hits.values()), sum(program.stats.cache_misses.values()))
"""
    rows, targets = problem(4, 2, 3, LABEL_LOSS)
    network = make_network([], 2, 3, LABEL_LOSS, device="cpu")
    train(network, rows, targets, Update(), batch_size=2, n_epochs=1)
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["1", "0"]
    assert "compiling" not in finished.stderr


def train_wrongly(*, order=None, y=None, weights=None, loss=LABEL_LOSS, device="cpu"):
    X = np.random.default_rng(0).normal(size=(20, 19))
    network = make_network([Dense(4)], 19, 3, loss, device=device)
    y = np.zeros(20, int) if y is None else y
    order = np.arange(20) if order is None else order
    return network.train_epoch(
        as_rows(X, "float64"), as_targets(y, "float64", weights), order, UPDATES["sgd"], 5
    )


@pytest.mark.parametrize("device", ["ref", "cpu"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": np.array([0, 20])}, "order has row numbers from 0 to 20; X has rows 0 to 19"),
        ({"order": np.array([-1, 3])}, "order has row numbers from -1 to 3"),
        ({"y": np.full(20, 3)}, "y has labels from 3 to 3; the network has outputs 0 to 2"),
        ({"y": np.full(20, -1)}, "y has labels from -1 to -1"),
        ({"y": np.zeros(19, int)}, "y must hold one label for each of the 20 rows"),
        ({"y": np.zeros((20, 3))}, "y must hold one label for each of the 20 rows"),
        ({"y": np.zeros(20), "loss": "squared_error"}, "needs values of shape"),
        ({"y": np.zeros((1, 3)), "loss": "squared_error"}, r"y has shape \(1, 3\)"),
        ({"weights": np.ones(3)}, "sample_weight has 3 entries; X has 20 rows"),
    ],
)
def test_nothing_outside_of_the_data_is_read(arguments, message, device):
    with pytest.raises(ValueError, match=message):
        train_wrongly(**arguments, device=device)


def test_any_integers_are_an_order():
    contiguous = train_wrongly(order=np.arange(0, 20, 2))
    before = len(engine.program.signatures)
    read_only = np.arange(0, 20, 2)
    read_only.flags.writeable = False
    for order in (np.arange(20)[::2], np.arange(0, 20, 2, dtype=np.int32), list(range(0, 20, 2)), read_only):
        assert train_wrongly(order=order) == contiguous
    assert len(engine.program.signatures) == before


@pytest.mark.parametrize("wrong", [19, 400, -1])
def test_sparse_indices_outside_of_the_matrix(wrong):
    X = sparse.random(20, 19, 0.2, format="csr", random_state=0)
    X.indices[3] = wrong
    with pytest.raises(ValueError, match="ind"):
        as_rows(X, "float64")


def test_sparse_matrix_with_indices_of_two_widths():
    X = sparse.random(20, 19, 0.2, format="csr", random_state=0)
    expected = as_rows(X, "float64")
    X.indptr = X.indptr.astype(np.int64)
    rows = as_rows(X, "float64")
    assert (expected.kind, rows.kind) == (RowKind.CSR32, RowKind.CSR64)
    network = make_network([Dense(4)], 19, 3, LABEL_LOSS, device="cpu")
    np.testing.assert_array_equal(network.predict(rows), network.predict(expected))


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_gradient_and_prediction_of_no_rows(device):
    network = make_network([Dense(4)], 19, 3, LABEL_LOSS, device=device)
    network.gradient(*problem(20, 19, 3, LABEL_LOSS))
    none = as_rows(np.empty((0, 19)), "float64")
    loss, gradient = network.gradient(none, as_targets(np.empty(0, int), "float64"))
    assert loss == 0
    assert not gradient.any()
    assert network.predict(none).shape == (0, 3)


def test_without_the_jit_the_cpu_says_what_to_do():
    code = """
import numpy as np
from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows
for device in ("ref", "cpu"):
    network = Network([Dense(3, "identity")], (2,), "softmax_cross_entropy", device=device)
    print(network.predict(as_rows(np.ones((1, 2), "f"), "float32")).shape)
"""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert finished.stdout == "(1, 3)\n"
    assert "NUMBA_DISABLE_JIT is set; unset it, or use device='ref'" in finished.stderr


def test_the_process_that_compiles_trains_to_the_same_bits(tmp_path):
    """One that compiles, one that loads, one that loads kernels alone first: same seed, same bits."""
    code = """
import hashlib, sys
import numpy as np
from fastmlp.kernels.cpu import activations, optimizers
from tests.engine.networks import LABEL_LOSS, make_network, problem
from tests.engine.test_engine import UPDATES, Dense, Dropout, train
if "alone" in sys.argv:
    x = [np.ones(20, np.float32) for _ in range(4)]
    optimizers.adam(*x, 0.1, 0.9, 0.99, 1e-8)
    optimizers.nesterov(*x[:3], 0.1, 0.9)
    activations.gelu_forward(np.ones((2, 16), np.float32), np.ones((2, 16), np.float32))
rows, targets = problem(200, 30, 3, LABEL_LOSS, dtype="float32", weighted=True)
for name in ("adam", "nesterov", "adamw", "penalties"):
    layers = [Dense(40, "gelu"), Dropout(0.2), Dense(30, "logistic"), Dense(20, "elu")]
    network = make_network(layers, 30, 3, LABEL_LOSS, device="cpu", dtype="float32")
    train(network, rows, targets, UPDATES[name], batch_size=30)
    print(hashlib.md5(network.params.tobytes()).hexdigest())
"""
    environment = os.environ | {"FASTMLP_CACHE_DIR": str(tmp_path)}
    outputs = []
    for argument in ("compiling", "loading", "alone", "alone"):
        command = [sys.executable, "-c", code, argument]
        finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        outputs.append(finished.stdout.split())
        assert ("compiling" in finished.stderr) == (argument == "compiling")
    assert len(outputs[0]) == 4
    assert outputs[1:] == outputs[:1] * 3


def test_programs_compiled_in_different_processes_work_together(tmp_path):
    """Where they meet, functions of one name are one: no name may stand for two bodies."""
    code = """
import sys
import numpy as np
from tests.engine.networks import LABEL_LOSS, make_network, problem
from tests.engine.test_engine import UPDATES, Dense, train
rows, targets = problem(300, 61, 3, LABEL_LOSS, dtype="float32")
outputs = []
for device in ("cpu", "ref"):
    network = make_network([Dense(100), Dense(50)], 61, 3, LABEL_LOSS, device=device, dtype="float32")
    if "train" in sys.argv:
        train(network, rows, targets, UPDATES["momentum"], batch_size=100, n_epochs=1)
    if "predict" in sys.argv:
        outputs.append(network.predict(rows))
if outputs:
    np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)
"""
    environment = os.environ | {"FASTMLP_CACHE_DIR": str(tmp_path)}
    for words, compiles in ((["train"], True), (["predict"], True), (["train", "predict"], False)):
        command = [sys.executable, "-c", code, *words]
        finished = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert finished.returncode == 0, finished.stderr
        assert ("compiling" in finished.stderr) == compiles
