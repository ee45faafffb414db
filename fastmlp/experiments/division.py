"""Which images a fit trains on, and which it is scored on."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split


class Part(NamedTuple):
    """Some rows of a data set.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
    """

    X: np.ndarray
    y: np.ndarray


class Division(NamedTuple):
    """A data set in parts.

    Attributes
    ----------
    parts : dict of str to Part
        'train', and others such as 'validation' and 'test'.
    input_scale : float
        What the columns are to be multiplied by.
    """

    parts: dict
    input_scale: float = 1.0


@dataclass(frozen=True)
class Pooled:
    """Divides all images, those meant for training and those meant for testing: 'train', 'test'.

    Parameters
    ----------
    test_size : float
        Share of all images, of every class alike.
    """

    test_size: float

    def __call__(self, data, seed):
        """Return the Division."""
        X, y = np.concatenate([data.X_train, data.X_test]), np.concatenate([data.y_train, data.y_test])
        return Division(_two(X, y, self.test_size, seed, "test"), data.input_scale)


@dataclass(frozen=True)
class WithValidation:
    """Divides the training images: 'train', 'validation', and 'test', the images meant for it.

    Parameters
    ----------
    size : float
        Share of the training images that validates, of every class alike.
    n_images : int, optional
        So many of the training images are used, chosen by the seed, of every class alike.
    name : str, default='validation'
        Under another name, the part never decides when training stops.
    """

    size: float
    n_images: int | None = None
    name: str = "validation"

    def __call__(self, data, seed):
        """Return the Division."""
        X, y = _some(data.X_train, data.y_train, self.n_images, seed)
        parts = _two(X, y, self.size, seed, self.name)
        return Division(parts | {"test": Part(data.X_test, data.y_test)}, data.input_scale)


@dataclass(frozen=True)
class LastValidating:
    """Lets the last of the training images validate: 'train', 'validation', 'test'.

    Parameters
    ----------
    size : float
        Share of the training images that validates, as `validation_split` of Keras.
    """

    size: float

    def __call__(self, data, seed):
        """Return the Division; the seed plays no part."""
        X, y = data.X_train, data.y_train
        n_train = len(y) - round(self.size * len(y))
        parts = {
            "train": Part(X[:n_train], y[:n_train]),
            "validation": Part(X[n_train:], y[n_train:]),
            "test": Part(data.X_test, data.y_test),
        }
        return Division(parts, data.input_scale)


@dataclass(frozen=True)
class Few:
    """Divides a few of the training images: 'train', 'test'.

    Parameters
    ----------
    n_images : int
        So many are used, chosen by the seed, of every class alike.
    test_size : float
        Their share that tests, of every class alike.
    """

    n_images: int
    test_size: float

    def __call__(self, data, seed):
        """Return the Division."""
        X, y = _some(data.X_train, data.y_train, self.n_images, seed)
        return Division(_two(X, y, self.test_size, seed, "test"), data.input_scale)


def _some(X, y, n_images, seed):
    """Choose so many rows, of every class alike; all, if there are not more."""
    if n_images is None or n_images >= len(y):
        return X, y
    rows, _ = train_test_split(np.arange(len(y)), train_size=n_images, stratify=y, random_state=seed)
    rows.sort()
    return X[rows], y[rows]


def _two(X, y, size, seed, name):
    """Divide rows in two; they stay in their order, in which the seed plays no part."""
    train, other = train_test_split(np.arange(len(y)), test_size=size, stratify=y, random_state=seed)
    train.sort(), other.sort()
    return {"train": Part(X[train], y[train]), name: Part(X[other], y[other])}
