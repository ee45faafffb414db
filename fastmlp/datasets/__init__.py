"""Data sets, loaded from files, fetched, or bundled."""

from .cifar10 import load_cifar10
from .images import ImageSet
from .mnist import load_mnist

__all__ = ["ImageSet", "load_cifar10", "load_mnist"]
