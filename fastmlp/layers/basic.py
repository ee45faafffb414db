"""Layer specs for rows of any kind."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from numbers import Integral, Real

from ..initializers import resolve
from ..kernels.contract import Activation

ACTIVATIONS = tuple(activation.name.lower() for activation in Activation)


def check_count(layer, name, value):
    """Raise a ValueError that names layer and argument, unless the value is an integer >= 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{layer}: {name}={value!r} must be an integer >= 1.")


def check_activation(layer, value):
    """Raise a ValueError that names the layer, unless the value is the name of an activation."""
    if value not in ACTIVATIONS:
        raise ValueError(f"{layer}: activation={value!r} is unknown; use one of {', '.join(ACTIVATIONS)}.")


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: `activation(x @ w + b)`.

    Parameters
    ----------
    units : int
        Outputs per row.
    activation : str
        One of `ACTIVATIONS`.
    bias : bool
        Whether the layer adds a bias.
    weight_init, bias_init : str or callable
        A name or instance from `fastmlp.initializers`, or a callable(random_state, shape).

    Raises
    ------
    ValueError
        If a value is out of range or a name unknown.
    """

    units: int
    activation: str = "relu"
    bias: bool = True
    weight_init: str | Callable = "glorot_uniform"
    bias_init: str | Callable = "zeros"

    def __post_init__(self):
        check_count("Dense", "units", self.units)
        check_activation("Dense", self.activation)
        resolve(self.weight_init, "weight_init")
        resolve(self.bias_init, "bias_init")

    def output_shape(self, input_shape):
        """Shape of one row's output; the input is flattened."""
        return (int(self.units),)

    def weight_shape(self, input_shape):
        """Shape of the weights: (inputs, units)."""
        return prod(input_shape), int(self.units)

    def n_params(self, input_shape):
        """Trainable parameters, pads excluded."""
        return (prod(input_shape) + self.bias) * self.units


@dataclass(frozen=True)
class Dropout:
    """Inverted dropout (Srivastava et al. 2014): each value is kept with probability 1 - rate, and scaled up.

    Parameters
    ----------
    rate : float
        Probability of dropping a value, in [0, 1).

    Raises
    ------
    ValueError
        If the rate is outside [0, 1).
    """

    rate: float = 0.5

    def __post_init__(self):
        if not isinstance(self.rate, Real) or isinstance(self.rate, bool) or not 0 <= self.rate < 1:
            raise ValueError(f"Dropout: rate={self.rate!r} must be in [0, 1).")

    def output_shape(self, input_shape):
        """Shape of one row's output: the input's."""
        return input_shape

    def n_params(self, input_shape):
        """Trainable parameters: none."""
        return 0
