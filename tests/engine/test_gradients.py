"""The gradient of whole networks: a worked example, and central differences in float64."""

import numpy as np
import pytest

from fastmlp.kernels.contract import Update
from fastmlp.layers import ACTIVATIONS, Dense, Dropout
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..kernels.gradients import central_difference
from .networks import LABEL_LOSS, make_network, problem

DEVICES = ["ref", "cpu"]
LOSSES = [
    "softmax_cross_entropy",
    "logistic_cross_entropy",
    "poisson",
    "squared_error",
    "absolute_error",
    "huber",
]


def check_gradient(network, rows, targets, update=None):
    """Relative error below 1e-6 for the gradient as a whole; pads exactly zero."""
    _, gradient = network.gradient(rows, targets, update)
    real = np.zeros(len(network.params), bool)
    views = [*network.weights, *[bias for bias in network.biases if bias is not None]]
    for view in views:
        for row in (view[index] for index in np.ndindex(view.shape[:-1])):
            offset = (row.ctypes.data - network.params.ctypes.data) // view.itemsize
            real[offset : offset + len(row)] = True
    numeric = central_difference(lambda params: network.evaluate(rows, targets, update), network.params, real)
    error = np.linalg.norm((gradient - numeric)[real]) / np.linalg.norm(numeric[real])
    assert error < 1e-6
    assert not gradient[~real].any()


@pytest.mark.parametrize("device", DEVICES)
def test_worked_example(device):
    """2-3-1 with sigmoids and half the mean squared error, as computed by hand in the course."""
    state = np.random.RandomState(0)
    W1, b1, W2, b2 = state.randn(3, 2), np.zeros(3), state.randn(3), 0.0
    X, Y = state.rand(1000, 2), state.randint(0, 2, 1000)
    network = Network(
        [Dense(3, "logistic"), Dense(1, "logistic")], (2,), "squared_error", dtype="float64", device=device
    )
    network.weights[0][:], network.biases[0][:] = W1.T, b1
    network.weights[1][:], network.biases[1][:] = W2[:, None], b2
    rows, targets = as_rows(X, "float64"), as_targets(Y[:, None], "float64")

    loss, gradient = network.gradient(rows, targets)

    assert loss == pytest.approx(0.1332476222330792, abs=1e-12)
    network.params[:] = gradient  # so that the views name its parts
    printed = [[0.00244596, 0.00262019], [-0.00030765, -0.00024188], [-0.00034768, -0.000372]]
    np.testing.assert_allclose(network.weights[0].T, printed, atol=0.5e-8, rtol=0)
    np.testing.assert_allclose(
        network.weights[1][:, 0], [0.02216011, 0.02433097, 0.01797174], atol=0.5e-8, rtol=0
    )
    np.testing.assert_allclose(network.biases[0], [0.00492577, -0.00058023, -0.00065977], atol=0.5e-8, rtol=0)
    assert network.biases[1][0] == pytest.approx(0.029249230265318685, abs=1e-15)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation(activation, device):
    hidden = [Dense(7, activation, bias_init="normal"), Dense(5, activation, bias_init="normal")]
    network = make_network(hidden, 4, 3, LABEL_LOSS, device=device)
    check_gradient(network, *problem(9, 4, 3, LABEL_LOSS))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_loss(loss, weighted, device):
    network = make_network([Dense(6, "tanh")], 4, 3, loss, device=device, huber_delta=0.7)
    check_gradient(network, *problem(300, 4, 3, loss, weighted=weighted))  # more than one chunk of rows


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "gelu", "softplus"])
def test_output_activation_with_squared_error(activation, device):
    layers = [Dense(5, "tanh"), Dense(2, activation)]
    network = Network(layers, (3,), "squared_error", dtype="float64", device=device)
    network.initialize(np.random.RandomState(3))
    check_gradient(network, *problem(11, 3, 2, "squared_error"))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("penalty", [{"l2": 0.3}, {"l1": 0.2}, {"l2": 0.3, "l1": 0.2}])
def test_penalty(penalty, device):
    network = make_network([Dense(6, "tanh")], 4, 3, LABEL_LOSS, device=device)
    for weights in network.weights:  # away from the kink of |w| at zero
        weights[:] = np.sign(weights) * np.maximum(np.abs(weights), 1e-3)
    check_gradient(network, *problem(20, 4, 3, LABEL_LOSS, weighted=True), Update(**penalty))


@pytest.mark.parametrize("device", DEVICES)
def test_layers_without_bias_and_no_hidden_layer(device):
    network = Network([Dense(3, "identity", bias=False)], (4,), LABEL_LOSS, dtype="float64", device=device)
    network.initialize(np.random.RandomState(0))
    check_gradient(network, *problem(10, 4, 3, LABEL_LOSS))


@pytest.mark.parametrize("device", DEVICES)
def test_dropout_is_off_in_the_gradient(device):
    network = make_network([Dense(8, "tanh"), Dropout(0.4), Dropout(0.3)], 5, 3, LABEL_LOSS, device=device)
    check_gradient(network, *problem(12, 5, 3, LABEL_LOSS))


@pytest.mark.parametrize("device", DEVICES)
def test_dropout(device):
    """With the masks of one seed held fixed, SGD moves along the gradient of the loss under these masks."""
    layers = [Dropout(0.2), Dense(8, "tanh"), Dropout(0.4), Dense(7, "tanh"), Dropout(0.3)]
    network = make_network(layers, 5, 3, LABEL_LOSS, device=device)
    rows, targets = problem(12, 5, 3, LABEL_LOSS)
    start, order, rate = network.params.copy(), np.arange(12), 1e-3
    update = Update(rate=rate, seed=5)

    def objective(params):
        kept = network.params.copy()
        loss = network.train_epoch(rows, targets, order, update, 12)
        network.params[:] = kept
        return loss

    numeric = central_difference(objective, network.params)
    network.train_epoch(rows, targets, order, update, 12)
    gradient = (start - network.params) / rate
    assert np.linalg.norm(gradient - numeric) / np.linalg.norm(numeric) < 1e-6
