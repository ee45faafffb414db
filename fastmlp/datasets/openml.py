"""MNIST from openml.org, through scikit-learn."""

import socket
import warnings
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import HTTPError, URLError

import numpy as np

N_TRAIN, N_TEST, SHAPE = 60_000, 10_000, (28, 28)
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
    from sklearn.datasets import fetch_openml

    try:
        with _socket_timeout(TIMEOUT), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # network errors are raised too, and contents are checked later
            # pandas would parse in 2 s instead of 8, once; but scikit-learn 1.9.1 fails with pandas 3.1 here
            bunch = fetch_openml("mnist_784", version=1, as_frame=False, parser="liac-arff", n_retries=1)
        return _split(np.asarray(bunch.data), np.asarray(bunch.target))
    except (OSError, HTTPException, ValueError, LookupError, EOFError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise ConnectionError(f"openml.org could not be used ({_reason(error)})") from error


def _reason(error):
    """Say what went wrong without the wrappings of urllib and the operating system."""
    if isinstance(error, URLError) and not isinstance(error, HTTPError):
        error = error.reason  # a sentence, or the exception that it was
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _split(values, labels):
    """Turn scikit-learn's floats or integers into bytes; the last 10,000 rows are the test images."""
    pixels = values.astype(np.uint8)
    if pixels.shape != (N_TRAIN + N_TEST, SHAPE[0] * SHAPE[1]) or not np.array_equal(pixels, values):
        raise ValueError(f"an array of shape {values.shape} and dtype {values.dtype} is not MNIST")
    images, labels = pixels.reshape(-1, *SHAPE), labels.astype(np.uint8)
    return {
        "X_train": images[:N_TRAIN],
        "y_train": labels[:N_TRAIN],
        "X_test": images[N_TRAIN:],
        "y_test": labels[N_TRAIN:],
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
