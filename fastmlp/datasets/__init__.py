"""Data sets, loaded from files, fetched, bundled, or drawn at random."""

from .cifar10 import load_cifar10
from .images import ImageSet
from .mnist import load_fashion_mnist, load_mnist
from .playground import load_playground

__all__ = ["ImageSet", "load_cifar10", "load_fashion_mnist", "load_mnist", "load_playground"]
