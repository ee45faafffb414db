"""Update rules against loops over several steps, and against scikit-learn's."""

import math

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from fastmlp.kernels import cpu, ref
from tests.kernels.sizes import DTYPES

each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])
N, STEPS = 19, 5


def start(seed=0, dtype="float64"):
    """Parameters and the gradients of several steps."""
    rng = np.random.RandomState(seed)
    return rng.normal(size=N).astype(dtype), rng.normal(size=(STEPS, N)).astype(dtype)


@each_backend
def test_sgd_against_loops(backend):
    w, gradients = start()
    expected = w.tolist()
    for g in gradients:
        backend.optimizers.sgd(w, g, 0.1)
        expected = [x - 0.1 * d for x, d in zip(expected, g.tolist(), strict=True)]
    np.testing.assert_allclose(w, expected, rtol=1e-13)


@each_backend
@pytest.mark.parametrize("rule", ["momentum", "nesterov"])
def test_momentum_against_loops(rule, backend):
    w, gradients = start()
    u = np.zeros(N)
    expected, velocity = w.tolist(), [0.0] * N
    for g in gradients:
        getattr(backend.optimizers, rule)(w, g, u, 0.1, 0.9)
        for i, d in enumerate(g.tolist()):
            velocity[i] = 0.9 * velocity[i] - 0.1 * d
            expected[i] += 0.9 * velocity[i] - 0.1 * d if rule == "nesterov" else velocity[i]
    np.testing.assert_allclose(w, expected, rtol=1e-13)
    np.testing.assert_allclose(u, velocity, rtol=1e-13)


@each_backend
@pytest.mark.parametrize("decay", [None, 1e-3])
def test_adam_against_loops(decay, backend):
    w, gradients = start()
    m, v = np.zeros(N), np.zeros(N)
    expected, mean, square = w.tolist(), [0.0] * N, [0.0] * N
    for t, g in enumerate(gradients, 1):
        rate = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        if decay is None:
            backend.optimizers.adam(w, g, m, v, rate, 0.9, 0.999, 1e-8)
        else:
            backend.optimizers.adamw(w, g, m, v, rate, decay, 0.9, 0.999, 1e-8)
        for i, d in enumerate(g.tolist()):
            expected[i] *= 1 - (decay or 0)
            mean[i] = 0.9 * mean[i] + 0.1 * d
            square[i] = 0.999 * square[i] + 0.001 * d * d
            expected[i] -= rate * mean[i] / (math.sqrt(square[i]) + 1e-8)
    for actual, wanted in ((w, expected), (m, mean), (v, square)):
        np.testing.assert_allclose(actual, wanted, rtol=1e-12)


@each_backend
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam"])
def test_same_steps_as_scikit_learn(rule, dtype, backend):
    w, gradients = start(1, dtype)
    theirs = [w.copy()]
    if rule == "adam":
        peer = AdamOptimizer(theirs, 0.01)
    else:
        peer = SGDOptimizer(theirs, 0.01, momentum=0.0 if rule == "sgd" else 0.9, nesterov=rule == "nesterov")
    slots = np.zeros((2, N), dtype)
    for t, g in enumerate(gradients, 1):
        peer.update_params(theirs, [g])
        if rule == "sgd":
            backend.optimizers.sgd(w, g, 0.01)
        elif rule == "adam":
            rate = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            backend.optimizers.adam(w, g, *slots, rate, 0.9, 0.999, 1e-8)
        else:
            getattr(backend.optimizers, rule)(w, g, slots[0], 0.01, 0.9)
    np.testing.assert_allclose(w, theirs[0], rtol=0, atol=8 * np.finfo(dtype).eps)


@each_backend
@pytest.mark.parametrize("dtype", DTYPES)
def test_sum_of_squares_and_scale(dtype, backend):
    x = np.arange(1, 42).astype(dtype)
    assert backend.optimizers.sum_of_squares(x) == sum(i * i for i in range(1, 42))
    backend.optimizers.scale(x, 0.5)
    np.testing.assert_array_equal(x, np.arange(1, 42) / 2)


@each_backend
def test_the_sum_of_squares_does_not_overflow_float32(backend):
    x = np.full(5, 1e30, np.float32)
    assert backend.optimizers.sum_of_squares(x) == pytest.approx(5e60, rel=1e-6)


@each_backend
def test_pads_stay_zero(backend):
    """Zero weight, gradient and slots give zero again, under every rule."""
    w, g, u, m, v = np.zeros((5, 20), np.float32)
    rules = backend.optimizers
    rules.sgd(w, g, 0.1)
    rules.momentum(w, g, u, 0.1, 0.9)
    rules.nesterov(w, g, u, 0.1, 0.9)
    rules.adam(w, g, m, v, 0.1, 0.9, 0.999, 1e-8)
    rules.adamw(w, g, m, v, 0.1, 0.01, 0.9, 0.999, 1e-8)
    for array in (w, u, m, v):
        np.testing.assert_array_equal(array, 0)


@each_backend
def test_not_a_number_in_the_gradient_reaches_the_parameters(backend):
    for rule, slots, scalars in (
        ("sgd", 0, (0.1,)),
        ("momentum", 1, (0.1, 0.9)),
        ("nesterov", 1, (0.1, 0.9)),
        ("adam", 2, (0.1, 0.9, 0.999, 1e-8)),
        ("adamw", 2, (0.1, 0.01, 0.9, 0.999, 1e-8)),
    ):
        w, g = np.ones(20), np.zeros(20)
        g[17] = np.nan
        getattr(backend.optimizers, rule)(w, g, *np.zeros((slots, 20)), *scalars)
        np.testing.assert_array_equal(np.isnan(w), np.isnan(g))
