"""Element-wise activations and their derivatives.

Every array has shape (m, ld) and one dtype.  `*_forward(z, a)` overwrites `a` with f(z); `a` may be `z`.
`*_backward(z, a, da, dz)` overwrites `dz` with da * f'(z); `dz` may be `da`.  Where `contract.NEEDS_Z` does
not name the activation, f' is computed from `a` alone and `z` is not read.  NaN gives NaN; infinities give
what the formula gives (gelu and silu are infinity times zero, hence NaN, at minus infinity).
"""

from math import erfc, pi, sqrt

import numpy as np

from ..contract import ELU_ALPHA, LEAKY_SLOPE, Activation

_erfc = np.vectorize(erfc, otypes=[np.float64])


def identity_forward(z, a):
    """f(z) = z."""
    a[:] = z


def identity_backward(z, a, da, dz):
    """f'(z) = 1."""
    dz[:] = da


def relu_forward(z, a):
    """f(z) = max(z, 0)."""
    np.maximum(z, 0, out=a)


def relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else 0: at the kink 0, as scikit-learn has it."""
    dz[:] = np.where(a <= 0, 0, da)


def tanh_forward(z, a):
    """f(z) = tanh z."""
    np.tanh(z, out=a)


def tanh_backward(z, a, da, dz):
    """f'(z) = 1 - f(z)²."""
    dz[:] = da * (1 - a * a)


def logistic_forward(z, a):
    """f(z) = 1 / (1 + e^-z), arranged so that nothing overflows."""
    e = np.exp(-np.abs(z))
    a[:] = np.where(z >= 0, 1, e) / (1 + e)


def logistic_backward(z, a, da, dz):
    """f'(z) = f(z) (1 - f(z))."""
    dz[:] = da * (a * (1 - a))


def leaky_relu_forward(z, a):
    """f(z) = z if z > 0, else `LEAKY_SLOPE` z (Maas, Hannun and Ng, 2013)."""
    a[:] = np.where(z > 0, z, LEAKY_SLOPE * z)


def leaky_relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else `LEAKY_SLOPE`."""
    dz[:] = np.where(a > 0, da, LEAKY_SLOPE * da)


def elu_forward(z, a):
    """f(z) = z if z > 0, else `ELU_ALPHA` (e^z - 1) (Clevert, Unterthiner and Hochreiter, 2016)."""
    a[:] = np.where(z > 0, z, ELU_ALPHA * np.expm1(np.minimum(z, 0)))


def elu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else f(z) + `ELU_ALPHA`."""
    dz[:] = np.where(a > 0, da, da * (a + ELU_ALPHA))


def softplus_forward(z, a):
    """f(z) = log(1 + e^z)."""
    a[:] = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_backward(z, a, da, dz):
    """f'(z) = 1 / (1 + e^-z) = 1 - e^-f(z)."""
    dz[:] = da * -np.expm1(-a)


def _normal_cdf(z):
    """Φ(z) = erfc(-z / √2) / 2, in float64."""
    return _erfc(z.astype(np.float64) / -sqrt(2)) / 2


def gelu_forward(z, a):
    """f(z) = z Φ(z), Φ the normal distribution function (Hendrycks and Gimpel, 2016; not the tanh form)."""
    a[:] = z * _normal_cdf(z)


def gelu_backward(z, a, da, dz):
    """f'(z) = Φ(z) + z φ(z), φ the normal density."""
    wide = z.astype(np.float64)
    dz[:] = da * (_normal_cdf(z) + wide * np.exp(-wide * wide / 2) / sqrt(2 * pi))


def silu_forward(z, a):
    """f(z) = z s(z), s the logistic function (Elfwing, Uchibe and Doya, 2018)."""
    s = np.empty_like(z)
    logistic_forward(z, s)
    a[:] = z * s


def silu_backward(z, a, da, dz):
    """f'(z) = s(z) (1 + z (1 - s(z)))."""
    s = np.empty_like(z)
    logistic_forward(z, s)
    dz[:] = da * (s * (1 + z * (1 - s)))


_FORWARD = {activation: globals()[f"{activation.name.lower()}_forward"] for activation in Activation}
_BACKWARD = {activation: globals()[f"{activation.name.lower()}_backward"] for activation in Activation}


def activation_forward(code, z, a):
    """Overwrite `a` (m, ld) with f(z), f given by its `contract.Activation` code."""
    _FORWARD[code](z, a)


def activation_backward(code, z, a, da, dz):
    """Overwrite `dz` (m, ld) with da * f'(z), f given by its `contract.Activation` code."""
    _BACKWARD[code](z, a, da, dz)
