"""`coefs_` and `intercepts_`: lists whose arrays are views of the network's parameters."""

import numpy as np


class ParameterList(list):
    """A list of views; assigning an item copies the values into the network.

    Parameters
    ----------
    views : list of ndarray
    name : str
        Name of the attribute, for messages.
    """

    def __init__(self, views, name):
        super().__init__(views)
        self.name = name

    def __setitem__(self, index, value):
        """Copy an array, or for a slice several, into the network.

        Parameters
        ----------
        index : int or slice
        value : array-like of the view's shape, or an iterable of them

        Raises
        ------
        ValueError
            If a shape or the number of arrays differs, or biases are set that the network does not have.
        """
        if isinstance(index, slice):
            views, values = self[index], list(value)
            if len(views) != len(values):
                raise ValueError(f"{self.name} needs {len(views)} arrays, got {len(values)}.")
            for i, item in zip(range(*index.indices(len(self))), values, strict=True):
                self[i] = item
            return
        view, value = self[index], np.asarray(value)
        if value is view:  # coefs_[0] += 1 changed it already
            return
        if value.shape != view.shape:
            raise ValueError(f"{self.name}[{index}] has shape {view.shape}, got {value.shape}.")
        if not view.flags.writeable:
            if value.any():
                raise ValueError(
                    f"{self.name}[{index}] cannot be set, because bias=False; it is always zero."
                )
            return
        view[...] = value

    def __reduce__(self):
        """Pickle as a plain list of copies: a view without its network is an array."""
        return list, ([view.copy() for view in self],)


def coefficients(network):
    """Weights of the network, first layer first.

    Parameters
    ----------
    network : Network

    Returns
    -------
    weights : ParameterList of ndarray
        (inputs, outputs) of dense layers, (rows, columns, channels, filters) of convolutions.
    """
    return ParameterList(network.weights, "coefs_")


def intercepts(network):
    """Biases of the network, first layer first; read-only zeros where a layer has none.

    Parameters
    ----------
    network : Network

    Returns
    -------
    biases : ParameterList of ndarray of shape (outputs,)
    """
    views = []
    for weights, bias in zip(network.weights, network.biases, strict=True):
        if bias is None:
            bias = np.zeros(weights.shape[-1], network.dtype)
            bias.flags.writeable = False
        views.append(bias)
    return ParameterList(views, "intercepts_")


def copy_parameters(source, target):
    """Copy all weights and biases from one network into another.

    Parameters
    ----------
    source, target : Network
        Of the same layers with weights; dropout and dtypes may differ, values are rounded to the target's
        dtype.  The target's parameters are overwritten.
    """
    for new, old in zip(target.weights, source.weights, strict=True):
        new[...] = old
    for new, old in zip(target.biases, source.biases, strict=True):
        if new is not None:
            new[...] = old
