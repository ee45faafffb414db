"""Element-wise activations and their derivatives; see the reference.

`functions(dtype)` gives them to other kernels, which apply them to what they have in registers.
"""

import math
from types import SimpleNamespace

from ..contract import ELU_ALPHA, LEAKY_SLOPE, Activation
from .device import cuda, elements, for_dtype

IDENTITY, RELU, TANH, LOGISTIC, LEAKY_RELU, ELU, SOFTPLUS, GELU, SILU = map(int, Activation)


@for_dtype
def functions(real):
    """Return device functions `apply(code, z)` -> a and `chain(code, z, a, da)` -> dz of a dtype."""
    zero, half, one = real(0), real(0.5), real(1)
    slope, alpha = real(LEAKY_SLOPE), real(ELU_ALPHA)
    root_half, density = real(math.sqrt(0.5)), real(1 / math.sqrt(2 * math.pi))

    @cuda.jit(device=True)
    def logistic(z):
        e = real(math.exp(-abs(z)))
        return one / (one + e) if z >= zero else e / (one + e)

    @cuda.jit(device=True)
    def normal_cdf(z):
        return half * real(math.erfc(-root_half * z))

    @cuda.jit(device=True)
    def apply(code, z):
        if code == RELU:
            return zero if z <= zero else z  # NaN stays NaN
        if code == TANH:
            return real(math.tanh(z))
        if code == LOGISTIC:
            return logistic(z)
        if code == LEAKY_RELU:
            return z if z > zero else slope * z
        if code == ELU:
            return z if z > zero else alpha * real(math.expm1(z))
        if code == SOFTPLUS:
            return (zero if z <= zero else z) + real(math.log1p(math.exp(-abs(z))))
        if code == GELU:
            return z * normal_cdf(z)
        if code == SILU:
            return z * logistic(z)
        return z

    @cuda.jit(device=True)
    def chain(code, z, a, da):
        if code == RELU:
            return zero if a <= zero else da
        if code == TANH:
            return da * (one - a * a)
        if code == LOGISTIC:
            return da * (a * (one - a))
        if code == LEAKY_RELU:
            return da if a > zero else slope * da
        if code == ELU:
            return da if a > zero else da * (a + alpha)
        if code == SOFTPLUS:
            return da * -real(math.expm1(-a))
        if code == GELU:
            return da * (normal_cdf(z) + z * (density * real(math.exp(-half * z * z))))
        if code == SILU:
            s = logistic(z)
            return da * (s * (one + z * (one - s)))
        return da

    return apply, chain


@for_dtype
def _kernels(real):
    apply, chain = functions(real)

    @cuda.jit
    def forward(code, z, a):
        i = cuda.grid(1)
        if i < z.size:
            row, column = i // z.shape[1], i % z.shape[1]
            a[row, column] = apply(code, z[row, column])

    @cuda.jit
    def backward(code, z, a, da, dz):
        i = cuda.grid(1)
        if i < da.size:
            row, column = i // da.shape[1], i % da.shape[1]
            dz[row, column] = chain(code, z[row, column], a[row, column], da[row, column])

    return SimpleNamespace(forward=forward, backward=backward)


def activation_forward(code, z, a):
    """Overwrite `a` (m, ld) with f(z), f given by its `contract.Activation` code."""
    elements(_kernels(z.dtype).forward, z.size, int(code), z, a)


def activation_backward(code, z, a, da, dz):
    """Overwrite `dz` (m, ld) with da * f'(z), f given by its `contract.Activation` code."""
    elements(_kernels(da.dtype).backward, da.size, int(code), z, a, da, dz)


def identity_forward(z, a):
    """f(z) = z."""
    activation_forward(Activation.IDENTITY, z, a)


def identity_backward(z, a, da, dz):
    """f'(z) = 1."""
    activation_backward(Activation.IDENTITY, z, a, da, dz)


def relu_forward(z, a):
    """f(z) = max(z, 0)."""
    activation_forward(Activation.RELU, z, a)


def relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else 0: at the kink 0, as scikit-learn has it."""
    activation_backward(Activation.RELU, z, a, da, dz)


def tanh_forward(z, a):
    """f(z) = tanh z."""
    activation_forward(Activation.TANH, z, a)


def tanh_backward(z, a, da, dz):
    """f'(z) = 1 - f(z)²."""
    activation_backward(Activation.TANH, z, a, da, dz)


def logistic_forward(z, a):
    """f(z) = 1 / (1 + e^-z), arranged so that nothing overflows."""
    activation_forward(Activation.LOGISTIC, z, a)


def logistic_backward(z, a, da, dz):
    """f'(z) = f(z) (1 - f(z))."""
    activation_backward(Activation.LOGISTIC, z, a, da, dz)


def leaky_relu_forward(z, a):
    """f(z) = z if z > 0, else `LEAKY_SLOPE` z (Maas, Hannun and Ng, 2013)."""
    activation_forward(Activation.LEAKY_RELU, z, a)


def leaky_relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else `LEAKY_SLOPE`."""
    activation_backward(Activation.LEAKY_RELU, z, a, da, dz)


def elu_forward(z, a):
    """f(z) = z if z > 0, else `ELU_ALPHA` (e^z - 1) (Clevert, Unterthiner and Hochreiter, 2016)."""
    activation_forward(Activation.ELU, z, a)


def elu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else f(z) + `ELU_ALPHA`."""
    activation_backward(Activation.ELU, z, a, da, dz)


def softplus_forward(z, a):
    """f(z) = log(1 + e^z)."""
    activation_forward(Activation.SOFTPLUS, z, a)


def softplus_backward(z, a, da, dz):
    """f'(z) = 1 / (1 + e^-z) = 1 - e^-f(z)."""
    activation_backward(Activation.SOFTPLUS, z, a, da, dz)


def gelu_forward(z, a):
    """f(z) = z Φ(z), Φ the normal distribution function (Hendrycks and Gimpel, 2016; not the tanh form)."""
    activation_forward(Activation.GELU, z, a)


def gelu_backward(z, a, da, dz):
    """f'(z) = Φ(z) + z φ(z), φ the normal density."""
    activation_backward(Activation.GELU, z, a, da, dz)


def silu_forward(z, a):
    """f(z) = z s(z), s the logistic function (Elfwing, Uchibe and Doya, 2018)."""
    activation_forward(Activation.SILU, z, a)


def silu_backward(z, a, da, dz):
    """f'(z) = s(z) (1 + z (1 - s(z)))."""
    activation_backward(Activation.SILU, z, a, da, dz)
