"""The data sets of recipes, by name."""

from dataclasses import replace
from hashlib import blake2b

import numpy as np

from .. import datasets

QUICK_TRAINING, QUICK_TEST = 1000, 300  # images of a quick look


def _mnist(folder, report):
    return datasets.load_mnist(folder, substitute=False, report=report)


def _fashion_mnist(folder, report):
    return datasets.load_fashion_mnist(folder, report=report)


def _cifar10(folder, report):
    return datasets.load_cifar10(folder, report=report)


LOADERS = {"mnist": _mnist, "fashion-mnist": _fashion_mnist, "cifar10": _cifar10}


class DataSets:
    """Loads every data set once; a quick look takes the first images of it.

    Parameters
    ----------
    folder : str or Path, optional
        Where to look, instead of the usual places.
    quick : bool
    report : callable, optional
        Called with a sentence before something that may take long.
    """

    def __init__(self, folder=None, quick=False, report=None):
        self.folder, self.quick, self.report = folder, quick, report
        self._loaded, self._absent = {}, set()

    def load(self, name):
        """Return a data set.

        Parameters
        ----------
        name : str or None
            A key of `LOADERS`.

        Returns
        -------
        ImageSet or None
            None for None.

        Raises
        ------
        ValueError, OSError
            If it is unknown, not found, or damaged; it is looked for once.
        """
        if name is None:
            return None
        if name not in LOADERS:
            raise ValueError(f"There is no data set {name!r}; there are {', '.join(LOADERS)}.")
        if name in self._absent:
            raise FileNotFoundError(f"The data set {name} could not be loaded, as said above.")
        if name not in self._loaded:
            try:
                data = LOADERS[name](self.folder, self.report)
            except (ValueError, OSError):
                self._absent.add(name)
                raise
            self._loaded[name] = first_images(data, QUICK_TRAINING, QUICK_TEST) if self.quick else data
        return self._loaded[name]


def first_images(data, n_train, n_test):
    """Return an image set with its first images alone, at most so many."""
    return replace(
        data,
        X_train=data.X_train[:n_train],
        y_train=data.y_train[:n_train],
        X_test=data.X_test[:n_test],
        y_test=data.y_test[:n_test],
    )


def described(data):
    """Return what a record says about the data.

    Parameters
    ----------
    data : ImageSet or None

    Returns
    -------
    dict
        Its digest tells equal data from others.
    """
    if data is None:
        return {"name": None, "title": "made by the recipe", "digest": None}
    digest = blake2b(digest_size=8)
    for array in (data.X_train, data.y_train, data.X_test, data.y_test):
        digest.update(np.ascontiguousarray(array).data)
    return {
        "name": data.name,
        "title": data.title,
        "source": data.source,
        "image_shape": data.image_shape,
        "n_train": len(data.y_train),
        "n_test": len(data.y_test),
        "digest": digest.hexdigest(),
    }
