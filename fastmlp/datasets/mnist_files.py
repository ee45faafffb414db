"""The four IDX files of MNIST, and of Fashion-MNIST, whose files have the same names and format.

Sources: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"; H. Xiao, K. Rasul,
R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..files import atomic_folder
from .idx import header, read_idx, write_idx
from .places import lacking

#: Key of an array -> stem of its file, number of axes.
FILES = {
    "X_train": ("train-images", 3),
    "y_train": ("train-labels", 1),
    "X_test": ("t10k-images", 3),
    "y_test": ("t10k-labels", 1),
}


class Published(NamedTuple):
    """A data set that was published as four such files.

    Attributes
    ----------
    name : str
        Short lower-case name; also the subfolder that holds the files.
    title : str
        Name for headings.
    md5 : dict of str to str
        Key of `FILES` -> MD5 of the original file, before gzip.
    page : str
        Where the files can be had.
    class_names : tuple of str
        What each label stands for; empty where the labels speak for themselves.
    """

    name: str
    title: str
    md5: dict[str, str]
    page: str
    class_names: tuple[str, ...] = ()


MNIST = Published(
    "mnist",
    "MNIST",
    {
        "X_train": "6bbc9ace898e44ae57da46a324031adb",
        "y_train": "a25bea736e30d166cdddb491f175f624",
        "X_test": "2646ac647ad5339dbf082846283269ea",
        "y_test": "27ae3e4e09519cfbb04c329615203637",
    },
    "https://github.com/cvdfoundation/mnist",
)
FASHION_MNIST = Published(
    "fashion-mnist",
    "Fashion-MNIST",
    {
        "X_train": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "y_train": "9018921c3c673c538a1fc5bad174d6f9",
        "X_test": "8181f5470baa50b63fa0f6fddb340f0a",
        "y_test": "15d484375f8d13e6eb1aabb0c3f46965",
    },
    "https://github.com/zalandoresearch/fashion-mnist",
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)


def file_name(key):
    """Return the usual name of the file for a key of `FILES`, without `.gz`."""
    stem, axes = FILES[key]
    return f"{stem}-idx{axes}-ubyte"


def find_files(folder, published=MNIST):
    """Find a data set's files in the subfolder of its name or in the folder itself.

    The names of the files do not tell the data sets apart: files whose test labels are those of the other
    one are passed over.

    Parameters
    ----------
    folder : str or Path
    published : Published

    Returns
    -------
    dict of str to Path, or None
        The path of each file under the keys of `FILES`; None if there is none of them.

    Raises
    ------
    ValueError
        If only some of the four are there.
    """
    for place in (Path(folder) / published.name, Path(folder)):
        paths = {key: _find(place, file_name(key)) for key in FILES}
        if _are_of_another(paths["y_test"], published):
            continue
        missing = [file_name(key) for key, path in paths.items() if path is None]
        if not missing:
            return paths
        if len(missing) < len(paths):
            raise lacking(place, missing, " (gzipped or not)")
    return None


def _are_of_another(path, published):
    """Tell whether a file has the test labels of another data set: they are 10 kB, the images 55 MB."""
    if path is None:
        return False
    try:
        digest = _md5(read_idx(path, FILES["y_test"][1]))
    except ValueError:  # a damaged file: whoever reads it will say so
        return False
    return any(digest == other.md5["y_test"] for other in (MNIST, FASHION_MNIST) if other != published)


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


def is_original(arrays, published=MNIST):
    """Tell whether the arrays, written as IDX files, would be a data set's original files.

    Parameters
    ----------
    arrays : dict of str to ndarray of uint8
        As returned by `read_files`.
    published : Published

    Returns
    -------
    bool
    """
    return all(_md5(arrays[key]) == published.md5[key] for key in FILES)


def _md5(array):
    """Return the digest of the IDX file that an array would be written as."""
    digest = hashlib.md5(header(array.shape), usedforsecurity=False)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def write_files(folder, arrays, published=MNIST):
    """Write the four files, gzipped, to the subfolder of the data set's name: all of them or none.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist.
    arrays : dict of str to ndarray of uint8
        As returned by `read_files`.
    published : Published

    Raises
    ------
    OSError
        If they cannot be written, or if the subfolder exists and is not empty.
    """
    with atomic_folder(Path(folder) / published.name) as made:
        for key in FILES:
            write_idx(made / f"{file_name(key)}.gz", arrays[key])
