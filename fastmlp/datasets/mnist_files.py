"""The four IDX files of MNIST: finding, reading, checking and writing them."""

import hashlib
from pathlib import Path

import numpy as np

from ..files import atomic_folder
from .idx import header, read_idx, write_idx
from .places import lacking

#: Key of an array -> stem of its file, number of axes, MD5 of the original file (before gzip).
FILES = {
    "X_train": ("train-images", 3, "6bbc9ace898e44ae57da46a324031adb"),
    "y_train": ("train-labels", 1, "a25bea736e30d166cdddb491f175f624"),
    "X_test": ("t10k-images", 3, "2646ac647ad5339dbf082846283269ea"),
    "y_test": ("t10k-labels", 1, "27ae3e4e09519cfbb04c329615203637"),
}


def file_name(key):
    """Return the usual name of the file for a key of `FILES`, without `.gz`."""
    stem, axes, _ = FILES[key]
    return f"{stem}-idx{axes}-ubyte"


def find_files(folder):
    """Find the files in `folder/mnist` or in the folder itself.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict of str to Path, or None
        The path of each file under the keys of `FILES`; None if there is none of them.

    Raises
    ------
    ValueError
        If only some of the four are there.
    """
    for place in (Path(folder) / "mnist", Path(folder)):
        paths = {key: _find(place, file_name(key)) for key in FILES}
        missing = [file_name(key) for key, path in paths.items() if path is None]
        if not missing:
            return paths
        if len(missing) < len(paths):
            raise lacking(place, missing, " (gzipped or not)")
    return None


def _find(folder, name):
    """Return the path of a file, gzipped or not, or with a dot before `idx` as some archives have it."""
    for path in (folder / candidate for candidate in (name, name.replace("-idx", ".idx"))):
        for choice in (path, path.with_name(path.name + ".gz")):
            if choice.is_file():
                return choice
    return None


def read_files(paths):
    """Read the four files that `find_files` found.

    Parameters
    ----------
    paths : dict of str to Path
        Under the keys of `FILES`.

    Returns
    -------
    dict of str to ndarray of uint8
        Images (n_rows, height, width) and labels (n_rows,), under the keys of `FILES`.

    Raises
    ------
    ValueError
        If a file is damaged, or if the files do not fit each other; the message names them.
    """
    arrays = {key: read_idx(path, FILES[key][1]) for key, path in paths.items()}
    for part in ("train", "test"):
        images, labels = arrays[f"X_{part}"], arrays[f"y_{part}"]
        if len(images) != len(labels) or images.size == 0:
            raise ValueError(
                f"{str(paths[f'X_{part}'])!r} holds {len(images):,} images, but "
                f"{paths[f'y_{part}'].name!r} beside it {len(labels):,} labels. Both must be non-empty and "
                "equal in number: fetch the two files again."
            )
    train, test = arrays["X_train"].shape[1:], arrays["X_test"].shape[1:]
    if train != test:
        raise ValueError(
            f"The images in {str(paths['X_train'].parent)!r} differ in size: {train} for training, {test} "
            "for testing. Use files of one data set."
        )
    return arrays


def is_original(arrays):
    """Tell whether the arrays, written as IDX files, would be MNIST's original files.

    Parameters
    ----------
    arrays : dict of str to ndarray of uint8
        As returned by `read_files`.

    Returns
    -------
    bool
    """
    for key, (_, _, expected) in FILES.items():
        digest = hashlib.md5(header(arrays[key].shape), usedforsecurity=False)
        digest.update(np.ascontiguousarray(arrays[key]).data)
        if digest.hexdigest() != expected:
            return False
    return True


def write_files(folder, arrays):
    """Write the four files, gzipped, to `folder/mnist`: all of them or none.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist.
    arrays : dict of str to ndarray of uint8
        As returned by `read_files`.

    Raises
    ------
    OSError
        If they cannot be written, or if `folder/mnist` exists and is not empty.
    """
    with atomic_folder(Path(folder) / "mnist") as made:
        for key in FILES:
            write_idx(made / f"{file_name(key)}.gz", arrays[key])
