"""Rows that are their own targets: gradients, both devices, kinds of rows, and the same bits as a copy."""

import numpy as np
import pytest
from scipy import sparse

from fastmlp.kernels.contract import RowKind
from fastmlp.layers import Concat, Conv2D, Dense, Dropout, Flatten, MaxPool2D
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..tolerances import TRAINING
from .networks import make_network
from .test_gradients import check_gradient
from .training import UPDATES, assert_same_training, both, train

N = 19  # a vector of float32 and three more
LOSSES = ["squared_error", "logistic_cross_entropy", "absolute_error", "huber"]
HIDDEN = [Dense(33, "tanh", bias_init="normal"), Dense(5, "tanh", bias_init="normal")]
SHAPE = (4, 5, 2)
IMAGE_NETWORKS = {
    "convolution": [Conv2D(3, 2, activation="tanh"), MaxPool2D(2), Dense(7, "tanh")],
    "branches": [Concat([[Conv2D(3, 1, activation="tanh")], [MaxPool2D(3, 1, padding=1)]]), Dense(7, "tanh")],
    "flat": [Flatten(), Dense(7, "tanh")],
    "dropout first": [Dropout(0.4), Conv2D(3, 2, activation="tanh"), Dense(7, "tanh")],
}


def make_rows(n_rows, kind="dense", dtype="float64", scale=1.0, width=N):
    """Rows of a kind, from 0 to 1 after scaling."""
    X = np.random.default_rng(3).integers(1, 256, (n_rows, width)).astype(np.uint8)
    if kind != "uint8":
        X = X.astype(dtype)
    if scale == 1.0:
        X = (X / 255).astype(dtype)
    if kind.startswith("CSR"):
        X[np.random.default_rng(4).random(X.shape) < 0.8] = 0
        X = sparse.csr_array(X)
        X.indices, X.indptr = (each.astype(f"int{kind[3:]}") for each in (X.indices, X.indptr))
    rows = as_rows(np.asfortranarray(X) if kind == "strided" else X, dtype, scale)
    assert rows.kind == RowKind[kind.upper()]
    return rows, X.toarray() if sparse.issparse(X) else X


def weights_of(n_rows):
    weights = np.random.default_rng(5).uniform(0.2, 2.0, n_rows)
    weights[::7] = 0
    return weights


def own(dtype="float64", weights=None):
    return as_targets(None, dtype, weights)


@pytest.mark.parametrize("device", ["ref", "cpu"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient(loss, weighted, device):
    """300 rows are more than one part of a batch."""
    network = make_network(HIDDEN, 6, 6, loss, device=device, huber_delta=0.2)
    rows, _ = make_rows(300, width=6)
    check_gradient(network, rows, own(weights=weights_of(300) if weighted else None))


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_gradient_with_logistic_outputs(device):
    network = Network([*HIDDEN, Dense(6, "logistic")], (6,), "squared_error", dtype="float64", device=device)
    network.initialize(np.random.RandomState(0))
    rows, _ = make_rows(20, width=6)
    check_gradient(network, rows, own())


@pytest.mark.parametrize("device", ["ref", "cpu"])
@pytest.mark.parametrize("layers", IMAGE_NETWORKS.values(), ids=IMAGE_NETWORKS)
def test_gradient_of_images(layers, device):
    network = Network(
        [*layers, Dense(40, "identity")], SHAPE, "squared_error", dtype="float64", device=device
    )
    network.initialize(np.random.RandomState(0))
    rows, _ = make_rows(5, width=40)
    check_gradient(network, rows, own())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "scale"), [
    ("dense", 1.0), ("dense", 1 / 255), ("strided", 1.0), ("strided", 1 / 255), ("uint8", 1 / 255),
    ("CSR32", 1.0), ("CSR64", 1 / 255),
])  # fmt: skip
@pytest.mark.parametrize("batch_size", [3, 53, 700])  # few rows, a last batch of 11, all rows in parts
def test_kinds_of_rows(kind, scale, batch_size, dtype):
    """The CPU trains like the reference, and both like rows whose targets are a copy."""
    rows, X = make_rows(700, kind, dtype, scale)
    weights = weights_of(700)
    update = UPDATES["penalties" if batch_size == 53 else "adam"]
    networks = both(HIDDEN, "squared_error", dtype, n_inputs=N, n_outputs=N)
    assert_same_training(networks, rows, own(dtype, weights), update, batch_size=batch_size, dtype=dtype)
    _, copied = both(HIDDEN, "squared_error", dtype, n_inputs=N, n_outputs=N)
    values = as_targets(X.astype(dtype) * np.dtype(dtype).type(scale), dtype, weights)
    train(copied, rows, values, update, batch_size=batch_size)
    np.testing.assert_array_equal(copied.params, networks[1].params)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "layers", [HIDDEN, [Dropout(0.3), *HIDDEN, Dropout(0.2)], []], ids=["", "dropout", "none"]
)
@pytest.mark.parametrize("clip_norm", [0.0, 0.3])
def test_same_bits_as_a_copy_of_the_rows(loss, layers, clip_norm):
    """Dropout of the rows themselves leaves the targets whole: a denoising autoencoder."""
    rows, X = make_rows(300, dtype="float32")
    update = UPDATES["adam"]._replace(clip_norm=clip_norm, seed=7)
    params = []
    for targets in (own("float32"), as_targets(X, "float32")):
        network = make_network(layers, N, N, loss, device="cpu", dtype="float32")
        losses = train(network, rows, targets, update, batch_size=70)
        params.append((losses, network.evaluate(rows, targets), network.params))
    assert params[0][:2] == params[1][:2]
    np.testing.assert_array_equal(params[0][2], params[1][2])


@pytest.mark.parametrize("kind", ["dense", "uint8", "CSR32"])
@pytest.mark.parametrize("layers", IMAGE_NETWORKS.values(), ids=IMAGE_NETWORKS)
def test_images(layers, kind):
    rows, X = make_rows(70, kind, "float32", 1 / 255, width=40)
    values = as_targets(X.astype("float32") * np.float32(1 / 255), "float32")
    params = []
    for device, targets in (("cpu", own("float32")), ("cpu", values), ("ref", own("float32"))):
        network = Network([*layers, Dense(40, "identity")], SHAPE, "squared_error", device=device)
        network.initialize(np.random.RandomState(0))
        train(network, rows, targets, UPDATES["momentum"]._replace(seed=3), batch_size=33)
        params.append(network.params)
    np.testing.assert_array_equal(params[0], params[1])
    np.testing.assert_allclose(params[0], params[2], **TRAINING["float32"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [100, 600])
def test_same_bits_at_any_number_of_threads(batch_size, dtype, all_threads):
    rows, _ = make_rows(700, "uint8", dtype, 1 / 255)
    targets, results = own(dtype, weights_of(700)), []
    for n_threads in (1, 2, 5):
        network = make_network(HIDDEN, N, N, "squared_error", device="cpu", dtype=dtype, n_threads=n_threads)
        losses = train(network, rows, targets, UPDATES["adam"], batch_size=batch_size)
        results.append((losses, network.evaluate(rows, targets), network.params))
    for losses, loss, params in results[1:]:
        assert (losses, loss) == results[0][:2]
        np.testing.assert_array_equal(params, results[0][2])


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_loss_is_that_of_the_scaled_rows(device):
    rows, X = make_rows(300, "uint8", scale=1 / 255)
    network = make_network(HIDDEN, N, N, "squared_error", device=device)
    expected = 0.5 * ((network.predict(rows) - X / 255) ** 2).sum(axis=1).mean()
    assert network.evaluate(rows, own()) == pytest.approx(expected, rel=1e-12)
    assert network.gradient(rows, own())[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_outputs_must_be_as_many_as_inputs(device):
    network = make_network(HIDDEN, N, 4, "squared_error", device=device)
    rows, _ = make_rows(20)
    with pytest.raises(ValueError, match=r"y has shape \(0, 0\); .* needs values of shape \(20, 4\)"):
        network.evaluate(rows, own())
    same = make_network(HIDDEN, N, N, "softmax_cross_entropy", device=device)
    with pytest.raises(ValueError, match="y must hold one label for each of the 20 rows"):
        same.evaluate(rows, own())
