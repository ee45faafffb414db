"""Parts of a data set."""

import numpy as np
import pytest

from fastmlp.datasets import ImageSet
from fastmlp.experiments.division import Few, Pooled, WithValidation


@pytest.fixture(scope="module")
def data():
    """600 + 100 images of ten classes; the only pixels tell the row."""
    rows = np.arange(700, dtype=np.uint16)
    X = np.stack([rows % 256, rows // 256], axis=1).astype(np.uint8)
    y = np.arange(700) % 10
    return ImageSet("toy", "Toy", X[:600], y[:600], X[600:], y[600:], (1, 2), 0.5, "nowhere")


def rows(part):
    return part.X[:, 0].astype(int) + 256 * part.X[:, 1].astype(int)


@pytest.mark.parametrize(
    ("divide", "sizes", "all_rows"),
    [
        (Pooled(0.2), {"train": 560, "test": 140}, 700),
        (WithValidation(1 / 6), {"train": 500, "validation": 100, "test": 100}, 700),
        (WithValidation(0.1, n_images=300), {"train": 270, "validation": 30, "test": 100}, 400),
        (Few(300, 0.1), {"train": 270, "test": 30}, 300),
        (Few(10_000, 0.1), {"train": 540, "test": 60}, 600),
        (WithValidation(0.3, name="held out"), {"train": 420, "held out": 180, "test": 100}, 700),
    ],
)
def test_sizes_classes_and_labels(data, divide, sizes, all_rows):
    division = divide(data, seed=0)
    assert {name: len(part.y) for name, part in division.parts.items()} == sizes
    assert division.input_scale == 0.5
    together = np.concatenate([rows(part) for part in division.parts.values()])
    assert len(set(together)) == all_rows
    for part in division.parts.values():
        np.testing.assert_array_equal(part.y, rows(part) % 10)
        assert np.ptp(np.bincount(part.y)) == 0
        assert (np.diff(rows(part)) > 0).all()


def test_the_seed_decides(data):
    for divide in (Pooled(0.2), WithValidation(0.5), Few(100, 0.5)):
        first, same, other = (rows(divide(data, seed).parts["train"]) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, same)
        assert set(first) != set(other)


def test_test_images_stay_test_images(data):
    division = WithValidation(0.2)(data, seed=0)
    np.testing.assert_array_equal(rows(division.parts["test"]), np.arange(600, 700))
    assert max(rows(division.parts["train"])) < 600
