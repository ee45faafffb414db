"""Exponential functions that LLVM turns into vector code, for float32 and float64.

The C library's are called once per element; these are polynomials and selections, without branches or
conversions of dtype, so that a loop over an array runs in vectors.  NaN gives NaN, infinities give the limit.
The stated errors, in units in the last place (ULP) of the exact result, were measured on every fifth float32
number and on millions of float64 numbers, with fused multiply-add and without; `tests/kernels/test_math.py`
repeats that on fewer.

Coefficients: `exp` and `tanh` in float64 are from Cephes (Moshier, 1984-2000), `log1p` is from FreeBSD's
`log` and `logf` (Sun Microsystems, 1993).  The others were fitted for this project to the least relative
error: `exp`, `tanh` and `normal_cdf` in float32 by linear programming, `normal_cdf` in float64 by rational
interpolation at mapped Chebyshev points in 60 digits.
"""

import numpy as np
from numba import types
from numba.extending import overload

from .jit import ALWAYS, always_inline


def by_dtype(single, double):
    """Replace a function of one scalar by `single` for float32 and by `double` for float64 arguments."""

    def decorate(described):
        def function(x):
            return double(x) if isinstance(x, float) else single(x)

        @overload(function, jit_options=ALWAYS)
        def choose(x):
            return double if x == types.float64 else single

        function.__name__, function.__doc__ = described.__name__, described.__doc__
        return function

    return decorate


F = np.float32
ONE, HALF, TWO = F(1), F(0.5), F(2)
# Adding SHIFT rounds to an integer, which then is the low bits of the sum: no conversion of a NaN to int.
SHIFT32, SHIFT32_BITS = F(1.5 * 2**23), np.int32(0x4B400000)
SHIFT64, SHIFT64_BITS = 1.5 * 2**52, np.int64(0x4338000000000000)
LOG2_E = 1.4426950408889634
LOG_2 = 0.6931471805599453
ROOT_2_PI_INVERSE = 0.3989422804014327
LOG2_E32, LOG_2_32 = F(LOG2_E), F(LOG_2)
LOG_2_HIGH32, LOG_2_LOW32 = F(0.693359375), F(-2.12194440e-4)
E2, E3, E4, E5, E6 = F(0.49999992), F(0.16666502), F(0.0416686), F(0.008370858), F(0.0013810165)


@always_inline
def _split32(x, low):
    """Integer n and p, |p| < 0.42, with e^(x + low) = 2^n (1 + p); |low| much smaller than |x|."""
    shifted = (x + low) * LOG2_E32 + SHIFT32
    n = np.int32(np.float32(shifted).view(np.int32) - SHIFT32_BITS)
    k = shifted - SHIFT32
    r = ((x - k * LOG_2_HIGH32) - k * LOG_2_LOW32) + low
    return n, r + r * r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * E6))))


@always_inline
def _power32(n):
    """2^n, -126 <= n <= 127."""
    return np.int32(np.int32(n + 127) << 23).view(np.float32)


@always_inline
def _exp_sum32(x, low):
    """e^(x + low), see `exp`."""
    x = F(-104) if x < F(-104) else x
    x = F(89) if x > F(89) else x
    n, p = _split32(x, low)
    half = np.int32(n >> 1)  # 2^n itself may be subnormal or infinite
    return (ONE + p) * _power32(half) * _power32(np.int32(n - half))


def _exp32(x):
    return _exp_sum32(x, F(-0.0))  # x + -0.0 is x, and LLVM knows it


def _expm1_32(x):
    x = F(-50) if x < F(-50) else x
    n, p = _split32(x, F(-0.0))
    power = _power32(n)
    return power * p + (power - ONE)


def _tanh32(x):
    s = x * x
    s = F(81.36) if s > F(81.36) else s  # beyond 9.02 tanh x rounds to 1
    above = ONE + s * (F(0.13379064) + s * (F(0.0034932584) + s * (F(2.0570702e-05) + s * F(1.3301330e-08))))
    below = ONE + s * (F(0.4671238) + s * (F(0.02586812) + s * (F(0.00032818232) + s * F(7.7547656e-07))))
    y = x * above / below
    y = ONE if y > ONE else y
    return -ONE if y < -ONE else y


def _logistic32(x):
    e = exp(-abs(x))
    return (ONE if x >= F(0) else e) / (ONE + e)


def _log1p32(x):
    large = x > F(0.41421356)
    v = HALF * (x - ONE) if large else x  # log(1 + x) = log 2 + log(1 + v)
    s = v / (TWO + v)
    t = s * s
    r = t * (F(0.66666662693) + t * (F(0.40000972152) + t * (F(0.28498786688) + t * F(0.24279078841))))
    half_square = HALF * v * v
    return (v - (half_square - s * (half_square + r))) + (LOG_2_32 if large else F(0))


@always_inline
def _exp_half_square32(t):
    """e^(-t²/2), 0 <= t <= 15; the square is split so that its rounding error is not multiplied by t²/2."""
    high = np.int32(np.float32(t).view(np.int32) & np.int32(-4096)).view(np.float32)
    return _exp_sum32(-HALF * high * high, HALF * (high - t) * (high + t))


def _normal_cdf32(x):
    t = abs(x)
    t = F(15) if t > F(15) else t
    above = HALF + t * (F(0.44101323) + t * (F(0.18535616) + t * (F(0.041379556) + t * F(0.0042363503))))
    below = F(0.47509799) + t * (F(0.103729114) + t * F(0.010618846))
    below = ONE + t * (F(1.6799119) + t * (F(1.2110801) + t * below))
    tail = _exp_half_square32(t) * above / below
    return ONE - tail if x > F(0) else tail


def _normal_pdf32(x):
    t = abs(x)
    t = F(15) if t > F(15) else t
    return F(ROOT_2_PI_INVERSE) * _exp_half_square32(t)


@always_inline
def _split64(x, low):
    """Integer n and p, |p| < 0.42, with e^(x + low) = 2^n (1 + p); |low| much smaller than |x|."""
    shifted = (x + low) * LOG2_E + SHIFT64
    n = np.float64(shifted).view(np.int64) - SHIFT64_BITS
    k = shifted - SHIFT64
    r = ((x - k * 6.93145751953125e-1) - k * 1.42860682030941723212e-6) + low
    s = r * r
    odd = r * (9.99999999999999999910e-1 + s * (3.02994407707441961300e-2 + s * 1.26177193074810590878e-4))
    even = 2.52448340349684104192e-3 + s * 3.00198505138664455042e-6
    even = 2.0 + s * (2.27265548208155028766e-1 + s * even)
    return n, 2.0 * odd / (even - odd)


@always_inline
def _power64(n):
    """2^n, -1022 <= n <= 1023."""
    return np.int64((n + 1023) << 52).view(np.float64)


@always_inline
def _exp_sum64(x, low):
    """e^(x + low), see `exp`."""
    x = -746.0 if x < -746.0 else x
    x = 710.0 if x > 710.0 else x
    n, p = _split64(x, low)
    half = n >> 1
    return (1.0 + p) * _power64(half) * _power64(n - half)


def _exp64(x):
    return _exp_sum64(x, -0.0)


def _expm1_64(x):
    x = -50.0 if x < -50.0 else x
    n, p = _split64(x, -0.0)
    power = _power64(n)
    return power * p + (power - 1.0)


def _tanh64(x):
    t = abs(x)
    s = x * x
    above = -1.61468768441708447952e3 + s * (-9.92877231001918586564e1 + s * -9.64399179425052238628e-1)
    below = 2.23548839060100448583e3 + s * (1.12811678491632931402e2 + s)
    below = 4.84406305325125486048e3 + s * below
    near = x + x * (s * above / below)
    far = 1.0 - 2.0 / (exp(2.0 * t) + 1.0)
    far = -far if x < 0.0 else far
    return near if t < 0.625 else far


def _logistic64(x):
    e = exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


def _log1p64(x):
    large = x > 0.41421356237309503
    v = 0.5 * (x - 1.0) if large else x
    s = v / (2.0 + v)
    t = s * s
    r = 1.818357216161805012e-01 + t * (1.531383769920937332e-01 + t * 1.479819860511658591e-01)
    r = 3.999999999940941908e-01 + t * (2.857142874366239149e-01 + t * (2.222219843214978396e-01 + t * r))
    r = t * (6.666666666666735130e-01 + t * r)
    half_square = 0.5 * v * v
    return (v - (half_square - s * (half_square + r))) + (LOG_2 if large else 0.0)


@always_inline
def _exp_half_square64(t):
    """e^(-t²/2), 0 <= t <= 39, like `_exp_half_square32`."""
    high = np.int64(np.float64(t).view(np.int64) & np.int64(-(1 << 27))).view(np.float64)
    return _exp_sum64(-0.5 * high * high, 0.5 * (high - t) * (high + t))


def _normal_cdf64(x):
    t = abs(x)
    t = 39.0 if t > 39.0 else t
    above = 1.0443111134241873e-04 + t * (6.8062178620976e-06 + t * 2.1752017737252148e-07)
    above = 7.02644073630456e-03 + t * (1.0224883148904572e-03 + t * above)
    above = 1.3092728596718153e-01 + t * (3.528005250354116e-02 + t * above)
    above = 6.767558512918677e-01 + t * (3.5510346226531647e-01 + t * above)
    above = 0.5 + t * (8.261323540785918e-01 + t * above)
    below = 2.623152186656246e-04 + t * (1.7060658136463712e-05 + t * 5.452422269045782e-07)
    below = 1.7873354502129717e-02 + t * (2.580058778935434e-03 + t * below)
    below = 3.452806168291493e-01 + t * (9.096285424739936e-02 + t * below)
    below = 1.991911090146353 + t * (9.735911137342169e-01 + t * below)
    below = 2.450149268960049 + t * (2.8084479759493823 + t * below)
    below = 1.0 + t * below
    tail = _exp_half_square64(t) * above / below
    return 1.0 - tail if x > 0.0 else tail


def _normal_pdf64(x):
    t = abs(x)
    t = 39.0 if t > 39.0 else t
    return ROOT_2_PI_INVERSE * _exp_half_square64(t)


@by_dtype(_exp32, _exp64)
def exp(x):
    """e^x; underflow is gradual.  Error at most 1.1 ULP (float32), 1.8 ULP (float64)."""


@by_dtype(_expm1_32, _expm1_64)
def expm1(x):
    """e^x - 1, x <= 0.  Error at most 1.0 ULP (float32), 4.1 ULP (float64)."""


@by_dtype(_tanh32, _tanh64)
def tanh(x):
    """Hyperbolic tangent, never beyond -1 or 1.

    Error at most 6.5 ULP (float32; 5.0 with fused multiply-add), 1.5 ULP (float64).
    """


@by_dtype(_logistic32, _logistic64)
def logistic(x):
    """1 / (1 + e^-x), never beyond 1.  Error at most 2.5 ULP (float32), 2.7 ULP (float64)."""


@by_dtype(_log1p32, _log1p64)
def log1p(x):
    """log(1 + x), 0 <= x <= 1.  Error at most 1.5 ULP (float32), 1.2 ULP (float64)."""


@by_dtype(_normal_cdf32, _normal_cdf64)
def normal_cdf(x):
    """Φ(x) = (1 + erf(x / √2)) / 2, never beyond 1.  Error at most 7 ULP."""


@by_dtype(_normal_pdf32, _normal_pdf64)
def normal_pdf(x):
    """φ(x) = e^(-x²/2) / √(2π).  Error at most 2.5 ULP (float32), 2.7 ULP (float64)."""
