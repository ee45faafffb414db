"""Rounding of the operands of products, checked against fractions with few bits."""

import math

import numpy as np
import pytest

from fastmlp.kernels.contract import Precision
from fastmlp.kernels.rounding import rounded

BITS = {Precision.TF32: 11, Precision.BF16: 8}  # of the significand, the leading one included


def by_hand(x, precision):
    """Round one number with integers; halves away from zero for TF32, to even for BF16."""
    fraction, exponent = math.frexp(x)
    scaled = abs(fraction) * 2 ** BITS[precision]
    whole = math.floor(scaled + 0.5) if precision == Precision.TF32 else round(scaled)
    return math.copysign(math.ldexp(whole, exponent - BITS[precision]), x)


@pytest.mark.parametrize("precision", BITS)
def test_numbers_with_few_bits(precision):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=500) * 10.0 ** rng.integers(-20, 20, 500)).astype(np.float32)
    unit = 2.0 ** -BITS[precision]
    halves = np.array([1 + unit, 1 + 3 * unit, -1 - unit, -1 - 3 * unit, 0, -0.0, 1.5], np.float32)
    for array in (x, halves):
        expected = np.array([by_hand(float(number), precision) for number in array], np.float32)
        np.testing.assert_array_equal(rounded(array, precision), expected)


@pytest.mark.parametrize("precision", BITS)
def test_what_is_no_number_stays(precision):
    x = np.array([np.nan, np.inf, -np.inf], np.float32)
    x_nan = np.array([0x7FFFFFFF, 0x7F800001], np.uint32).view(np.float32)
    np.testing.assert_array_equal(rounded(x, precision), x)
    assert np.isnan(rounded(x_nan, precision)).all()


def test_any_layout():
    x = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    for view in (x.T, x[:, ::2], x[::-1]):
        np.testing.assert_array_equal(rounded(view, Precision.TF32), rounded(view.copy(), Precision.TF32))


def test_full_precision_is_no_copy():
    x = np.ones(3)
    assert rounded(x, Precision.FULL) is x
