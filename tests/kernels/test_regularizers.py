"""Penalties against loops, their gradient, their sum."""

import math

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from tests.kernels.gradients import assert_gradient, central_difference

each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])
PENALTIES = [(0.3, 0.0), (0.0, 0.2), (0.3, 0.2)]


def weights(size, seed=0):
    """Away from the kink of |w| at zero."""
    w = np.random.RandomState(seed).normal(size=size)
    return w + 0.1 * np.sign(w)


@each_backend
@pytest.mark.parametrize(("l2", "l1"), PENALTIES)
def test_against_loops(l2, l1, backend):
    w, g = weights(33), np.linspace(-1, 1, 33)
    expected = g.copy()
    total = 0.0
    for i, x in enumerate(w.tolist()):
        expected[i] += l2 * x + l1 * math.copysign(1, x)
        total += l2 / 2 * x * x + l1 * abs(x)
    assert backend.regularizers.penalty(w, g, l2, l1) == pytest.approx(total, rel=1e-14)
    np.testing.assert_allclose(g, expected, rtol=1e-14, atol=1e-16)


@each_backend
@pytest.mark.parametrize(("l2", "l1"), PENALTIES)
def test_gradient(l2, l1, backend):
    w, g = weights(20), np.zeros(20)
    backend.regularizers.penalty(w, g, l2, l1)
    unused = np.zeros(20)
    numeric = central_difference(lambda w: np.array(backend.regularizers.penalty(w, unused, l2, l1)), w)
    assert_gradient(g, numeric)


@each_backend
def test_weights_of_zero_and_pads(backend):
    """sign(0) = 0, so that the pads of a matrix stay out of gradient and penalty."""
    g = np.zeros(20)
    assert backend.regularizers.penalty(np.zeros(20), g, 0.3, 0.2) == 0
    np.testing.assert_array_equal(g, 0)


@each_backend
def test_no_penalty_leaves_the_gradient(backend):
    g = np.linspace(-1, 1, 20, dtype=np.float32)
    before = g.copy()
    assert backend.regularizers.penalty(weights(20).astype(np.float32), g, 0.0, 0.0) == 0
    np.testing.assert_array_equal(g, before)


@each_backend
def test_the_sum_is_made_in_float64(backend):
    """A million float32 weights of 0.1: in float32 the sum would be off from the fourth digit."""
    w = np.full(10_000 if backend is cpu and not hasattr(cpu.regularizers.penalty, "py_func") else 10**6, 0.1)
    w = w.astype(np.float32)
    total = backend.regularizers.penalty(w, np.zeros_like(w), 0.0, 1.0)
    assert total == pytest.approx(w.size * float(np.float32(0.1)), rel=1e-12)


@each_backend
def test_not_a_number_in_the_weights_shows(backend):
    w, g = np.ones(20), np.zeros(20)
    w[3] = np.nan
    assert math.isnan(backend.regularizers.penalty(w, g, 0.3, 0.0))
    np.testing.assert_array_equal(np.isnan(g), np.isnan(w))
