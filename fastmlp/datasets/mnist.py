"""MNIST and Fashion-MNIST from a folder or from OpenML; scikit-learn's bundled digits instead of MNIST."""

import warnings
from contextlib import suppress
from functools import partial

import numpy as np

from .images import ImageSet
from .mnist_files import (
    FASHION_MNIST,
    FILES,
    MNIST,
    file_name,
    find_files,
    is_original,
    read_files,
    write_files,
)
from .openml import fetch_fashion_mnist, fetch_mnist
from .places import VARIABLE, absent, search, user_data_folder

NAMES = ", ".join(map(file_name, FILES))


def load_mnist(data=None, *, fetch=True, substitute=True, report=None):
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
    substitute : bool, default=True
        Whether the bundled digits may stand in for MNIST.
    report : callable, optional
        Called with a sentence before something that may take long.

    Returns
    -------
    ImageSet

    Raises
    ------
    FileNotFoundError
        If `data` is given, and does not exist or does not hold the files, or if they are nowhere and nothing
        may stand in for them.
    ValueError
        If a file is damaged, if one of the four is missing, or if images and labels do not match.

    Warns
    -----
    UserWarning
        If the data are not MNIST, or `FASTMLP_DATA` names a folder without it.
    """
    paths = search(data, **_sought(MNIST))
    if paths is not None:
        return _checked_images(MNIST, read_files(paths), str(paths["X_train"].parent))
    arrays, reason = _fetched(MNIST, fetch_mnist if fetch else None, "15 MB", report)
    if arrays is not None:
        return _checked_images(MNIST, arrays, "openml.org, mnist_784 version 1")
    if not substitute:
        raise absent(MNIST.title, reason, NAMES, MNIST.page)
    warnings.warn(
        "This is NOT MNIST but scikit-learn's bundled set of 1,797 digits of 8 x 8 pixels: MNIST is in no "
        f"folder searched, and {reason}. To train on MNIST, connect to the network, or name a folder "
        f"with its IDX files (option --data, or the environment variable {VARIABLE}).",
        stacklevel=2,
    )
    return _bundled_digits()


def load_fashion_mnist(data=None, *, fetch=True, report=None):
    """Load Fashion-MNIST: 60,000 + 10,000 grey images of clothes, 28 x 28 pixels, in ten classes.

    It is looked for as MNIST is (see `load_mnist`), in `fashion-mnist/` or in the folder itself, and then
    fetched as OpenML's `Fashion-MNIST`.  Nothing stands in for it.

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
        With `class_names`, if it is the original.

    Raises
    ------
    FileNotFoundError
        If `data` is given, and does not exist or does not hold the files, or if they are nowhere.
    ValueError
        If a file is damaged, if one of the four is missing, or if images and labels do not match.

    Warns
    -----
    UserWarning
        If the data are not Fashion-MNIST, or `FASTMLP_DATA` names a folder without it.
    """
    paths = search(data, **_sought(FASHION_MNIST))
    if paths is not None:
        return _checked_images(FASHION_MNIST, read_files(paths), str(paths["X_train"].parent))
    arrays, reason = _fetched(FASHION_MNIST, fetch_fashion_mnist if fetch else None, "40 MB", report)
    if arrays is None:
        raise absent(FASHION_MNIST.title, reason, NAMES, FASHION_MNIST.page)
    return _checked_images(FASHION_MNIST, arrays, "openml.org, Fashion-MNIST version 1")


def _sought(published):
    """Return what `search` is to look for."""
    return {
        "find": partial(find_files, published=published),
        "title": published.title,
        "files": f"{published.title}'s four IDX files",
        "subfolder": published.name,
        "contents": f"{published.title}'s own {NAMES} (gzipped or not)",
    }


def _fetched(published, fetch, size, report):
    """Fetch the arrays and keep a copy of them; return them, or None and why there are none."""
    if fetch is None:
        return None, "fetching it was switched off"
    if report is not None:
        report(
            f"{published.title} is in no folder searched: fetching it from openml.org (about {size}, then "
            "some 10 s of parsing, once) ..."
        )
    try:
        arrays = fetch()
    except ConnectionError as error:
        return None, error
    with suppress(OSError):  # scikit-learn's own copy remains
        write_files(user_data_folder(), arrays, published)
    return arrays, None


def _checked_images(published, arrays, source):
    """Make the image set; images other than the original ones are used, but not called so."""
    name, title = published.name, published.title
    if is_original(arrays, published):
        named = {"is_mnist": published == MNIST, "class_names": published.class_names}
        return _image_set(name, title, arrays, source, **named)
    warnings.warn(
        f"This is NOT the original {title}: the images from {source!r} come in its format and under its "
        "names, but have other contents. They are used as they are.",
        stacklevel=3,
    )
    return _image_set(f"{name}-format", f"images in {title}'s format (NOT {title})", arrays, source)


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


def _image_set(name, title, arrays, source, *, input_scale=1 / 255, **named):
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
        **named,
    )
