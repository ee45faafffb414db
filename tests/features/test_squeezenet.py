"""SqueezeNet's layers against NumPy's, with random and with the published weights."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_sample_images

from fastmlp.features import SqueezeNetFeatures

from .by_numpy import assert_same_features, conv, max_pool, random_weights, relu

DATA = os.environ.get("FASTMLP_DATA")
SQUEEZE = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
LAYERS = ["conv1", "pool1"]
for i in SQUEEZE:
    LAYERS += [f"fire{i}/conv1x1_1", f"fire{i}/concat"] + [f"pool{i}"] * (i in (4, 8))
LAYERS += ["conv_final", "pool_final"]


def layers_by_numpy(images, weights):
    """Outputs of all layers for images of 227 x 227 pixels, dict of str to ndarray."""

    def activated(x, name, **options):
        return relu(conv(x, weights[f"{name}_w"], weights[f"{name}_b"], **options))

    x = np.moveaxis(images.astype(np.float64), -1, 1)[:, ::-1]
    x = x - np.array([104.0, 117, 123]).reshape(3, 1, 1)
    outputs = {}
    x = outputs["conv1"] = activated(x, "conv1", stride=2)
    x = outputs["pool1"] = max_pool(x, 3, 2, ceil_mode=True)
    for i in SQUEEZE:
        squeezed = outputs[f"fire{i}/conv1x1_1"] = activated(x, f"fire{i}__conv1x1_1")
        ones = activated(squeezed, f"fire{i}__conv1x1_2")
        threes = activated(squeezed, f"fire{i}__conv3x3_2", padding=1)
        x = outputs[f"fire{i}/concat"] = np.concatenate([ones, threes], axis=1)
        if i in (4, 8):
            x = outputs[f"pool{i}"] = max_pool(x, 3, 2, ceil_mode=True)
    x = outputs["conv_final"] = activated(x, "conv_final", padding=1)
    outputs["pool_final"] = x.mean(axis=(2, 3))
    return outputs


@pytest.fixture(scope="module")
def random():
    """Weights of the published shapes, as a dict."""
    shapes, channels = {"conv1": (96, 3, 7, 7)}, 96
    for i, squeeze in SQUEEZE.items():
        shapes[f"fire{i}__conv1x1_1"] = squeeze, channels, 1, 1
        shapes[f"fire{i}__conv1x1_2"] = 4 * squeeze, squeeze, 1, 1
        shapes[f"fire{i}__conv3x3_2"] = 4 * squeeze, squeeze, 3, 3
        channels = 8 * squeeze
    shapes["conv_final"] = 1000, channels, 1, 1
    weights = {}
    for name, w, b in random_weights(shapes):
        weights |= {f"{name}_w": w, f"{name}_b": b}
    weights["conv1_w"] /= 100  # its input are pixels
    return weights


@pytest.fixture(scope="module")
def published():
    """Path of the weights trained on ImageNet."""
    path = Path(DATA or "", "squeezenet", "squeezenet_v1.0.npz")
    if DATA is None or not path.exists():
        pytest.skip("squeezenet/squeezenet_v1.0.npz is not in the folder that FASTMLP_DATA names")
    return path


def images_of(n, height=32, width=32, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (n, height, width, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def photos():
    """A temple and a flower, uint8 of shape (2, 427, 640, 3), and what Pillow makes of them at 227 x 227."""
    Image = pytest.importorskip("PIL.Image")
    photos = np.array(load_sample_images().images)
    planes = np.moveaxis(photos, -1, 1).reshape(6, 427, 640).astype(np.float32)
    small = [Image.fromarray(plane).resize((227, 227), Image.Resampling.BILINEAR) for plane in planes]
    return photos, np.moveaxis(np.array(small).reshape(2, 3, 227, 227), 1, -1)


@pytest.fixture(scope="module")
def of_random(random):
    images = images_of(2, 227, 227)
    return images, layers_by_numpy(images, random)


@pytest.fixture(scope="module")
def of_published(published, photos):
    images, small = photos
    return images, layers_by_numpy(small, np.load(published))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_with_random_weights(layer, random, of_random):
    images, expected = of_random
    assert_same_features(SqueezeNetFeatures(random, layer=layer).fit_transform(images), expected[layer])


@pytest.mark.real_data
@pytest.mark.parametrize("layer", LAYERS)
def test_layers_with_the_published_weights(layer, published, of_published):
    images, expected = of_published
    assert_same_features(SqueezeNetFeatures(published, layer=layer).fit_transform(images), expected[layer])


@pytest.mark.real_data
def test_the_published_network_knows_a_temple(published, photos):
    scores = SqueezeNetFeatures(published).fit_transform(photos[0])
    bell_cote, stupa = 442, 832  # numbers of classes
    assert {bell_cote, stupa} < set(np.argsort(scores[0])[-5:])


def test_the_last_layer_is_the_default(random, of_random):
    images, expected = of_random
    model = SqueezeNetFeatures(random)
    assert_same_features(model.fit_transform(images), expected["pool_final"])
    assert model.layer == "pool_final"
    assert list(model.get_feature_names_out()) == [f"squeezenetfeatures{i}" for i in range(1000)]


def test_the_reference_agrees(random, of_random):
    images, expected = of_random
    model = SqueezeNetFeatures(random, layer="pool1", device="ref")
    assert_same_features(model.fit_transform(images[:1]), expected["pool1"][:1])


def test_threads_and_batches_do_not_change_a_bit(random):
    images = images_of(40)
    models = [SqueezeNetFeatures(random, n_threads=n).fit(images) for n in (1, 2, 3)]
    expected = models[0].transform(images)
    assert_array_equal(models[1].transform(images), expected)
    assert_array_equal(models[2].transform(images[20:]), expected[20:])
    for model in models:
        assert_array_equal(model.transform(images[7:8]), expected[7:8])
