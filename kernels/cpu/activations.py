"""Element-wise activations and their derivatives; see the reference for the formulas.

All arrays are (m, ld), C-ordered, of one dtype.  Each kernel first copies its input, unless it works in
place as the engine does, and then runs over one array: with the input and the output in two arrays that may
be one, LLVM's test for overlap would choose the scalar loop exactly where they are the same.  What a choice
needs is read before it: a load or store on one side only is a branch, which is not vectorized.
"""

from ..contract import ELU_ALPHA, LEAKY_SLOPE, Activation
from .intrinsics import flattened
from .jit import jit
from .math import exp, expm1, log1p, logistic, normal_cdf, normal_pdf, tanh


@jit
def _copy(source, target):
    """Copy (m, ld) unless both are the same memory; return `target` in one dimension."""
    flat = flattened(target)
    if source.ctypes.data != target.ctypes.data:
        values = flattened(source)
        for i in range(flat.size):
            flat[i] = values[i]
    return flat


@jit
def identity_forward(z, a):
    """f(z) = z."""
    _copy(z, a)


@jit
def identity_backward(z, a, da, dz):
    """f'(z) = 1."""
    _copy(da, dz)


@jit
def relu_forward(z, a):
    """f(z) = max(z, 0)."""
    y, zero = _copy(z, a), z.dtype.type(0)
    for i in range(y.size):
        x = y[i]
        y[i] = zero if x <= zero else x


@jit
def relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else 0."""
    dy, y, zero = _copy(da, dz), flattened(a), a.dtype.type(0)
    for i in range(y.size):
        d = dy[i]
        dy[i] = zero if y[i] <= zero else d


@jit
def tanh_forward(z, a):
    """f(z) = tanh z."""
    y = _copy(z, a)
    for i in range(y.size):
        y[i] = tanh(y[i])


@jit
def tanh_backward(z, a, da, dz):
    """f'(z) = 1 - f(z)²."""
    dy, y, one = _copy(da, dz), flattened(a), a.dtype.type(1)
    for i in range(y.size):
        dy[i] *= one - y[i] * y[i]


@jit
def logistic_forward(z, a):
    """f(z) = 1 / (1 + e^-z)."""
    y = _copy(z, a)
    for i in range(y.size):
        y[i] = logistic(y[i])


@jit
def logistic_backward(z, a, da, dz):
    """f'(z) = f(z) (1 - f(z))."""
    dy, y, one = _copy(da, dz), flattened(a), a.dtype.type(1)
    for i in range(y.size):
        dy[i] *= y[i] * (one - y[i])


@jit
def leaky_relu_forward(z, a):
    """f(z) = z if z > 0, else `LEAKY_SLOPE` z."""
    y, zero, slope = _copy(z, a), z.dtype.type(0), z.dtype.type(LEAKY_SLOPE)
    for i in range(y.size):
        x = y[i]
        y[i] = x if x > zero else slope * x


@jit
def leaky_relu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else `LEAKY_SLOPE`."""
    dy, y, zero, slope = _copy(da, dz), flattened(a), a.dtype.type(0), a.dtype.type(LEAKY_SLOPE)
    for i in range(y.size):
        d = dy[i]
        dy[i] = d if y[i] > zero else slope * d


@jit
def elu_forward(z, a):
    """f(z) = z if z > 0, else `ELU_ALPHA` (e^z - 1)."""
    y, zero, alpha = _copy(z, a), z.dtype.type(0), z.dtype.type(ELU_ALPHA)
    for i in range(y.size):
        x = y[i]
        left = alpha * expm1(x)
        y[i] = x if x > zero else left


@jit
def elu_backward(z, a, da, dz):
    """f'(z) = 1 if z > 0, else f(z) + `ELU_ALPHA`."""
    dy, y, zero, alpha = _copy(da, dz), flattened(a), a.dtype.type(0), a.dtype.type(ELU_ALPHA)
    for i in range(y.size):
        d = dy[i]
        dy[i] = d if y[i] > zero else d * (y[i] + alpha)


@jit
def softplus_forward(z, a):
    """f(z) = log(1 + e^z) = max(z, 0) + log(1 + e^-|z|)."""
    y, zero = _copy(z, a), z.dtype.type(0)
    for i in range(y.size):
        x = y[i]
        y[i] = (zero if x <= zero else x) + log1p(exp(-abs(x)))


@jit
def softplus_backward(z, a, da, dz):
    """f'(z) = 1 - e^-f(z)."""
    dy, y = _copy(da, dz), flattened(a)
    for i in range(y.size):
        dy[i] *= -expm1(-y[i])


@jit
def gelu_forward(z, a):
    """f(z) = z Φ(z)."""
    y = _copy(z, a)
    for i in range(y.size):
        y[i] *= normal_cdf(y[i])


@jit
def gelu_backward(z, a, da, dz):
    """f'(z) = Φ(z) + z φ(z)."""
    dy, x = _copy(da, dz), flattened(z)
    for i in range(x.size):
        dy[i] *= normal_cdf(x[i]) + x[i] * normal_pdf(x[i])


@jit
def silu_forward(z, a):
    """f(z) = z s(z), s the logistic function."""
    y = _copy(z, a)
    for i in range(y.size):
        y[i] *= logistic(y[i])


@jit
def silu_backward(z, a, da, dz):
    """f'(z) = s(z) (1 + z (1 - s(z)))."""
    dy, x, one = _copy(da, dz), flattened(z), z.dtype.type(1)
    for i in range(x.size):
        s = logistic(x[i])
        dy[i] *= s * (one + x[i] * (one - s))


@jit
def activation_forward(code, z, a):
    """Overwrite `a` (m, ld) with f(z), f given by its `contract.Activation` code."""
    if code == Activation.RELU:
        relu_forward(z, a)
    elif code == Activation.TANH:
        tanh_forward(z, a)
    elif code == Activation.LOGISTIC:
        logistic_forward(z, a)
    elif code == Activation.LEAKY_RELU:
        leaky_relu_forward(z, a)
    elif code == Activation.ELU:
        elu_forward(z, a)
    elif code == Activation.SOFTPLUS:
        softplus_forward(z, a)
    elif code == Activation.GELU:
        gelu_forward(z, a)
    elif code == Activation.SILU:
        silu_forward(z, a)
    else:
        identity_forward(z, a)


@jit
def activation_backward(code, z, a, da, dz):
    """Overwrite `dz` (m, ld) with da * f'(z), f given by its `contract.Activation` code."""
    if code == Activation.RELU:
        relu_backward(z, a, da, dz)
    elif code == Activation.TANH:
        tanh_backward(z, a, da, dz)
    elif code == Activation.LOGISTIC:
        logistic_backward(z, a, da, dz)
    elif code == Activation.LEAKY_RELU:
        leaky_relu_backward(z, a, da, dz)
    elif code == Activation.ELU:
        elu_backward(z, a, da, dz)
    elif code == Activation.SOFTPLUS:
        softplus_backward(z, a, da, dz)
    elif code == Activation.GELU:
        gelu_backward(z, a, da, dz)
    elif code == Activation.SILU:
        silu_backward(z, a, da, dz)
    else:
        identity_backward(z, a, da, dz)
