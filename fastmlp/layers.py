"""Layer specs: pure data that say what a layer is; the plan says where it lives, the kernels what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from numbers import Integral, Real

from .initializers import resolve
from .kernels.contract import Activation

ACTIVATIONS = tuple(activation.name.lower() for activation in Activation)


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
        if not isinstance(self.units, Integral) or isinstance(self.units, bool) or self.units < 1:
            raise ValueError(f"Dense: units={self.units!r} must be an integer >= 1.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"Dense: activation={self.activation!r} is unknown; use one of {', '.join(ACTIVATIONS)}."
            )
        resolve(self.weight_init, "weight_init")
        resolve(self.bias_init, "bias_init")

    def output_shape(self, input_shape):
        """Shape of one row's output; the input is flattened."""
        return (int(self.units),)

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
