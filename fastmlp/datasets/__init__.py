"""Data sets, loaded from files, fetched, or bundled."""

from .images import ImageSet
from .mnist import load_mnist

__all__ = ["ImageSet", "load_mnist"]
