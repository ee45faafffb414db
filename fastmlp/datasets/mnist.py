"""MNIST from a folder, from OpenML, or, where neither is at hand, scikit-learn's bundled digits instead."""

import warnings
from contextlib import suppress

import numpy as np

from .images import ImageSet
from .mnist_files import FILES, file_name, find_files, is_original, read_files, write_files
from .openml import fetch_mnist
from .places import VARIABLE, search, user_data_folder


def load_mnist(data=None, *, fetch=True, report=None):
    """Load MNIST, or say loudly what was loaded instead.

    Looked through in this order: the folder `data`; the folder that the environment variable
    `FASTMLP_DATA` names; `user_data_folder()`.  In each, the four IDX files, gzipped or not, may lie in
    `mnist/` or in the folder itself.  Then OpenML's `mnist_784` is fetched (scikit-learn keeps its
    download, and a copy as IDX files, which load in a third of a second, goes to `user_data_folder()`).
    The last resort is scikit-learn's bundled 1,797 digits of 8 x 8 pixels, with a warning.

    Parameters
    ----------
    data : str or Path, optional
        A folder that must hold the files: nothing else is tried then.
    fetch : bool, default=True
        Whether OpenML may be asked.
    report : callable, optional
        Called with a sentence before something that may take long.

    Returns
    -------
    ImageSet

    Raises
    ------
    FileNotFoundError
        If `data` is given, and does not exist or does not hold the files.
    ValueError
        If a file is damaged, if one of the four is missing, or if images and labels do not match.

    Warns
    -----
    UserWarning
        If the data are not MNIST, or `FASTMLP_DATA` names a folder without it.
    """
    paths = search(
        data,
        find_files,
        "MNIST",
        files="MNIST's four IDX files",
        subfolder="mnist",
        contents=f"{', '.join(map(file_name, FILES))} (gzipped or not)",
    )
    if paths is not None:
        return _checked_images(read_files(paths), str(paths["X_train"].parent))
    reason = "fetching it was switched off"
    if fetch:
        if report is not None:
            report(
                "MNIST is in no folder searched: fetching it from openml.org (about 15 MB, then some 10 s of "
                "parsing, once) ..."
            )
        try:
            arrays = fetch_mnist()
        except ConnectionError as error:
            reason = error
        else:
            with suppress(OSError):  # scikit-learn's own copy remains
                write_files(user_data_folder(), arrays)
            return _checked_images(arrays, "openml.org, mnist_784 version 1")
    warnings.warn(
        "This is NOT MNIST but scikit-learn's bundled set of 1,797 digits of 8 x 8 pixels: MNIST is in no "
        f"folder searched, and {reason}. To train on MNIST, connect to the network, or name a folder "
        f"with its IDX files (option --data, or the environment variable {VARIABLE}).",
        stacklevel=2,
    )
    return _bundled_digits()


def _checked_images(arrays, source):
    """Make the image set; images other than MNIST's are used, but not called so."""
    if is_original(arrays):
        return _image_set("mnist", "MNIST", arrays, source, is_mnist=True)
    warnings.warn(
        f"This is NOT the original MNIST: the images from {source!r} come in its format and under its names, "
        "but have other contents. They are used as they are.",
        stacklevel=3,
    )
    return _image_set("mnist-format", "images in MNIST's format (NOT MNIST)", arrays, source)


def _bundled_digits():
    """Return scikit-learn's digits, a fifth of them for testing."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    parts = train_test_split(
        digits.images.astype(np.uint8), digits.target, test_size=0.2, stratify=digits.target, random_state=0
    )
    arrays = dict(zip(("X_train", "X_test", "y_train", "y_test"), parts, strict=True))
    title = "scikit-learn's bundled 8 x 8 digits (NOT MNIST)"
    return _image_set("digits", title, arrays, "sklearn.datasets.load_digits", input_scale=1 / 16)


def _image_set(name, title, arrays, source, *, input_scale=1 / 255, is_mnist=False):
    """Flatten the images and widen the labels."""
    X_train, X_test = arrays["X_train"], arrays["X_test"]
    return ImageSet(
        name=name,
        title=title,
        X_train=X_train.reshape(len(X_train), -1),
        y_train=arrays["y_train"].astype(np.int64),
        X_test=X_test.reshape(len(X_test), -1),
        y_test=arrays["y_test"].astype(np.int64),
        image_shape=X_train.shape[1:],
        input_scale=input_scale,
        source=source,
        is_mnist=is_mnist,
    )
