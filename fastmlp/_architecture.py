"""From the estimators' parameters to layer specs; every wrong value is named here."""

from dataclasses import replace
from math import prod, sqrt
from numbers import Integral, Real
from typing import NamedTuple

from .initializers import Uniform, resolve
from .layers import ACTIVATIONS, LAYERS, Dense, Dropout, plain


class Architecture(NamedTuple):
    """What must not change while the weights are kept."""

    hidden_layer_sizes: tuple
    activation: tuple  # one name per hidden layer
    input_shape: tuple
    image_layers: tuple  # specs
    bias: bool
    outputs: tuple  # their number and the output activation


def hidden_layers(hidden_layer_sizes):
    """Return the hidden layers, widths and specs of layers, as a tuple.

    Parameters
    ----------
    hidden_layer_sizes : int or iterable of int and layer specs

    Returns
    -------
    hidden : tuple of int and layer specs

    Raises
    ------
    ValueError
        If one is neither a layer nor an integer above zero.
    """
    hidden = hidden_layer_sizes if hasattr(hidden_layer_sizes, "__iter__") else [hidden_layer_sizes]
    hidden = list(hidden)
    sizes = [each for each in hidden if not isinstance(each, LAYERS)]
    if not all(isinstance(size, Integral) and not isinstance(size, bool) for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be integers, got {hidden}; use for example (100,) or (256, 128), "
            "or () for no hidden layer; or layers of fastmlp.layers."
        )
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}; use () for no hidden layer.")
    return tuple(each if isinstance(each, LAYERS) else int(each) for each in hidden)


def per_layer(value, n_layers, name, kind="hidden layers"):
    """Return `value` once per layer: a list or tuple as it is, anything else repeated.

    Parameters
    ----------
    value : object
    n_layers : int
    name, kind : str
        The argument and the layers that it is about, for messages.

    Returns
    -------
    values : tuple of length n_layers

    Raises
    ------
    ValueError
        If a list has another length than there are layers.
    """
    if not isinstance(value, list | tuple):
        return (value,) * n_layers
    if len(value) != n_layers:
        raise ValueError(
            f"{name}={value!r} has length {len(value)}, but the number of {kind} is {n_layers}; "
            "give one entry for each of them, or a single value for all."
        )
    return tuple(value)


def make_layers(
    input_shape, n_outputs, *, hidden_layer_sizes, activation, dropout=0.0, weight_init="auto", bias=True
):
    """Layer specs of a multilayer perceptron.

    Parameters
    ----------
    input_shape : tuple of int
    n_outputs : int
    hidden_layer_sizes : int or sequence of int and layer specs
        Specs are used as they are; the other arguments are those of the widths.
    activation : str or list of str
        One for all hidden layers or one for each.
    dropout : float or list of float
        Rate behind every hidden layer, or one for each; layers with rate 0 get no dropout.
    weight_init : str, callable, or list of them
        One for all layers or one for each, the output layer included.  'auto' draws weights and biases
        as scikit-learn does, from U(-bound, bound) with bound = sqrt(f / (inputs + outputs)) and f = 2
        for the logistic activation, else 6; otherwise biases start at zero.
    bias : bool

    Returns
    -------
    layers : list of layer specs
        The output layer is Dense with the identity: the output activation is part of the loss.

    Raises
    ------
    ValueError
        If a value is unknown or out of range, a list has the wrong length, or layers do not fit together.
    """
    hidden = hidden_layers(hidden_layer_sizes)
    sizes = [each for each in hidden if not isinstance(each, LAYERS)]
    activations = per_layer(activation, len(sizes), "activation")
    for i, name in enumerate(activations):
        if name not in ACTIVATIONS:
            raise ValueError(f"activation[{i}]={name!r} is unknown; use one of {', '.join(ACTIVATIONS)}.")
    rates = per_layer(dropout, len(sizes), "dropout")
    for i, rate in enumerate(rates):
        if not isinstance(rate, Real) or not 0 <= rate < 1:
            raise ValueError(f"dropout[{i}]={rate!r} must be a number in [0, 1).")
    inits = per_layer(weight_init, len(sizes) + 1, "weight_init", "layers with the output layer")
    # scikit-learn has one activation for all layers, and draws the output layer with its factor as well
    scaled_for = (*activations, activations[-1] if activations else activation)

    layers, shape, i = [], tuple(input_shape), 0  # of the widths, output layer included
    for units in (*hidden, n_outputs):
        if isinstance(units, LAYERS):
            layers.append(units)
            shape = units.output_shape(shape)
            continue
        if isinstance(inits[i], str) and inits[i] == "auto":
            bound = sqrt((2.0 if scaled_for[i] == "logistic" else 6.0) / (prod(shape) + units))
            draw = {"weight_init": Uniform(bound), "bias_init": Uniform(bound)}
        else:
            draw = {"weight_init": resolve(inits[i], f"weight_init[{i}]")}
        layers.append(Dense(units, activations[i] if i < len(sizes) else "identity", bias=bias, **draw))
        if i < len(sizes) and rates[i] != 0:
            layers.append(Dropout(rates[i]))
        shape, i = (units,), i + 1
    return layers


def mirrored(
    input_shape, n_outputs, out_activation, *, hidden_layer_sizes, activation, dropout, weight_init, bias
):
    """Layer specs of an autoencoder: the encoder's layers, then its widths in reverse.

    Parameters
    ----------
    input_shape : tuple of int
    n_outputs : int
    out_activation : str
        Of the last layer.
    hidden_layer_sizes, activation, dropout, weight_init, bias
        As of `make_layers`, of the encoder alone.  activation='auto' is relu, and the identity for the
        features.

    Returns
    -------
    layers : list of layer specs
    n_decoder : int
        How many of them make the decoder.

    Raises
    ------
    ValueError
        As `make_layers`, and if the encoder has no layers but dropout.
    """
    hidden = hidden_layers(hidden_layer_sizes)
    encoder = [each for each in hidden if not isinstance(each, Dropout)]
    if not encoder:
        raise ValueError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} must name at least one layer, the encoder's, for "
            "example (32,)."
        )
    widths = [each for each in encoder if not isinstance(each, LAYERS)]
    ends_in_width = not isinstance(encoder[-1], LAYERS)  # that of the features
    n_mirrored = len(widths) - ends_in_width
    if isinstance(activation, str) and activation == "auto":
        activation = ("relu",) * n_mirrored + ("identity",) * ends_in_width

    def both(values, name):
        values = per_layer(values, len(widths), name, "widths of the encoder")
        return values + values[:n_mirrored][::-1]

    draws = per_layer(weight_init, len(widths), "weight_init", "widths of the encoder")
    draws += draws[::-1]
    if not ends_in_width:  # the output layer has no counterpart
        draws += draws[:1] or (weight_init,)
    layers = make_layers(
        input_shape,
        n_outputs,
        hidden_layer_sizes=(*hidden, *widths[:n_mirrored][::-1]),
        activation=both(activation, "activation"),
        dropout=both(dropout, "dropout"),
        weight_init=draws,
        bias=bias,
    )
    layers[-1] = replace(layers[-1], activation=out_activation)
    dense = [i for i, layer in enumerate(layers) if isinstance(layer, Dense)]
    return layers, len(layers) - dense[-1 - n_mirrored]


def describe(layers, input_shape, out_activation):
    """The architecture that a list of layer specs makes.

    Parameters
    ----------
    layers : list of layer specs
    input_shape : tuple of int
    out_activation : str
        Name of the activation that is part of the loss.

    Returns
    -------
    Architecture
    """
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    return Architecture(
        hidden_layer_sizes=tuple(layer.units for layer in dense[:-1]),
        activation=tuple(layer.activation for layer in dense[:-1]),
        input_shape=tuple(input_shape),
        image_layers=tuple(layer for layer in plain(layers) if not isinstance(layer, Dense)),
        bias=dense[-1].bias,
        outputs=(dense[-1].units, out_activation),
    )


def check_unchanged(old, new, reason):
    """Refuse to go on with the weights of another architecture.

    Parameters
    ----------
    old, new : Architecture
    reason : str
        Why the weights are kept: 'warm_start=True' or 'partial_fit'.

    Raises
    ------
    ValueError
        If they differ; the message says in what.
    """
    for name, before, now in zip(Architecture._fields, old, new, strict=True):
        if before != now:
            if name == "activation":  # as it was given, if it was one name for all layers
                before, now = (names[0] if len(set(names)) == 1 else names for names in (before, now))
            raise ValueError(
                f"{reason} goes on with the fitted network, whose {name} is {before!r}, but now it is "
                f"{now!r}; restore it, or start anew with fit and warm_start=False."
            )
