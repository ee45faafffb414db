"""AlexNet's layers against NumPy's and PyTorch's, with random weights."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from fastmlp.features import AlexNetFeatures

from .by_numpy import assert_same_features, conv, dense, max_pool, random_weights, relu

LAYERS = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5", "fc6", "fc7", "fc8"]
SHAPES = {
    "features.0": (64, 3, 11, 11),
    "features.3": (192, 64, 5, 5),
    "features.6": (384, 192, 3, 3),
    "features.8": (256, 384, 3, 3),
    "features.10": (256, 256, 3, 3),
    "classifier.1": (4096, 256 * 6 * 6),
    "classifier.4": (4096, 4096),
    "classifier.6": (1000, 4096),
}
MEAN, SD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def weights():
    """Random weights, named as in torchvision's file."""
    weights = {}
    for name, w, b in random_weights(SHAPES):
        weights |= {f"{name}.weight": w, f"{name}.bias": b}
    return weights


@pytest.fixture(scope="module")
def images():
    return np.random.RandomState(0).randint(0, 256, (2, 227, 227, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def normalised(images):
    """The images as they enter the network, (images, channels, rows, columns)."""
    return np.moveaxis((images / 255 - MEAN) / SD, -1, 1)


@pytest.fixture(scope="module")
def features(weights, images):
    """`features(layer)` computes those of a layer once."""
    return cache(lambda layer: AlexNetFeatures(weights, layer=layer).fit_transform(images))


@pytest.fixture(scope="module")
def of_numpy(weights, normalised):
    """Layer -> outputs."""

    def parameters(number):
        name = list(SHAPES)[number]
        return weights[f"{name}.weight"], weights[f"{name}.bias"]

    outputs = {}
    x = outputs["conv1"] = relu(conv(normalised, *parameters(0), stride=4, padding=2))
    x = outputs["pool1"] = max_pool(x, 3, 2, ceil_mode=False)
    x = outputs["conv2"] = relu(conv(x, *parameters(1), padding=2))
    x = outputs["pool2"] = max_pool(x, 3, 2, ceil_mode=False)
    for number in (2, 3, 4):
        x = outputs[f"conv{number + 1}"] = relu(conv(x, *parameters(number), padding=1))
    x = outputs["pool5"] = max_pool(x, 3, 2, ceil_mode=False)
    x = outputs["fc6"] = relu(dense(x, *parameters(5)))
    x = outputs["fc7"] = relu(dense(x, *parameters(6)))
    outputs["fc8"] = dense(x, *parameters(7))
    return outputs


@pytest.fixture(scope="module")
def of_torch(weights, normalised):
    """Layer -> outputs, of modules with the names and settings of torchvision's `alexnet`."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    nn = torch.nn

    class AlexNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
                nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
                nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
                nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
                nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
            )  # fmt: skip
            self.classifier = nn.Sequential(
                nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(),
                nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
                nn.Linear(4096, 1000),
            )  # fmt: skip

    with torch.device("meta"):
        model = AlexNet()
    state = {name: torch.from_numpy(array).double() for name, array in weights.items()}
    model.load_state_dict(state, assign=True)
    modules = [*model.eval().features, nn.AdaptiveAvgPool2d((6, 6)), nn.Flatten(), *model.classifier]
    kept, x = [], torch.from_numpy(normalised)
    with torch.inference_mode():
        for module, following in pairwise([*modules, None]):
            x = module(x)
            has_no_activation = not isinstance(following, nn.ReLU)
            if isinstance(module, nn.ReLU | nn.MaxPool2d | nn.Linear) and has_no_activation:
                kept.append(x.numpy())
    return dict(zip(LAYERS, kept, strict=True))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_those_of_numpy(layer, features, of_numpy):
    assert_same_features(features(layer), of_numpy[layer])


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_are_those_of_torch(layer, features, of_torch):
    assert_same_features(features(layer), of_torch[layer])


def test_the_last_layer_is_the_default():
    assert AlexNetFeatures().layer == LAYERS[-1]


def test_the_reference_agrees(weights, images, of_numpy):
    model = AlexNetFeatures(weights, layer="pool1", device="ref")
    assert_same_features(model.fit_transform(images[:1]), of_numpy["pool1"][:1])


def test_weights_of_another_network(weights, images):
    less = {name: array for name, array in weights.items() if name != "classifier.6.bias"}
    with pytest.raises(
        ValueError, match=r"weights does not hold weights of AlexNet; missing: classifier\.6\.bias"
    ):
        AlexNetFeatures(less, layer="conv1").fit(images)
    assert "fetch_alexnet" in AlexNetFeatures._published.remedy
