"""The points of TensorFlow Playground, against its formulas."""

import math
import re

import numpy as np
import pytest

from fastmlp.datasets import load_playground

NAMES = ("spiral", "xor", "circle")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0, 0.3])
def test_seeded(name, noise):
    X, y = load_playground(name, 60, noise, random_state=3)
    assert (X.shape, y.shape, X.dtype, y.dtype) == ((60, 2), (60,), np.float64, np.float64)
    assert set(y) == {-1, 1}
    again = load_playground(name, 60, noise, np.random.RandomState(3))
    np.testing.assert_array_equal(again[0], X)
    np.testing.assert_array_equal(again[1], y)
    if name != "spiral" or noise:
        assert not np.array_equal(load_playground(name, 60, noise, random_state=4)[0], X)


def test_spiral():
    X, y = load_playground("spiral", 8)
    for row in range(8):
        i, start = row % 4, 0 if row < 4 else math.pi
        r, t = i / 4 * 5, 1.75 * i / 4 * 2 * math.pi + start
        np.testing.assert_allclose(X[row], [r * math.sin(t), r * math.cos(t)], atol=1e-14)
    np.testing.assert_array_equal(y, [1] * 4 + [-1] * 4)


def test_noise_moves_the_spiral():
    (clean, y), (noisy, labels) = (load_playground("spiral", 2000, noise, 0) for noise in (0, 0.5))
    moved = noisy - clean
    assert 0.49 < np.abs(moved).max() <= 0.5
    assert abs(moved.mean()) < 0.02
    np.testing.assert_array_equal(labels, y)


def test_xor():
    X, y = load_playground("xor", 2000, random_state=0)
    np.testing.assert_array_equal(y, np.sign(X[:, 0] * X[:, 1]))
    assert 0.3 < np.abs(X).min() < 0.31
    assert 5.29 < np.abs(X).max() < 5.3
    assert np.abs(X.mean(axis=0)).max() < 0.3


def test_circle():
    X, y = load_playground("circle", 2000, random_state=0)
    radius = np.hypot(*X.T)
    np.testing.assert_array_equal(y, [1] * 1000 + [-1] * 1000)
    assert radius[:1000].max() < 2.5
    assert radius[1000:].min() > 3.5
    assert 4.99 < radius.max() < 5
    assert abs(np.median(radius[:1000]) - 1.25) < 0.1  # uniform along the radius, not over the area
    assert np.abs(X.mean(axis=0)).max() < 0.2


@pytest.mark.parametrize("name", ["xor", "circle"])
def test_noise_leaves_points_and_changes_labels(name):
    (clean, y), (noisy, labels) = (load_playground(name, 2000, noise, 0) for noise in (0, 0.2))
    np.testing.assert_array_equal(noisy, clean)
    assert 0.02 < np.mean(labels != y) < 0.3
    edge = np.abs(clean).min(axis=1) if name == "xor" else np.abs(np.hypot(*clean.T) - 2.5)
    assert edge[labels != y].max() <= 0.2 * 5 * math.sqrt(2)  # only near the border


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gauss",), "name='gauss' is no data set of the playground. Choose from spiral, xor, circle"),
        (("xor", 0), "n_rows=0 is no even whole number above 0"),
        (("xor", 7), "n_rows=7 is no even"),
        (("xor", 8.0), "n_rows=8.0 is no even"),
        (("xor", 8, -0.1), "noise=-0.1 is no finite number from 0"),
        (("xor", 8, math.nan), "noise=nan is no finite"),
        (("xor", 8, "much"), "noise='much' is no finite"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        load_playground(*arguments)
