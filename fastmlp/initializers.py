"""Initial values of weights and biases: small immutable specs, each a callable.

An initializer is called as `init(random_state, shape)` with `shape` the (inputs, outputs) of a weight
matrix, (rows, columns, channels, filters) of a convolution, or `(outputs,)` of a bias, and returns an array
of that shape.
"""

from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True)
class Constant:
    """Every element equals `value`."""

    value: float = 0.0

    def __call__(self, random_state, shape):
        """Draw nothing; fill."""
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Normal:
    """N(0, scale²)."""

    scale: float = 0.01

    def __call__(self, random_state, shape):
        """Draw an array of `shape`."""
        return random_state.normal(0.0, self.scale, shape)


@dataclass(frozen=True)
class Uniform:
    """U(-scale, scale)."""

    scale: float = 0.01

    def __call__(self, random_state, shape):
        """Draw an array of `shape`."""
        return random_state.uniform(-self.scale, self.scale, shape)


@dataclass(frozen=True)
class VarianceScaling:
    """Zero mean and variance gain / fan, so that signals keep their size from layer to layer.

    Glorot and Bengio (2010), equation 12: gain 1 and the mean of both fans; He et al. (2015), equation 10:
    gain 2 and the fan of the inputs.

    Parameters
    ----------
    gain : float
        Numerator of the variance.
    fan : {'in', 'average'}
        Denominator of the variance: the inputs, or the mean of inputs and outputs.
    distribution : {'uniform', 'normal'}
        Shape of the distribution.
    """

    gain: float = 1.0
    fan: str = "average"
    distribution: str = "uniform"

    def bound(self, shape):
        """Half the width of the uniform distribution for weights of `shape`."""
        inputs, outputs = prod(shape[:-1] or shape), prod(shape[:-2]) * shape[-1]
        fan = inputs if self.fan == "in" else (inputs + outputs) / 2
        return np.sqrt(3.0 * self.gain / fan)

    def __call__(self, random_state, shape):
        """Draw an array of `shape`."""
        bound = self.bound(shape)
        if self.distribution == "uniform":
            return random_state.uniform(-bound, bound, shape)
        return random_state.normal(0.0, bound / np.sqrt(3.0), shape)


NAMED = {
    "zeros": Constant(0.0),
    "normal": Normal(),
    "uniform": Uniform(),
    "glorot_uniform": VarianceScaling(1.0, "average", "uniform"),
    "glorot_normal": VarianceScaling(1.0, "average", "normal"),
    "he_uniform": VarianceScaling(2.0, "in", "uniform"),
    "he_normal": VarianceScaling(2.0, "in", "normal"),
}


def resolve(initializer, name="weight_init"):
    """Return the initializer for a name, or the callable itself.

    Raises
    ------
    ValueError
        If it is neither a known name nor callable; the message starts with the argument's `name`.
    """
    if callable(initializer):
        return initializer
    if isinstance(initializer, str) and initializer in NAMED:
        return NAMED[initializer]
    raise ValueError(
        f"{name}={initializer!r} is not an initializer; use one of {', '.join(NAMED)}, "
        "an instance from fastmlp.initializers, or a callable(random_state, shape)."
    )


def draw(initializer, random_state, shape, name):
    """Call an initializer and check what it returns.

    Raises
    ------
    ValueError
        If the values have another shape, or are not finite numbers.
    """
    values = np.asarray(resolve(initializer, name)(random_state, shape), dtype=np.float64)
    if values.shape != shape:
        raise ValueError(f"{name} returned an array of shape {values.shape}; it must have shape {shape}.")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} returned NaN or infinity; initial values must be finite.")
    return values
