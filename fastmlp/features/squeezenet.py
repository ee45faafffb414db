"""SqueezeNet's features of images."""

import numpy as np

from ..layers import Concat, Conv2D, GlobalAvgPool2D, MaxPool2D
from .pretrained import PretrainedFeatures, Published


def _fire(number, squeeze, expand):
    """A fire module: 1 x 1 convolutions that squeeze the channels, then 1 x 1 and 3 x 3 beside each other."""
    branches = [[Conv2D(expand, 1)], [Conv2D(expand, 3, padding=1)]]
    return (f"fire{number}/conv1x1_1", Conv2D(squeeze, 1)), (f"fire{number}/concat", Concat(branches))


def _pool(name):
    return name, MaxPool2D(3, 2, ceil_mode=True)


LAYERS = (
    ("conv1", Conv2D(96, 7, 2)),
    _pool("pool1"),
    *_fire(2, 16, 64),
    *_fire(3, 16, 64),
    *_fire(4, 32, 128),
    _pool("pool4"),
    *_fire(5, 32, 128),
    *_fire(6, 48, 192),
    *_fire(7, 48, 192),
    *_fire(8, 64, 256),
    _pool("pool8"),
    *_fire(9, 64, 256),
    ("conv_final", Conv2D(1000, 1, padding=1)),
    ("pool_final", GlobalAvgPool2D()),
)

CONVOLUTIONS = (
    "conv1",
    *(f"fire{i}__{part}" for i in range(2, 10) for part in ("conv1x1_1", "conv1x1_2", "conv3x3_2")),
    "conv_final",
)


class SqueezeNetFeatures(PretrainedFeatures):
    """Features of images from SqueezeNet v1.0, trained on ImageNet's 1,000 classes.

    Images are resized to 227 x 227 pixels, whatever their shape.

    Parameters
    ----------
    weights : str, Path or dict of ndarray
        File with the weights (.npz, .safetensors, or with PyTorch installed .pth), or the arrays themselves:
        those of the Caffe model, as `fire2__conv1x1_1_w` of shape (filters, channels, rows, columns) and
        `fire2__conv1x1_1_b`; 26 convolutions, from `conv1` to `conv_final`.
    layer : str, default='pool_final'
        Layer whose outputs are the features: 'conv1', 'pool1', 'fire2/conv1x1_1', 'fire2/concat' and so on
        to 'fire9/concat', 'conv_final' or 'pool_final', the scores of the 1,000 classes.  Outputs that are
        images lie pixel by pixel, the channels of each beside each other.
    input_shape : tuple of int, default=None
        (height, width, 3) of an image, needed where X has rows of numbers; images say it themselves.
    memory : str or joblib.Memory, default=None
        Folder that keeps features: those of the same images and weights are found there.
    verbose : bool or callable, default=False
        True prints how far `transform` is, now and then; a callable gets (images done, images in all) after
        every batch.
    n_threads : int, default=None
        The most threads, as of `MLPClassifier`.  Features are the same at any number.
    device : {'cpu', 'cuda', 'ref'}, default='cpu'
        'cpu' runs compiled kernels; 'ref' the slow reference in NumPy.

    Attributes
    ----------
    image_shape_ : tuple of int
        (height, width, channels) of an image.
    weights_digest_ : str
        SHA-256 of the weights that are used, in this library's order.
    n_features_in_ : int
        Numbers in an image.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of X's columns, if they are all strings.

    References
    ----------
    F. N. Iandola, S. Han, M. W. Moskewicz, K. Ashraf, W. J. Dally and K. Keutzer, "SqueezeNet: AlexNet-level
    accuracy with 50x fewer parameters and <0.5MB model size", arXiv 1602.07360, 2016.

    Examples
    --------
    >>> from fastmlp.features import SqueezeNetFeatures
    >>> features = SqueezeNetFeatures("squeezenet_v1.0.npz")  # doctest: +SKIP
    >>> features.fit_transform(images).shape  # doctest: +SKIP
    (2000, 1000)
    """

    _published = Published(
        name="SqueezeNet v1.0",
        layers=LAYERS,
        weights=tuple((f"{name}_w", f"{name}_b") for name in CONVOLUTIONS),
        size=(227, 227),
        channels=np.eye(3)[::-1],  # blue, green, red
        offset=-np.array([104.0, 117.0, 123.0]),
        remedy="name the file that holds the weights, such as an .npz of the published Caffe model.",
    )

    def __init__(
        self,
        weights=None,
        *,
        layer="pool_final",
        input_shape=None,
        memory=None,
        verbose=False,
        n_threads=None,
        device="cpu",
    ):
        super().__init__(
            weights,
            layer=layer,
            input_shape=input_shape,
            memory=memory,
            verbose=verbose,
            n_threads=n_threads,
            device=device,
        )
