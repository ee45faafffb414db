"""AlexNet's features of images."""

import numpy as np

from ..layers import Conv2D, Dense, MaxPool2D
from .pretrained import PretrainedFeatures, Published

LAYERS = (
    ("conv1", Conv2D(64, 11, 4, padding=2)),
    ("pool1", MaxPool2D(3, 2)),
    ("conv2", Conv2D(192, 5, padding=2)),
    ("pool2", MaxPool2D(3, 2)),
    ("conv3", Conv2D(384, 3, padding=1)),
    ("conv4", Conv2D(256, 3, padding=1)),
    ("conv5", Conv2D(256, 3, padding=1)),
    ("pool5", MaxPool2D(3, 2)),
    ("fc6", Dense(4096)),
    ("fc7", Dense(4096)),
    ("fc8", Dense(1000, "identity")),
)

#: Names of the layers with weights in torchvision's file.
MODULES = (*(f"features.{i}" for i in (0, 3, 6, 8, 10)), *(f"classifier.{i}" for i in (1, 4, 6)))

#: Mean and standard deviation of ImageNet's red, green and blue, from 0 to 1.
MEAN, SD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class AlexNetFeatures(PretrainedFeatures):
    """Features of images from AlexNet, trained on ImageNet's 1,000 classes.

    The network is torchvision's: that of "One weird trick", with a single column and without local response
    normalization.  Images are resized to 227 x 227 pixels, whatever their shape.

    Parameters
    ----------
    weights : str, Path or dict of ndarray
        File with the weights, or the arrays themselves, named as in torchvision's `alexnet`
        (`features.0.weight`, ...): .npz, .safetensors, or with PyTorch installed the published .pth file.
        `fastmlp.features.fetch_alexnet` downloads that one, 233 MB, and returns its path.
    layer : str, default='fc8'
        Layer whose outputs are the features: 'conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'conv4', 'conv5',
        'pool5', 'fc6', 'fc7', or 'fc8', the scores of the 1,000 classes before the softmax.  Outputs that are
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
    A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012.
    A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv 1404.5997, 2014.

    Examples
    --------
    >>> from fastmlp.features import AlexNetFeatures, fetch_alexnet
    >>> features = AlexNetFeatures(fetch_alexnet())  # doctest: +SKIP
    >>> features.fit_transform(images).shape  # doctest: +SKIP
    (2000, 1000)
    """

    _published = Published(
        name="AlexNet",
        layers=LAYERS,
        weights=tuple((f"{module}.weight", f"{module}.bias") for module in MODULES),
        size=(227, 227),
        channels=np.diag(1 / (255 * SD)),
        offset=-MEAN / SD,
        remedy="name the file that holds the weights; fastmlp.features.fetch_alexnet() downloads the "
        "published one and returns its path.",
    )

    def __init__(
        self,
        weights=None,
        *,
        layer="fc8",
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
