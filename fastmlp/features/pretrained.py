"""Features of images from the layers of a published network."""

import os
import warnings
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval, StrOptions

from ..kernels import BACKENDS
from ..layers import Conv2D, with_weights
from ..limits import one_blas_thread
from ..network import Network
from ..rows import as_rows
from .extraction import ImageFeatures
from .resize import Resizer
from .weight_files import check_architecture, read_weights, weights_digest

BATCH = 64  # images
TRANSPOSED = 64  # columns of weights at a time: what is read and written then stays in the cache


class Published(NamedTuple):
    """A network as its authors describe it."""

    name: str
    layers: tuple  # (name, layer spec), the first one first
    weights: tuple  # (name of the weights, name of the bias) in the file, in the order of the parameters
    size: tuple  # (height, width) of the images
    channels: np.ndarray  # (3, 3): a pixel p of red, green and blue enters as p @ channels + offset
    offset: np.ndarray  # (3,)
    remedy: str  # where weights come from


def channels_last(array, layer, input_shape):
    """Bring weights that are stored as PyTorch and Caffe do into the order of this library.

    Parameters
    ----------
    array : ndarray of shape (filters, channels, rows, columns) or (units, inputs)
        Inputs that were an image lie channel by channel.
    layer : Conv2D or Dense
    input_shape : tuple of int
        (height, width, channels) of the layer's input, or its one length.

    Returns
    -------
    weights : ndarray
        View of shape (rows, columns, channels, filters) or (inputs, units); inputs that were an image are
        (height, width, channels).
    """
    if not isinstance(layer, Conv2D) and len(input_shape) == 3:
        height, width, channels = input_shape
        array = array.reshape(len(array), channels, height, width)
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T


def stored_shape(layer, input_shape):
    """Shape of a layer's weights as PyTorch and Caffe store them."""
    shape = layer.weight_shape(input_shape)
    return (*shape[:1:-1], *shape[:2]) if len(shape) == 4 else shape[::-1]


class PretrainedFeatures(ImageFeatures):
    """Outputs of a layer of a published network; a subclass says of which one, as `_published`."""

    _parameter_constraints: dict = {  # noqa: RUF012
        **ImageFeatures._parameter_constraints,
        "weights": [str, os.PathLike, dict, None],
        "layer": [str],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "device": [StrOptions(set(BACKENDS))],
    }

    def __init__(self, weights, *, layer, input_shape, memory, verbose, n_threads, device):
        self.weights = weights
        self.layer = layer
        self.input_shape = input_shape
        self.memory = memory
        self.verbose = verbose
        self.n_threads = n_threads
        self.device = device

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Read the weights; nothing is learned from the images, only their shape matters.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or ndarray of shape (n_images, height, width, 3)
            Red, green and blue from 0 to 255.
        y : object
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        FileNotFoundError
            If there is no such file of weights.
        ImportError
            If a package is missing that reads the file.
        OSError
            If the folder `memory` cannot be written to.
        ValueError
            If the weights are damaged or those of another network, there is no such layer, or the images have
            not three channels.
        """
        published = self._published
        names = [name for name, _ in published.layers]
        if self.layer not in names:
            raise ValueError(f"layer={self.layer!r} is not one of {published.name}: {', '.join(names)}.")
        if self.weights is None:
            raise ValueError(f"weights=None: {published.remedy}")
        X = self._learn_shape(X)
        if self.image_shape_[2] != 3:
            raise ValueError(
                f"Images of shape {self.image_shape_} have {self.image_shape_[2]} channels, but must have "
                "three: red, green and blue. Repeat the one of gray images: np.repeat(X, 3, axis=-1)."
            )
        if X.dtype != np.uint8 and 0 < X.max() <= 1:
            warnings.warn(
                f"The largest pixel is {X.max():g}, but pixels must be from 0 to 255; multiply X by 255.",
                stacklevel=3,  # who called `fit`, which is wrapped
            )
        layers = [layer for _, layer in published.layers[: names.index(self.layer) + 1]]
        network = Network(layers, (*published.size, 3), None, device=self.device, n_threads=self.n_threads)
        self._load(network)
        self._network, self.weights_digest_ = network, weights_digest({"params": network.params})
        return self

    def _load(self, network):
        """Copy the weights into the network, which may have the first layers only."""
        published = self._published
        if isinstance(self.weights, dict):
            arrays, path = {name: np.asarray(array) for name, array in self.weights.items()}, None
        else:
            arrays, path = read_weights(self.weights), self.weights
        layers = list(with_weights([layer for _, layer in published.layers], network.input_shape))
        expected = {}
        for (weights, bias), (layer, shape) in zip(published.weights, layers, strict=True):
            expected[weights] = stored_shape(layer, shape)
            expected[bias] = expected[weights][:1]
        arrays = check_architecture(arrays, expected, published.name, path)
        for (weights, bias), layer, own_weights, own_bias in zip(
            published.weights, layers, network.weights, network.biases, strict=False
        ):
            ordered = channels_last(arrays[weights], *layer)
            own = own_weights.reshape(ordered.shape)
            for outputs in gen_batches(own.shape[-1], TRANSPOSED):
                own[..., outputs] = ordered[..., outputs]
            own_bias[:] = arrays[bias]
        if not np.isfinite(network.params).all():  # of arrays; those of files are known to be
            raise ValueError("weights holds NaN, infinity or numbers beyond float32; give finite arrays.")

    def _identity(self):
        return len(self._network.layers), self._network.device, self.weights_digest_

    def _extract(self, X, report):
        published, network = self._published, self._network
        resize = Resizer(self.image_shape_, published.size, published.channels, published.offset)
        apply = network.part(0, len(network.layers))
        features = np.empty((len(X), network.n_outputs), np.float32)
        for rows in gen_batches(len(X), BATCH):
            # the same bits, however many cores there are; a BLAS with OpenMP would limit `apply`, too
            with one_blas_thread():
                images = resize(X[rows])
            features[rows] = apply(as_rows(images, network.dtype))
            report(rows.stop)
        return features

    @property
    def _n_features_out(self):
        return self._network.n_outputs
