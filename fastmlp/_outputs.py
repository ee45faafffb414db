"""What a fitted network makes of rows."""

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from ._parameters import copy_parameters
from ._validation import KEPT, table_of_images
from .layers import Dropout
from .rows import as_rows

_KEPT_DTYPES = frozenset(map(np.dtype, KEPT))


class Outputs:
    """Outputs of an estimator's network, and of its hidden layers."""

    def hidden_features(self, X, layer=-1):
        """Return what a hidden layer makes of rows: its activations.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
            Rows, or images.
        layer : int, default=-1
            Which of the hidden layers as `hidden_layer_sizes` lists them, dropout not counted: 0 is the
            first, -1 the last one before the outputs.  Those of an autoencoder's decoder follow.

        Returns
        -------
        features : ndarray of shape (n_samples, units), or (n_samples, height, width, channels)
            The second one for layers of images.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        check_is_fitted(self)
        network = self._network_here()
        hidden = [i for i, each in enumerate(network.layers[:-1]) if not isinstance(each, Dropout)]
        try:
            last = hidden[layer] + 1
        except (IndexError, TypeError):
            count, n = len(hidden), f"an integer from {-len(hidden)} to {len(hidden) - 1}"
            raise ValueError(
                f"layer={layer!r} is not one of the {count} hidden layers; use {n}."
                if count
                else f"layer={layer!r} is not there: the network has no hidden layers."
            ) from None
        features = self._outputs(X, last)
        return features.reshape(len(features), *network.part(0, last).output_shape)

    def _outputs(self, X, last=None):
        """What the layers up to `last` (exclusive), by default all, make of validated rows.

        The output activation follows the last layer of all.
        """
        if getattr(X, "ndim", 2) == 4:
            check_is_fitted(self)
            X, _ = table_of_images(X, self._network.input_shape)
        if self._is_plain_array(X):
            outputs = self._apply(X, last, check=True)
            if outputs is not None:
                return outputs
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=KEPT, reset=False)
        return self._apply(X, last, check=False)

    def _network_here(self):
        """The network, on the device and with the precision that the parameters name now."""
        network = self._network
        if (network.device, network.precision) != (self.device, self.precision):
            network = self._make_network(network.layers, network.dtype, network.input_shape)
            copy_parameters(self._network, network)
            self._network, self._runtime = network, None  # training starts with another optimizer
        return network

    def _apply(self, X, last, check):
        network = self._network_here()
        rows = as_rows(X, network.dtype, self._scale)
        return network.part(0, len(network.layers) if last is None else last)(rows, check)

    def _is_plain_array(self, X):
        """Whether X is an array that `validate_data` would return as it is, if all of it is finite."""
        if type(X) is not np.ndarray or X.dtype not in _KEPT_DTYPES or not X.flags.c_contiguous:
            return False
        fitted = self.__dict__
        if "_network" not in fitted or "feature_names_in_" in fitted:
            return False
        return X.ndim == 2 and X.shape[0] > 0 and X.shape[1] == fitted["n_features_in_"]
