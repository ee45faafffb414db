"""Layer specs: pure data that say what a layer is; the plan says where it lives, the kernels what it does."""

from .basic import ACTIVATIONS, Dense, Dropout
from .images import AvgPool2D, Concat, Conv2D, Flatten, GlobalAvgPool2D, MaxPool2D
from .sequence import LAYERS, plain, shape_after, with_weights

__all__ = [
    "ACTIVATIONS",
    "LAYERS",
    "AvgPool2D",
    "Concat",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "MaxPool2D",
    "plain",
    "shape_after",
    "with_weights",
]
