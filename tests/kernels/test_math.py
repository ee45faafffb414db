"""The error of the exponential functions over all of float32, sampled densely, and in float64."""

import importlib
import re
from functools import cache

import numpy as np
import pytest
import scipy.special
from numba import njit, typeof

from fastmlp.kernels.cpu import isa
from fastmlp.kernels.cpu.jit import FLAGS
from tests.kernels.sizes import COMPILED, needs_jit

math = importlib.import_module("fastmlp.kernels.cpu.math")

EVERY = 4001 if COMPILED else 4_001_003  # bit patterns from one sample to the next; odd, so none is favoured
INF = np.inf


def logistic(x):
    return 1 / (1 + np.exp(-x))


def normal_pdf(x):
    return np.exp(-x * x / 2) / np.sqrt(2 * np.longdouble(np.pi))


#: name: (domain, exact function of a wider dtype, largest error in ULP: float32, float64), as documented.
FUNCTIONS = {
    "exp": ((-INF, INF), np.exp, 1.1, 1.8),
    "expm1": ((-INF, 0), np.expm1, 1.0, 4.1),
    "tanh": ((-INF, INF), np.tanh, 6.5, 1.5),
    "logistic": ((-INF, INF), logistic, 2.5, 2.7),
    "log1p": ((0, 1), np.log1p, 1.5, 1.2),
    "normal_cdf": ((-INF, INF), scipy.special.ndtr, 7.0, None),
    "normal_pdf": ((-INF, INF), normal_pdf, 2.5, 2.7),
}
#: Values at NaN, minus infinity, infinity and zero; None outside the domain.
SPECIAL = {
    "exp": (0, INF, 1),
    "expm1": (-1, None, 0),
    "tanh": (-1, 1, 0),
    "logistic": (0, 1, 0.5),
    "log1p": (None, None, 0),
    "normal_cdf": (0, 1, 0.5),
    "normal_pdf": (0, 0, 1 / np.sqrt(2 * np.pi)),
}
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@cache
def mapped(name):
    """A compiled loop of the function over an array; a new array is returned."""
    function = getattr(math, name)

    @njit(**FLAGS)
    def loop(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    def apply(x):
        y = np.full_like(x, np.nan)
        with np.errstate(all="ignore"):
            loop(x, y)
        return y

    apply.loop = loop
    return apply


def ulps(actual, exact):
    """Error in units in the last place of the exact value, rounded to the dtype of `actual`."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = exact.astype(actual.dtype)
        unit = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, 1)))
        error = np.abs(actual.astype(exact.dtype) - exact) / unit
    finite = np.isfinite(rounded)
    error[~finite] = np.where(actual == rounded, 0, INF)[~finite]
    return error


@each_function
def test_over_all_of_float32(name):
    """Every 4,001st bit pattern within the domain, subnormals, both infinities and overflow included."""
    (low, high), exact, bound, _ = FUNCTIONS[name]
    x = np.arange(0, 2**32, EVERY, dtype=np.uint32).view(np.float32)
    tiny = np.finfo(np.float32).smallest_subnormal
    edges = [-INF, -tiny, -0.0, 0.0, tiny, INF, 88.7, 88.8, -87.4, -103.9, -104.1]
    x = np.concatenate([x, np.array(edges, np.float32)])
    x = x[(x >= low) & (x <= high)]
    with np.errstate(all="ignore"):
        expected = exact(x.astype(np.float64))
    assert ulps(mapped(name)(x), expected).max() < bound


@each_function
def test_float64(name):
    """Against extended precision where that is wider; the normal distribution against SciPy's."""
    (low, high), exact, _, bound = FUNCTIONS[name]
    rng, size = np.random.RandomState(0), 100_000 if COMPILED else 300
    ranges = [(-1e-9, 1e-9), (-1, 1), (-40, 40), (-745, 709)]
    x = np.concatenate([rng.uniform(*ends, size) for ends in ranges])
    x = x[(x >= low) & (x <= high)]
    if name == "normal_cdf":  # SciPy's own error grows with x²
        x = x[np.abs(x) < 37]
        np.testing.assert_allclose(mapped(name)(x), exact(x), rtol=5e-13)
        return
    if np.finfo(np.longdouble).eps == np.finfo(np.float64).eps:
        pytest.skip("this platform has no wider floating-point type to compare with")
    with np.errstate(all="ignore"):
        expected = exact(x.astype(np.longdouble))
    assert ulps(mapped(name)(x), expected).max() < bound


def test_normal_distribution_in_the_tail():
    """Values of Φ to 16 digits, computed with 40 digits (mpmath.ncdf)."""
    x = np.array([-37.5, -20.0, -8.25, -1.5, 0.25])
    exact = [4.605353009581955e-308, 2.7536241186062337e-89, 7.919726314642477e-17]
    exact += [0.06680720126885807, 0.5987063256829237]
    assert ulps(mapped("normal_cdf")(x), np.array(exact)).max() < 7
    np.testing.assert_array_equal(mapped("normal_cdf")(np.array([-39.0, 9.0])), [0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@each_function
def test_special_values(name, dtype):
    inputs = np.array([-INF, INF, 0, -0.0], dtype)
    below, above, zero = SPECIAL[name]
    outputs = mapped(name)(inputs)
    for expected, actual in zip((below, above, zero, zero), outputs, strict=True):
        if expected is not None:
            assert actual == np.dtype(dtype).type(expected)
    assert np.isnan(mapped(name)(np.array([np.nan], dtype))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ranges(dtype):
    """None passes 1, so that no derivative of tanh, 1 - tanh², is negative."""
    x = np.linspace(-12, 12, 100_001 if COMPILED else 101, dtype=dtype)
    for name in ("tanh", "normal_cdf", "logistic"):
        assert np.abs(mapped(name)(x)).max() <= 1


@each_function
def test_underflow_is_gradual(name):
    """No function flushes subnormal results to zero."""
    smallest = {"exp": -103.2, "logistic": -103.2, "normal_cdf": -14.1, "normal_pdf": -14.3}.get(name)
    if smallest is None:
        smallest = 1e-44 if name == "log1p" else -1e-44
    x = np.array([smallest], np.float32)
    y = mapped(name)(x)
    assert 0 < abs(y[0]) < np.finfo(np.float32).tiny
    assert ulps(y, FUNCTIONS[name][1](x.astype(np.float64))).max() <= 1


@needs_jit
@each_function
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_loop_is_vector_code_without_calls(dtype, name):
    """Neither calls of the C library nor conversions between float32 and float64."""
    apply, x = mapped(name), np.zeros(3, dtype)
    apply(x)
    code = apply.loop.inspect_llvm((typeof(x), typeof(x)))
    body = re.search(r"^define [^\n]*loop.*?^}", code, re.MULTILINE | re.DOTALL).group()
    # two lanes do not pay, finds LLVM
    if (isa.NAME, dtype, name) != ("generic", "float64", "tanh"):
        assert re.search(rf"<\d+ x {'float' if dtype == 'float32' else 'double'}>", body)
    assert not re.search(r"call \w+ @(exp|log|tanh|erf)", body)
    assert "fpext" not in body
    assert "fptrunc" not in body


def test_scalars_from_python():
    """The functions are plain Python outside of compiled code."""
    assert math.exp(np.float32(1)) == pytest.approx(np.e, rel=1e-6)
    assert isinstance(math.exp(np.float32(1)), np.float32)
    assert math.exp(1.0) == pytest.approx(np.e, rel=1e-15)
    assert math.exp.__doc__.startswith("e^x")
