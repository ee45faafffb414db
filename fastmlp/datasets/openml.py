"""MNIST, Fashion-MNIST and CIFAR-10 from openml.org, through scikit-learn."""

import math
import socket
import warnings
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import HTTPError, URLError

import numpy as np

N_TRAIN, N_TEST, SHAPE = 60_000, 10_000, (28, 28)
N_TRAIN_CIFAR10, N_TEST_CIFAR10, SHAPE_CIFAR10 = 50_000, 10_000, (3, 32, 32)
TIMEOUT = 10  # seconds of silence after which the network counts as absent


def fetch_mnist():
    """Fetch `mnist_784`; scikit-learn keeps what it downloads in its own data folder.

    Returns
    -------
    dict of str to ndarray of uint8
        X_train (60000, 28, 28), y_train (60000,), X_test (10000, 28, 28), y_test (10000,).

    Raises
    ------
    ConnectionError
        If openml.org cannot be reached, or sends something of another kind; the message says which.
    """
    return _fetch("mnist_784", "MNIST", N_TRAIN, N_TEST, SHAPE)


def fetch_fashion_mnist():
    """Fetch `Fashion-MNIST`, which has the sizes of MNIST, as `fetch_mnist`."""
    return _fetch("Fashion-MNIST", "Fashion-MNIST", N_TRAIN, N_TEST, SHAPE)


def fetch_cifar10():
    """Fetch `CIFAR_10`, as `fetch_mnist`; parsing takes minutes and a few GB of memory, each time.

    Returns
    -------
    dict of str to ndarray of uint8
        X_train (50000, 3, 32, 32), y_train (50000,), X_test (10000, 3, 32, 32), y_test (10000,).

    Raises
    ------
    ConnectionError
        If openml.org cannot be reached, or sends something of another kind; the message says which.
    """
    return _fetch("CIFAR_10", "CIFAR-10", N_TRAIN_CIFAR10, N_TEST_CIFAR10, SHAPE_CIFAR10)


def _fetch(name, title, n_train, n_test, shape):
    """Fetch version 1 of a set of images and split it."""
    from sklearn.datasets import fetch_openml

    try:
        with _socket_timeout(TIMEOUT), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # network errors are raised too, and contents are checked later
            # pandas would parse in 2 s instead of 8, once; but scikit-learn 1.9.1 fails with pandas 3.1 here
            bunch = fetch_openml(name, version=1, as_frame=False, parser="liac-arff", n_retries=1)
        return _split(np.asarray(bunch.data), np.asarray(bunch.target), title, n_train, n_test, shape)
    except (OSError, HTTPException, ValueError, LookupError, EOFError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise ConnectionError(f"openml.org could not be used ({reason(error)})") from error


def reason(error):
    """Say what went wrong without the wrappings of urllib and the operating system."""
    if isinstance(error, URLError) and not isinstance(error, HTTPError):
        error = error.reason  # a sentence, or the exception that it was
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _split(values, labels, title, n_train, n_test, shape):
    """Turn scikit-learn's floats or integers into bytes; the last `n_test` rows are the test images."""
    pixels = values.astype(np.uint8)
    if pixels.shape != (n_train + n_test, math.prod(shape)) or not np.array_equal(pixels, values):
        raise ValueError(f"an array of shape {values.shape} and dtype {values.dtype} is not {title}")
    images, labels = pixels.reshape(-1, *shape), labels.astype(np.uint8)
    return {
        "X_train": images[:n_train],
        "y_train": labels[:n_train],
        "X_test": images[n_train:],
        "y_test": labels[n_train:],
    }


@contextmanager
def _socket_timeout(seconds):
    """Let connections time out: fetch_openml cannot, and a silent network blocks it for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
