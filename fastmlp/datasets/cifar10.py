"""CIFAR-10 from a folder or from OpenML."""

from contextlib import suppress

import numpy as np

from .cifar10_files import (
    CLASSES,
    SOURCES,
    channels_last,
    check_labels,
    find_files,
    read_files,
    write_files,
)
from .images import ImageSet
from .openml import fetch_cifar10
from .places import absent, search, user_data_folder

PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"


def load_cifar10(data=None, *, classes=None, fetch=True, report=None):
    """Load CIFAR-10: 50,000 + 10,000 coloured images of 32 x 32 pixels in ten classes.

    Looked through in this order: the folder `data`; the folder that the environment variable
    `FASTMLP_DATA` names; `user_data_folder()`.  In each, `cifar10/` or the folder itself may hold
    `cifar-10-batches-bin/`, `cifar-10-batches-py/`, `cifar-10-binary.tar.gz` or `cifar-10-python.tar.gz`.
    Then OpenML's `CIFAR_10` is fetched (scikit-learn keeps its download, and a copy in the binary version,
    which loads in under a second, goes to `user_data_folder()`).

    Parameters
    ----------
    data : str or Path, optional
        A folder that must hold the files: nothing else is tried then.
    classes : sequence of str, optional
        Names of the classes to keep, such as ("airplane", "automobile"); their labels become 0, 1, ... in
        this order.  All ten by default.
    fetch : bool, default=True
        Whether OpenML may be asked.
    report : callable, optional
        Called with a sentence before something that may take long.

    Returns
    -------
    ImageSet
        With X_train and X_test of shape (n_rows, 32, 32, 3), and `class_names`.

    Raises
    ------
    FileNotFoundError
        If `data` is given, and does not exist or does not hold the files, or if they are nowhere.
    ValueError
        If a file is damaged or missing, or if `classes` names no class, an unknown one, or one twice.

    Warns
    -----
    UserWarning
        If `FASTMLP_DATA` names a folder without CIFAR-10.
    """
    names = CLASSES if classes is None else _checked_names(classes)
    path = search(
        data,
        find_files,
        "CIFAR-10",
        files="CIFAR-10's batches or an archive of them",
        subfolder="cifar10",
        contents=" or ".join(SOURCES),
    )
    if path is not None:
        return _image_set(read_files(path), names, str(path))
    return _image_set(_fetched(fetch, report), names, "openml.org, CIFAR_10 version 1")


def _fetched(fetch, report):
    """Return the arrays from OpenML, and keep a copy of them."""
    reason = "fetching it was switched off"
    if fetch:
        if report is not None:
            report(
                "CIFAR-10 is in no folder searched: fetching it from openml.org (about 200 MB, then "
                "minutes of parsing, once) ..."
            )
        try:
            arrays = fetch_cifar10()
            for part in ("train", "test"):
                check_labels(arrays[f"y_{part}"])
        except ConnectionError as error:
            reason = error
        except ValueError as error:
            reason = f"what openml.org sent {error}"
        else:
            arrays |= {key: channels_last(arrays[key]) for key in ("X_train", "X_test")}
            with suppress(OSError):  # scikit-learn's own copy remains
                write_files(user_data_folder(), arrays)
            return arrays
    archives = " or ".join(name for name, version in SOURCES.items() if name == version.archive)
    raise absent("CIFAR-10", reason, archives, PAGE)


def _checked_names(classes):
    """Return the chosen classes' names as a tuple."""
    names = (classes,) if isinstance(classes, str) else tuple(classes)
    unknown = [name for name in names if name not in CLASSES]
    if unknown or not names or len(set(names)) < len(names):
        what = f"{unknown[0]!r} is no class of CIFAR-10" if unknown else "none is named, or one twice"
        raise ValueError(f"classes={classes!r}: {what}. Choose from {', '.join(CLASSES)}.")
    return names


def _image_set(arrays, names, source):
    """Keep the chosen classes, number them in their order, and widen the labels."""
    number = np.full(len(CLASSES), -1, np.int64)
    number[[CLASSES.index(name) for name in names]] = np.arange(len(names))
    parts = {}
    for part in ("train", "test"):
        X, y = arrays[f"X_{part}"], number[arrays[f"y_{part}"]]
        kept = slice(None) if len(names) == len(CLASSES) else y >= 0
        parts |= {f"X_{part}": X[kept], f"y_{part}": y[kept]}
    return ImageSet(
        name="cifar10",
        title="CIFAR-10" if len(names) == len(CLASSES) else f"CIFAR-10 ({', '.join(names)})",
        image_shape=parts["X_train"].shape[1:],
        input_scale=1 / 255,
        source=source,
        class_names=names,
        **parts,
    )
