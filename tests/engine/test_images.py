"""Networks for images: the CPU engine against the reference, gradients, threads, and PyTorch's arithmetic."""

import numpy as np
import pytest

from fastmlp.layers import (
    ACTIVATIONS,
    AvgPool2D,
    Concat,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    MaxPool2D,
)
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..tolerances import TRAINING
from .test_gradients import check_gradient
from .training import UPDATES, train

LOSS, SHAPE = "softmax_cross_entropy", (6, 5, 2)
FIRE = Concat(
    [
        [Conv2D(3, 1, bias_init="normal")],
        [Conv2D(2, 1, activation="tanh"), Conv2D(5, 3, padding=1, activation="tanh", bias=False)],
        [MaxPool2D(3, 1, padding=1)],
    ]
)
NETWORKS = {
    "one convolution": [Conv2D(3, activation="tanh", bias_init="normal")],
    "one point": [Conv2D(4, 1, activation="tanh")],
    "two": [Conv2D(5, (2, 3), activation="gelu"), Conv2D(4, 2, stride=2, activation="logistic")],
    "two points": [Conv2D(5, 1, activation="gelu", bias_init="normal"), Conv2D(4, 1, activation="silu")],
    "padding": [
        Conv2D(4, 3, padding="same", activation="tanh"),
        Conv2D(3, 3, (2, 1), (1, 2), activation="elu"),
    ],
    "stride over the kernel": [
        Conv2D(3, 1, stride=2, activation="tanh"),
        Conv2D(3, (1, 2), (2, 3), activation="tanh"),
    ],
    "groups": [
        Conv2D(6, 2, groups=2, activation="tanh", bias_init="normal"),
        Conv2D(9, 1, groups=3, activation="tanh"),
    ],
    "depthwise": [
        Conv2D(4, 3, groups=2, padding=1, activation="tanh"),
        Conv2D(4, 2, groups=4, activation="tanh"),
    ],
    "maxima": [Conv2D(3, 2, activation="tanh"), MaxPool2D(2), Conv2D(4, 2, activation="tanh")],
    "overlapping maxima": [Conv2D(3, 2, activation="tanh"), MaxPool2D(3, 2, ceil_mode=True)],
    "means": [Conv2D(3, 2, activation="tanh"), AvgPool2D(2, 1, padding=1), Conv2D(2, 2, activation="tanh")],
    "pools of the input": [MaxPool2D(2, 1), AvgPool2D(2, 1)],
    "global": [Conv2D(5, 2, activation="tanh"), GlobalAvgPool2D()],
    "fire": [FIRE, Conv2D(4, 2, activation="tanh")],
    "branches above a convolution": [Conv2D(4, 1, activation="tanh"), FIRE, GlobalAvgPool2D()],
    "points in the padding": [
        Conv2D(3, 1, stride=2, padding=1, activation="tanh"),
        Conv2D(2, 1, 2, (2, 1), activation="tanh"),
    ],
    "branch of dropout": [
        Conv2D(4, 2, stride=2, activation="tanh"),
        Concat([[Dropout(0.5)], [Conv2D(3, 1, activation="tanh")], [MaxPool2D(3, 1, padding=1)]]),
    ],
    "flat": [Conv2D(3, 3, activation="tanh"), Flatten(), Dense(7, "tanh")],
    "wide": [Conv2D(20, (5, 4), activation="tanh"), Flatten(), Dense(17, "tanh")],
    "whole vectors": [Conv2D(16, 2, activation="tanh"), Conv2D(16, 1), MaxPool2D(2), Dense(17, "tanh")],
}
each_network = pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)


def make_network(layers, *, device="cpu", dtype="float64", shape=SHAPE, seed=0, **options):
    network = Network([*layers, Dense(3, "identity")], shape, LOSS, device=device, dtype=dtype, **options)
    network.initialize(np.random.RandomState(seed))
    return network


def problem(n_rows, dtype="float64", shape=SHAPE):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(n_rows, int(np.prod(shape)))).astype(dtype), rng.integers(3, size=n_rows)
    return as_rows(X, dtype), as_targets(y, dtype)


@each_network
@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_gradients(device, layers):
    network = make_network(layers, device=device)
    check_gradient(network, *problem(5))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_of_every_activation(activation):
    layers = [
        Conv2D(3, 2, activation=activation, bias_init="normal") for _ in range(2)
    ]  # zero biases are kinks
    check_gradient(make_network(layers), *problem(4))


@each_network
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_agrees_with_the_reference(dtype, layers):
    losses, params, outputs = [], [], []
    for device in ("cpu", "ref"):
        network = make_network(layers, device=device, dtype=dtype)
        rows, targets = problem(70, dtype)
        losses.append(train(network, rows, targets, UPDATES["momentum"], batch_size=33))
        params.append(network.params)
        outputs.append(network.predict(rows))
    np.testing.assert_allclose(losses[0], losses[1], **TRAINING[dtype])
    np.testing.assert_allclose(params[0], params[1], **TRAINING[dtype])
    np.testing.assert_allclose(outputs[0], outputs[1], **TRAINING[dtype])


def test_dropout_between_images():
    layers = [Conv2D(5, 2, activation="tanh"), Dropout(0.4), Conv2D(3, 2), Dropout(0.5)]
    params = []
    for device in ("cpu", "ref"):
        network = make_network(layers, device=device)
        train(network, *problem(40), UPDATES["adam"], batch_size=20)
        params.append(network.params)
    np.testing.assert_allclose(*params, **TRAINING["float64"])


@pytest.mark.parametrize("name", ["fire", "groups", "maxima", "whole vectors"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_bits_at_any_number_of_threads(dtype, name, all_threads):
    found = []
    for n_threads in (1, 2, 3, 7):
        network = make_network(NETWORKS[name], dtype=dtype, n_threads=n_threads)
        rows, targets = problem(150, dtype)
        losses = train(network, rows, targets, UPDATES["adam"], batch_size=100)
        found.append((losses, network.params.tobytes(), network.predict(rows).tobytes()))
    assert found[1:] == found[:1] * 3


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (Conv2D(1, 1, padding=1), (1, 1, 1), (3, 3, 1)),  # windows may lie in the padding alone
        (Conv2D(1, 2, stride=2, padding=3), (4, 3, 1), (5, 4, 1)),
        (MaxPool2D(2, 2, ceil_mode=True), (1, 1, 3), (1, 1, 3)),
        (MaxPool2D(3, 2, ceil_mode=True), (55, 54, 3), (27, 27, 3)),
        (MaxPool2D(2, 3, padding=1, ceil_mode=True), (3, 4, 1), (2, 2, 1)),
        (AvgPool2D(3, 2, padding="same"), (5, 6, 1), (3, 3, 1)),
    ],
)
def test_shapes(layer, shape, expected):
    assert layer.output_shape(shape) == expected


@pytest.mark.parametrize("branches", [(), [[]], [["x"]], [[3]], ["x"], [Conv2D(2, 1)], 3])
def test_branches_are_lists_of_layers(branches):
    with pytest.raises(ValueError, match=r"Concat: branches=.* must be lists of layers, none of them empty"):
        Concat(branches)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            Conv2D(3, 7),
            r"Conv2D: the input's height of 6 pixels, with padding 0, is smaller than the window's 7",
        ),
        (Conv2D(4, 2, groups=4), "groups=4 must divide the input's 2 channels"),
        (MaxPool2D((2, 6)), "MaxPool2D: the input's width of 5 pixels"),
        (Concat([[Conv2D(2, 1)], [Conv2D(2, 2)]]), "images of different sizes"),
        (Concat([[Dense(3)]]), "branches must make images"),
    ],
)
def test_what_does_not_fit_is_named(layer, message):
    with pytest.raises(ValueError, match=message):
        make_network([layer])


def test_an_image_layer_on_flat_rows():
    with pytest.raises(ValueError, match=r"Conv2D: its input has shape \(60,\), but must be an image"):
        make_network([Conv2D(3)], shape=(60,))
