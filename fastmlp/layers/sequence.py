"""Layers one after the other, and side by side."""

from dataclasses import replace

from .basic import Dense, Dropout
from .images import AvgPool2D, Concat, Conv2D, Flatten, GlobalAvgPool2D, MaxPool2D

#: All kinds of layers.
LAYERS = (Dense, Dropout, Conv2D, MaxPool2D, AvgPool2D, GlobalAvgPool2D, Flatten, Concat)


def plain(layers):
    """Return the layers without dropout and initializers: what predictions depend on."""
    kept = []
    for layer in layers:
        if isinstance(layer, Concat):
            kept.append(Concat(map(plain, layer.branches)))
        elif hasattr(layer, "weight_init"):
            kept.append(replace(layer, weight_init="zeros", bias_init="zeros"))
        elif not isinstance(layer, Dropout):
            kept.append(layer)
    return kept


def shape_after(layers, shape):
    """Shape of a row after some layers.

    Parameters
    ----------
    layers : list of layer specs
    shape : tuple of int
        Of a row of their input.

    Returns
    -------
    shape : tuple of int
    """
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


def with_weights(layers, shape):
    """Yield the layers that have weights, in the order of their parameters, and the shapes of their inputs.

    Parameters
    ----------
    layers : list of layer specs
    shape : tuple of int
        Of a row of their input.

    Yields
    ------
    layer : Dense or Conv2D
    input_shape : tuple of int
        Of a row.
    """
    for layer in layers:
        if isinstance(layer, Concat):
            for branch in layer.branches:
                yield from with_weights(branch, shape)
        elif hasattr(layer, "weight_shape"):
            yield layer, shape
        shape = layer.output_shape(shape)
