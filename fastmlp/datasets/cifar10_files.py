"""CIFAR-10's files, in the published binary and Python versions: finding, reading, checking, writing.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the page of the data
set, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from ..files import atomic_folder, write_bytes
from .array_pickle import load_arrays
from .places import lacking, unusable

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)  # channels, rows, columns: the order in every file
PIXELS = 3 * 32 * 32
TRAINING = tuple(f"data_batch_{i}" for i in range(1, 6))
BATCHES = (*TRAINING, "test_batch")


def _parse_binary(content):
    """Split records of one label byte and the pixels; return the pixels (m, 3072) and labels (m,)."""
    if not content or len(content) % (1 + PIXELS):
        raise ValueError(
            f"is truncated or damaged: its {len(content):,} bytes are not a multiple of {1 + PIXELS:,}, "
            "the size of a record"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + PIXELS)
    return records[:, 1:], records[:, 0]


def _parse_pickle(content):
    """Return the pixels (m, 3072) and labels (m,) in a pickled dict."""
    try:
        batch = load_arrays(content)
    except ValueError as error:
        raise ValueError(f"is no intact pickle of arrays ({error})") from error
    try:
        pixels, labels = batch[b"data"], np.array(batch[b"labels"])
    except (TypeError, LookupError, ValueError) as error:
        raise ValueError("is no pickled dict with b'data' and b'labels'") from error
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (PIXELS,):
        raise ValueError(f"has a b'data' that is no array of uint8 with {PIXELS:,} columns")
    if labels.shape != (len(pixels),) or labels.dtype.kind not in "iu" or not len(pixels):
        raise ValueError(f"holds {len(pixels):,} images and b'labels' that are not one whole number for each")
    return pixels, labels


class Version(NamedTuple):
    """One of the published versions: folder of the batches, its archive, end of the names, how to parse."""

    folder: str
    archive: str
    suffix: str
    parse: Callable


BINARY = Version("cifar-10-batches-bin", "cifar-10-binary.tar.gz", ".bin", _parse_binary)
PYTHON = Version("cifar-10-batches-py", "cifar-10-python.tar.gz", "", _parse_pickle)
#: Name of what can be found -> its version, in the order of the search.
SOURCES = {v.folder: v for v in (BINARY, PYTHON)} | {v.archive: v for v in (BINARY, PYTHON)}


def find_files(folder):
    """Find the batches, or an archive of them, in `folder/cifar10` or in the folder itself.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Path or None
        The folder or archive, whose name is in `SOURCES`; None if there is none.
    """
    for place in (Path(folder) / "cifar10", Path(folder)):
        for name, version in SOURCES.items():
            path = place / name
            if path.is_dir() if name == version.folder else path.is_file():
                return path
    return None


def read_files(path):
    """Read the six batches that `find_files` found; an archive is read in memory.

    Parameters
    ----------
    path : Path
        A folder or archive whose name is in `SOURCES`.

    Returns
    -------
    dict of str to ndarray of uint8
        X_train and X_test (n, 32, 32, 3), y_train and y_test (n,).

    Raises
    ------
    ValueError
        If a batch is missing or damaged; the message names it.
    """
    version, zipped = SOURCES[path.name], path.name == SOURCES[path.name].archive
    images, labels = {}, {}
    for batch, content in (_from_archive if zipped else _from_folder)(path, version):
        try:
            pixels, found = version.parse(content)
            check_labels(found)
        except ValueError as error:
            name = batch + version.suffix
            if zipped:
                raise unusable(path, f"is damaged: in it, {name} {error}") from error
            raise unusable(path / name, error) from error
        images[batch], labels[batch] = channels_last(pixels.reshape(-1, *SHAPE)), found.astype(np.uint8)
    return {
        "X_train": np.concatenate([images.pop(batch) for batch in TRAINING]),
        "y_train": np.concatenate([labels[batch] for batch in TRAINING]),
        "X_test": images["test_batch"],
        "y_test": labels["test_batch"],
    }


def check_labels(labels):
    """Raise a ValueError unless all labels number a class."""
    wrong = labels[(labels < 0) | (labels >= len(CLASSES))]
    if len(wrong):
        raise ValueError(f"holds the label {wrong[0]}, but CIFAR-10's are 0 to {len(CLASSES) - 1}")


def channels_last(images):
    """Return images (n, 3, 32, 32) as a C-ordered array (n, 32, 32, 3)."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


def write_files(folder, arrays):
    """Write the binary version to `folder/cifar10`: all six batches or none.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist.
    arrays : dict of str to ndarray of uint8
        As returned by `read_files`.

    Raises
    ------
    OSError
        If they cannot be written, or if `folder/cifar10` exists and is not empty.
    """
    parts = [np.array_split(arrays[key], len(TRAINING)) for key in ("X_train", "y_train")]
    batches = [*zip(*parts, strict=True), (arrays["X_test"], arrays["y_test"])]
    with atomic_folder(Path(folder) / "cifar10") as made:
        (made / BINARY.folder).mkdir()
        for batch, (images, labels) in zip(BATCHES, batches, strict=True):
            records = np.c_[labels, images.transpose(0, 3, 1, 2).reshape(len(images), PIXELS)]
            write_bytes(made / BINARY.folder / (batch + BINARY.suffix), records.tobytes())


def _from_folder(folder, version):
    """Yield each batch's name and bytes."""
    paths = {batch: folder / (batch + version.suffix) for batch in BATCHES}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise lacking(folder, missing)
    for batch, path in paths.items():
        yield batch, path.read_bytes()


def _from_archive(path, version):
    """Yield each batch's name and bytes, in the order of the archive."""
    missing = {(version.folder, batch + version.suffix): batch for batch in BATCHES}
    try:
        with gzip.open(path) as unzipped:
            with tarfile.open(fileobj=unzipped, mode="r|") as archive:
                for member in archive:
                    key = PurePosixPath(member.name).parts[-2:]
                    if member.isfile() and key in missing:
                        yield missing.pop(key), archive.extractfile(member).read()
            while unzipped.read(1 << 20):  # what follows the archive's end, up to gzip's checksum
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise unusable(path, f"is truncated or damaged ({error})") from error
    if missing:
        raise unusable(path, f"lacks {' and '.join(name for _, name in missing)}")
