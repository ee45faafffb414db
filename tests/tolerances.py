"""How far two backends may be apart, per kind of kernel; the only place with such numbers.

A difference |x - y| is allowed up to eps * (relative * |y| + absolute), eps being the dtype's distance from 1
to the next number.  Inputs of the cases are of order one, so that `absolute` is a number of roundings too.
"""

from typing import NamedTuple

import numpy as np


class Tolerance(NamedTuple):
    """Limits in units of eps, for float32 and for float64 apart where their algorithms differ."""

    relative: float
    absolute: float
    relative_64: float | None = None

    def allowed(self, expected, dtype):
        """Largest difference allowed from each element of `expected`."""
        double = np.dtype(dtype) == np.float64 and self.relative_64 is not None
        relative = self.relative_64 if double else self.relative
        return np.finfo(dtype).eps * (relative * np.abs(expected) + self.absolute)


TOLERANCES = {
    # Copies, selections and single operations: both backends round the same exact value once.
    "exact": Tolerance(0, 0),
    # Up to four roundings, of which a fused multiply-add leaves one out; terms may cancel.
    "rounded": Tolerance(2, 4),
    # An elementary function on either side: at most 5.4 ULP ours and 4 ULP NumPy's, plus three roundings.
    "elementary": Tolerance(12, 0),
    # z Φ(z): in float64 the rounding of z / √2 is multiplied by z² in the tail, here |z| <= 6.
    "tail": Tolerance(12, 0, relative_64=80),
    # Sums and differences of elementary functions, each at most 5.4 ULP of a number of order one.
    "cancelled": Tolerance(12, 16),
    # Loss terms reach 10 for inputs of order one; they are computed in the dtype and added in float64.
    "loss": Tolerance(12, 80),
    # Gradients of the parameters' size scaled by a rate: every step is one or two roundings.
    "updated": Tolerance(4, 4),
    # Long sums in float64 of exact squares, in another order; eps is float32's or float64's.
    "summed": Tolerance(8, 0),
    # k + 1 roundings of products of order one, k = 48 (Higham 2002, section 3.5).
    "product": Tolerance(0, 50 * 48),
}


def assert_close(actual, expected, kind, dtype, message=""):
    """Fail unless `actual` is within the kind's tolerance of `expected`, with NaN and infinities equal."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    odd = ~np.isfinite(expected)
    np.testing.assert_array_equal(actual[odd], expected[odd], err_msg=message)
    difference = np.abs(actual - expected)[~odd]
    excess = difference - TOLERANCES[kind].allowed(expected[~odd], dtype)
    assert not (np.isnan(excess) | (excess > 0)).any(), (
        f"{message}: {np.count_nonzero(~(excess <= 0))} of {excess.size} elements differ, at most by "
        f"{difference.max():.3g}, {excess.max():.3g} more than the tolerance {kind!r} allows"
    )


#: Whole short training runs, cpu against ref: every step starts from the rounding of the one before, and adam
#: divides by the square root of squared gradients, which magnifies it where a gradient is near zero.
TRAINING = {
    "float32": {"rtol": 2e-3, "atol": 2e-4},
    "float64": {"rtol": 1e-9, "atol": 1e-11},
}
