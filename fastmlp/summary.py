"""A network's layers as a table of text."""

import numpy as np

HEADER = ("layer", "output shape", "parameters")


def summarize(network):
    """Layers, shapes and parameter counts of a network.

    Parameters
    ----------
    network : Network

    Returns
    -------
    text : str
        One line per layer and a total; pads are not counted.
    """
    rows, shape, total = (
        [("input", _shape(network.input_shape), "")],
        network.input_shape,
        count_parameters(network),
    )
    for layer in network.layers:
        count, shape = layer.n_params(shape), layer.output_shape(shape)
        rows.append((_describe(layer), _shape(shape), f"{count:,}"))
    size = total * np.dtype(network.dtype).itemsize
    widths = [max(len(row[i]) for row in [HEADER, *rows]) for i in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {out:<{widths[1]}}  {count:>{widths[2]}}"
        for name, out, count in [HEADER, *rows]
    ]
    lines.insert(1, "-" * len(lines[0]))
    lines.append(f"total: {total:,} parameters, {size / 2**20:.2f} MiB as {network.dtype}")
    return "\n".join(lines)


def count_parameters(network):
    """Return the number of weights and biases of a network, pads not counted, int."""
    shape, total = network.input_shape, 0
    for layer in network.layers:
        total, shape = total + layer.n_params(shape), layer.output_shape(shape)
    return total


def _describe(layer):
    """The kind of a layer, and what its shape and its parameters do not tell."""
    details = []
    for name in ("kernel_size", "pool_size"):
        size = getattr(layer, name, None)
        if size is not None:
            details.append(_shape(size if isinstance(size, tuple) else (size, size)))
    if hasattr(layer, "activation"):
        details.append(layer.activation)
    if hasattr(layer, "rate"):
        details.append(f"{layer.rate:g}")
    if hasattr(layer, "branches"):
        details.append(" | ".join(" ".join(map(_describe, branch)) for branch in layer.branches))
    return f"{type(layer).__name__} ({', '.join(details)})" if details else type(layer).__name__


def _shape(shape):
    """(784,) as '784', (28, 28, 1) as '28 x 28 x 1'."""
    return " x ".join(map(str, shape))
