"""Data as the engine reads them: every storage, read in place and nowhere outside, and what is refused."""

import numpy as np
import pytest
from scipy import sparse

from fastmlp.kernels.contract import RowKind
from fastmlp.kernels.cpu import engine
from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from .networks import LABEL_LOSS, make_data, make_network, problem
from .training import DTYPES, UPDATES, train


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


def test_sparse_matrix_with_indices_of_two_widths():
    X = sparse.random(20, 19, 0.2, format="csr", random_state=0)
    expected = as_rows(X, "float64")
    X.indptr = X.indptr.astype(np.int64)
    rows = as_rows(X, "float64")
    assert (expected.kind, rows.kind) == (RowKind.CSR32, RowKind.CSR64)
    network = make_network([Dense(4)], 19, 3, LABEL_LOSS, device="cpu")
    np.testing.assert_array_equal(network.predict(rows), network.predict(expected))


@pytest.mark.parametrize("wrong", [19, 400, -1])
def test_sparse_indices_outside_of_the_matrix(wrong):
    X = sparse.random(20, 19, 0.2, format="csr", random_state=0)
    X.indices[3] = wrong
    with pytest.raises(ValueError, match="ind"):
        as_rows(X, "float64")


def test_read_only_data_compile_nothing():
    X, y, weights = make_data(60, 19, 3, LABEL_LOSS, weighted=True)
    X.flags.writeable = y.flags.writeable = weights.flags.writeable = False
    network = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu")
    train(network, *problem(60, 19, 3, LABEL_LOSS), UPDATES["adam"], batch_size=10, n_epochs=1)
    before = len(engine.program.signatures)
    rows, targets = as_rows(X, "float64"), as_targets(y, "float64", weights)
    train(network, rows, targets, UPDATES["adam"], batch_size=10, n_epochs=1)
    assert len(engine.program.signatures) == before


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_gradient_and_prediction_of_no_rows(device):
    network = make_network([Dense(4)], 19, 3, LABEL_LOSS, device=device)
    network.gradient(*problem(20, 19, 3, LABEL_LOSS))
    none = as_rows(np.empty((0, 19)), "float64")
    loss, gradient = network.gradient(none, as_targets(np.empty(0, int), "float64"))
    assert loss == 0
    assert not gradient.any()
    assert network.predict(none).shape == (0, 3)


@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_predictions_look_for_numbers_that_are_not_finite(n_threads, device, all_threads):
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


@pytest.mark.parametrize("dtype", DTYPES)
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
