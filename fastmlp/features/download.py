"""Files of weights from the network, kept in the user's cache folder."""

import hashlib
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..datasets.openml import TIMEOUT, reason
from ..datasets.places import user_data_folder
from ..files import atomic_open, writable_folder

ALEXNET = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
PIECE = 1 << 20  # bytes from one report of progress to the next


def fetch_alexnet(folder=None, progress=None):
    """Return the file of AlexNet's weights that torchvision publishes; download it if it is not there.

    The file has 233 MB; its weights were trained on ImageNet.  `read_weights` needs PyTorch for this file,
    and tells how to convert it for machines without.

    Parameters
    ----------
    folder : str or Path, optional
        Where the file is kept; by default `alexnet` in the user's folder for fetched data.
    progress : callable, optional
        As in `download`; not called if the file is there.

    Returns
    -------
    Path
        An intact file: one whose checksum is wrong is downloaded again.

    Raises
    ------
    OSError, ValueError
        As `download`.
    """
    folder = user_data_folder() / "alexnet" if folder is None else Path(folder).expanduser()
    path = folder / ALEXNET.rpartition("/")[2]
    sha256_prefix = path.stem.rpartition("-")[2]  # torchvision's file names end with it
    if path.is_file():
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest().startswith(sha256_prefix):
                return path
    return download(ALEXNET, path, sha256_prefix=sha256_prefix, progress=progress)


def download(url, path, *, sha256=None, sha256_prefix=None, progress=None):
    """Download a file, whole and with the right checksum, or not at all.

    Parameters
    ----------
    url : str
        HTTP or HTTPS.
    path : str or Path
        The file to write, in place of one that exists; its folder is made.
    sha256, sha256_prefix : str, optional
        The file's checksum in hexadecimal, or how it begins.
    progress : callable, optional
        Called as progress(n_bytes, total) with the bytes received so far; total is None where the server
        does not say it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConnectionError
        If the server cannot be reached, does not have the file, or stops before its end.
    OSError
        If the file cannot be written.
    ValueError
        If the checksum is another.
    """
    path = Path(path).expanduser()
    digest = hashlib.sha256()
    n_bytes = 0
    try:
        with _network(url, path):
            answer = urlopen(Request(url, headers={"User-Agent": "fastmlp"}), timeout=TIMEOUT)
        with answer:
            total = answer.length
            writable_folder(path.parent)
            with atomic_open(path) as file:
                while piece := _receive(answer, url, path):
                    file.write(piece)
                    digest.update(piece)
                    n_bytes += len(piece)
                    if progress is not None:
                        progress(n_bytes, total)
                if total is not None and n_bytes != total:
                    raise _failed(ConnectionError, url, path, f"{n_bytes} of {total} bytes arrived")
                _check(digest.hexdigest(), sha256, sha256_prefix, url, path)
    except ConnectionError:
        raise  # says everything already
    except OSError as error:
        raise _failed(type(error), url, path, reason(error)) from error
    return path


def _receive(answer, url, path):
    with _network(url, path):
        return answer.read(PIECE)


@contextmanager
def _network(url, path):
    """Turn the errors of a connection, whose types are many, into one."""
    try:
        yield
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise _failed(ConnectionError, url, path, reason(error)) from error


def _check(digest, sha256, sha256_prefix, url, path):
    """Refuse a file whose checksum is not, or does not begin with, what was expected."""
    for expected, found in ((sha256, digest), (sha256_prefix, digest[: len(sha256_prefix or "")])):
        if expected is not None and found != expected.lower():
            what = f"the SHA-256 of what arrived is {digest}, not {expected}: it is another file, or damaged"
            raise _failed(ValueError, url, path, what)


def _failed(kind, url, path, what):
    """Return an error of a kind that says what happened, and how to do without the network."""
    return kind(
        f"{url} could not be downloaded ({what.rstrip('.')}). Try again, or download it by hand, on another "
        f"machine if need be, and put it at {str(path)!r}, or pass weights=PATH."
    )
