"""Networks for images against PyTorch's arithmetic, where it is installed: outputs, losses and gradients."""

import numpy as np
import pytest

from fastmlp.layers import AvgPool2D, Concat, Conv2D, Dense, GlobalAvgPool2D, MaxPool2D
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

SHAPE = (9, 8, 4)
NETWORKS = {
    "plain": [Conv2D(5, 3), MaxPool2D(2), Conv2D(6, (2, 1), activation="tanh")],
    "strides and padding": [Conv2D(5, 3, 2, 1), Conv2D(4, (1, 2), (3, 2), activation="logistic")],
    "groups": [Conv2D(6, 3, padding=1, groups=2), Conv2D(8, 1, groups=2, bias=False)],
    "overlapping maxima": [Conv2D(16, 2), MaxPool2D(3, 2, ceil_mode=True), MaxPool2D(3, 1, padding=1)],
    "means": [Conv2D(3, 2, activation="tanh"), AvgPool2D(3, 2, padding=1, ceil_mode=True), GlobalAvgPool2D()],
    "fire": [
        Conv2D(4, 1),
        Concat([[Conv2D(16, 1)], [Conv2D(3, 1), Conv2D(5, 3, padding=1)], [MaxPool2D(3, 1, padding=1)]]),
        MaxPool2D(2),
    ],
}
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "logistic": torch.sigmoid, "identity": lambda z: z}


def apply(layers, x, parameters):
    """PyTorch's outputs (n, c, h, w) of image layers; `parameters` yields weights and bias of each."""
    functions = torch.nn.functional
    for layer in layers:
        if isinstance(layer, Conv2D):
            w, b = next(parameters)
            x = functions.conv2d(
                x, w.permute(3, 2, 0, 1), b, layer.stride, layer.padding, groups=layer.groups
            )
            x = ACTIVATIONS[layer.activation](x)
        elif isinstance(layer, MaxPool2D):
            x = functions.max_pool2d(
                x, layer.pool_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode
            )
        elif isinstance(layer, AvgPool2D):
            x = functions.avg_pool2d(
                x, layer.pool_size, layer.stride, layer.padding, layer.ceil_mode, count_include_pad=False
            )
        elif isinstance(layer, GlobalAvgPool2D):
            x = x.mean((2, 3), keepdim=True)
        else:
            x = torch.cat([apply(branch, x, parameters) for branch in layer.branches], dim=1)
    return x


@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_outputs_and_gradients(layers, dtype, device):
    network = Network(
        [*layers, Dense(3, "identity")], SHAPE, "softmax_cross_entropy", dtype=dtype, device=device
    )
    network.initialize(np.random.RandomState(0))
    for bias in network.biases:
        if bias is not None:
            bias[:] = np.random.default_rng(1).normal(scale=0.1, size=bias.shape)
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(20, *SHAPE)).astype(dtype), rng.integers(3, size=20)
    weights = [torch.tensor(w, requires_grad=True) for w in network.weights]
    biases = [None if b is None else torch.tensor(b, requires_grad=True) for b in network.biases]

    images = apply(layers, torch.tensor(X).permute(0, 3, 1, 2), iter(zip(weights, biases, strict=True)))
    outputs = images.permute(0, 2, 3, 1).reshape(20, -1) @ weights[-1] + biases[-1]
    loss = torch.nn.functional.cross_entropy(outputs, torch.tensor(y))
    loss.backward()

    rows, targets = as_rows(X.reshape(20, -1), dtype), as_targets(y, dtype)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    probabilities = torch.softmax(outputs, 1).detach().numpy()
    np.testing.assert_allclose(network.predict(rows), probabilities, rtol=tolerance, atol=tolerance)
    value, gradient = network.gradient(rows, targets)
    assert value == pytest.approx(loss.item(), rel=tolerance)
    network.params[:] = gradient  # so that the views name its parts
    for ours, theirs in zip(network.weights + network.biases, weights + biases, strict=True):
        if ours is not None:
            largest = theirs.grad.abs().max().item()
            np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=0, atol=10 * tolerance * largest)
