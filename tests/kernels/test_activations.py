"""Activations against their formulas in plain Python, their derivatives, their limits."""

import math

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from fastmlp.kernels.contract import ELU_ALPHA, LEAKY_SLOPE, NEEDS_Z, Activation
from tests.cases import normal
from tests.kernels.gradients import assert_gradient, central_difference
from tests.kernels.sizes import DTYPES
from tests.tolerances import assert_close


def logistic(z):
    return 1 / (1 + math.exp(-z))


def normal_cdf(z):
    return math.erfc(-z / math.sqrt(2)) / 2


FORMULAS = {
    Activation.IDENTITY: lambda z: z,
    Activation.RELU: lambda z: max(z, 0),
    Activation.TANH: math.tanh,
    Activation.LOGISTIC: logistic,
    Activation.LEAKY_RELU: lambda z: z if z > 0 else LEAKY_SLOPE * z,
    Activation.ELU: lambda z: z if z > 0 else ELU_ALPHA * math.expm1(z),
    Activation.SOFTPLUS: lambda z: math.log1p(math.exp(z)),
    Activation.GELU: lambda z: z * normal_cdf(z),
    Activation.SILU: lambda z: z * logistic(z),
}
SLOPES = {
    Activation.IDENTITY: lambda z: 1,
    Activation.RELU: lambda z: 1 if z > 0 else 0,
    Activation.TANH: lambda z: 1 / math.cosh(z) ** 2,
    Activation.LOGISTIC: lambda z: logistic(z) * logistic(-z),
    Activation.LEAKY_RELU: lambda z: 1 if z > 0 else LEAKY_SLOPE,
    Activation.ELU: lambda z: 1 if z > 0 else ELU_ALPHA * math.exp(z),
    Activation.SOFTPLUS: logistic,
    Activation.GELU: lambda z: normal_cdf(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    Activation.SILU: lambda z: logistic(z) + z * logistic(z) * logistic(-z),
}
#: Limits at -inf and inf; gelu and silu are minus infinity times zero, as in SciPy and PyTorch.
LIMITS = {
    Activation.IDENTITY: (-np.inf, np.inf),
    Activation.RELU: (0, np.inf),
    Activation.TANH: (-1, 1),
    Activation.LOGISTIC: (0, 1),
    Activation.LEAKY_RELU: (-np.inf, np.inf),
    Activation.ELU: (-ELU_ALPHA, np.inf),
    Activation.SOFTPLUS: (0, np.inf),
    Activation.GELU: (np.nan, np.inf),
    Activation.SILU: (np.nan, np.inf),
}
each_activation = pytest.mark.parametrize("activation", Activation, ids=lambda code: code.name.lower())
each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def forward(backend, activation, z):
    a = np.full_like(z, np.nan)
    getattr(backend.activations, f"{activation.name.lower()}_forward")(z, a)
    return a


def backward(backend, activation, z, da):
    """The gradient with respect to z; what the activation may not read is NaN."""
    a, dz = forward(backend, activation, z), np.full_like(z, np.nan)
    z = z if activation in NEEDS_Z else np.full_like(z, np.nan)
    getattr(backend.activations, f"{activation.name.lower()}_backward")(z, a, da, dz)
    return dz


@each_activation
def test_reference_against_loops(activation):
    rng = np.random.RandomState(0)
    z, da = normal(rng, (4, 5), "float64", 2.0), normal(rng, (4, 5), "float64")
    expected, slopes = np.empty_like(z), np.empty_like(z)
    for i in range(4):
        for j in range(5):
            expected[i, j] = FORMULAS[activation](float(z[i, j]))
            slopes[i, j] = SLOPES[activation](float(z[i, j]))
    np.testing.assert_allclose(forward(ref, activation, z), expected, rtol=1e-14, atol=0)
    np.testing.assert_allclose(backward(ref, activation, z, da), da * slopes, rtol=1e-13, atol=1e-15)


@each_backend
@each_activation
def test_derivative(activation, backend):
    """Central differences, away from the kinks at zero."""
    rng = np.random.RandomState(1)
    z, da = normal(rng, (5, 7), "float64", 2.0), normal(rng, (5, 7), "float64")
    z += 0.1 * np.sign(z)
    numeric = central_difference(lambda z: da * forward(backend, activation, z), z.copy())
    assert_gradient(backward(backend, activation, z, da), numeric)


@each_dtype
@each_backend
@each_activation
def test_not_a_number_and_infinity(activation, backend, dtype):
    z = np.array([[np.nan, -np.inf, np.inf] + [0.5] * 30], dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        a = forward(backend, activation, z)
    np.testing.assert_array_equal(a[0, :3], [np.nan, *LIMITS[activation]])
    assert np.isfinite(a[0, 3:]).all()


@each_dtype
@each_backend
@each_activation
def test_large_inputs_neither_overflow_nor_lose_sign(activation, backend, dtype):
    largest = np.finfo(dtype).max
    z = np.array([[-largest, largest, -1000, 1000, -100, 100]], dtype)
    quiet = {"over": "ignore", "invalid": "ignore"}  # without the JIT even discarded values warn
    with np.errstate(**({"over": "raise", "invalid": "raise"} if backend is ref else quiet)):
        a = forward(backend, activation, z)
    below, above = LIMITS[activation]
    assert np.isfinite(a).all()
    if np.isfinite(above):
        np.testing.assert_array_equal(a[0, 1::2], above)
    else:
        np.testing.assert_array_equal(a[0, 1::2], z[0, 1::2])
    if np.isfinite(below) or np.isnan(below):
        limit = 0 if np.isnan(below) else below
        np.testing.assert_allclose(a[0, 0:5:2], limit, rtol=0, atol=1e-40)


@each_dtype
@each_backend
@each_activation
def test_a_gradient_of_not_a_number_stays(activation, backend, dtype):
    z = np.full((1, 20), 0.5, dtype)
    da = np.ones_like(z)
    da[0, [0, 17]] = np.nan
    dz = backward(backend, activation, z, da)
    np.testing.assert_array_equal(np.isnan(dz), np.isnan(da))


@each_backend
def test_slopes_at_the_kinks(backend):
    """At zero relu has slope 0, as in scikit-learn; leaky_relu and elu have their slopes of the left."""
    z, da = np.zeros((1, 3)), np.ones((1, 3))
    np.testing.assert_array_equal(backward(backend, Activation.RELU, z, da), 0)
    np.testing.assert_array_equal(backward(backend, Activation.LEAKY_RELU, z, da), LEAKY_SLOPE)
    np.testing.assert_array_equal(backward(backend, Activation.ELU, z, da), ELU_ALPHA)


@each_dtype
@each_backend
@each_activation
def test_dispatch_by_code(activation, backend, dtype):
    rng = np.random.RandomState(2)
    z, da = normal(rng, (3, 17), dtype, 2.0), normal(rng, (3, 17), dtype)
    a, dz = np.full_like(z, np.nan), np.full_like(z, np.nan)
    backend.activations.activation_forward(int(activation), z, a)
    backend.activations.activation_backward(int(activation), z, a, da, dz)
    np.testing.assert_array_equal(a, forward(backend, activation, z))
    np.testing.assert_array_equal(dz, backward(backend, activation, z, da))


@each_dtype
def test_softplus_keeps_relative_precision_on_the_left(dtype):
    """log(1 + e^z) is e^z there; taken as log of 1.0000... it would be zero."""
    z = np.linspace(-80, -20, 50, dtype=dtype).reshape(2, 25)
    expected = np.log1p(np.exp(z.astype("float64")))
    assert_close(forward(cpu, Activation.SOFTPLUS, z), expected, "elementary", dtype)
