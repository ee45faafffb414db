"""Resized images against Pillow's, which filters in the same way, and against the definition by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastmlp.features.resize import Resizer, bilinear

SHAPES = [(5, 7), (32, 32), (61, 40)]
SIZES = [(5, 7), (9, 8), (11, 3), (1, 1), (64, 20), (227, 227)]


@pytest.mark.parametrize(
    ("n_in", "n_out", "expected"),
    [
        (1, 3, [[1], [1], [1]]),
        (2, 1, [[0.5, 0.5]]),
        (2, 4, [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]),
        (4, 2, [[3 / 7, 3 / 7, 1 / 7, 0], [0, 1 / 7, 3 / 7, 3 / 7]]),  # a triangle as wide as two new pixels
    ],
)
def test_weights_by_hand(n_in, n_out, expected):
    assert_allclose(bilinear(n_in, n_out), expected, rtol=1e-14)


@pytest.mark.parametrize("n_in", [1, 2, 5, 32, 227, 640])
def test_weights_are_means(n_in):
    for n_out in (1, 2, 3, 31, 227, 500):
        weights = bilinear(n_in, n_out)
        assert weights.shape == (n_out, n_in)
        assert (weights >= 0).all()
        assert (weights.sum(axis=0) > 0).all()  # every pixel counts
        assert_allclose(weights.sum(axis=1), 1, rtol=1e-13)
        assert_allclose(weights, weights[::-1, ::-1], rtol=1e-9, atol=1e-13)  # no side comes first


@pytest.mark.parametrize("n", [1, 2, 32, 227])
def test_the_same_size_changes_nothing(n):
    assert_array_equal(bilinear(n, n), np.eye(n))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_resized_as_in_pillow(shape, size):
    Image = pytest.importorskip("PIL.Image")
    images = np.random.RandomState(0).randint(0, 256, (2, *shape, 3)).astype(np.uint8)
    resized = Resizer((*shape, 3), size, np.eye(3), np.zeros(3))(images.reshape(2, -1))
    assert resized.dtype == np.float32
    for image, ours in zip(images, resized.reshape(2, *size, 3), strict=True):
        for channel in range(3):
            plane = Image.fromarray(image[:, :, channel].astype(np.float32))
            assert plane.mode == "F"
            expected = plane.resize(size[::-1], Image.Resampling.BILINEAR)
            assert_allclose(ours[:, :, channel], np.asarray(expected), rtol=1e-5, atol=1e-4)


def test_channels_are_mixed_and_shifted():
    images = np.random.RandomState(0).uniform(0, 255, (3, 6, 5, 2)).astype(np.float32)
    channels, offset = np.array([[1.0, 0, 2], [0, -1, 0.5]]), np.array([3.0, -100, 0])
    resized = Resizer((6, 5, 2), (6, 5), channels, offset)(images.reshape(3, -1))
    assert_allclose(resized.reshape(3, 6, 5, 3), images @ channels + offset, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_input_of_any_dtype_and_order_is_read_and_not_written_to(dtype):
    images = np.random.RandomState(0).randint(0, 256, (4, 6 * 5 * 3)).astype(dtype)
    resize, kept = Resizer((6, 5, 3), (8, 4), np.eye(3)[::-1], np.ones(3)), images.copy()
    expected = resize(images.astype(np.float32))
    assert_array_equal(resize(images), expected)
    assert_array_equal(resize(np.asfortranarray(images)), expected)
    assert_array_equal(np.concatenate([resize(images[:1]), resize(images[1:])]), expected)
    assert_array_equal(images, kept)
