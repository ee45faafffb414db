"""Files that are either whole or absent, and folders that are known to be writable."""

import errno
import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)


def writable_folder(path):
    """Make a folder, with its parents, and prove that files can be written to it.

    Parameters
    ----------
    path : str or Path
        The folder; it may exist.

    Returns
    -------
    Path
        The same folder.

    Raises
    ------
    OSError
        If it cannot be made or written to; the message names it and says what to do.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


@contextmanager
def atomic_open(path):
    """Open a binary file that takes the place of `path` once it is complete.

    The bytes go to a temporary file in the same folder, which then replaces `path` in one step.  If the
    block raises, `path` stays as it was and the temporary file is removed.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist.

    Yields
    ------
    file : binary file object

    Raises
    ------
    OSError
        If the folder cannot be written to, or the disk is full; the message names it and says what to do.
    """
    path = Path(path)
    # not tempfile: its files are readable by their owner only, and would stay so
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        file = temporary.open("xb")
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise _unwritable(path.parent, error) from error
        raise


@contextmanager
def atomic_folder(path):
    """Make a folder that appears under its name once its files are complete.

    Parameters
    ----------
    path : str or Path
        The folder; its parents are made if they do not exist.

    Yields
    ------
    Path
        An empty folder to fill, which then becomes `path`, or is removed if the block raises.

    Raises
    ------
    OSError
        If it cannot be made, or if `path` exists and is not an empty folder.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=writable_folder(path.parent)) as temporary:
        made = Path(temporary) / path.name
        made.mkdir()
        yield made
        made.rename(path)


def write_bytes(path, data):
    """Write bytes to a file, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Its folder must exist.
    data : bytes

    Raises
    ------
    OSError
        As `atomic_open`.
    """
    with atomic_open(path) as file:
        file.write(data)


def write_text(path, text):
    """Write text as UTF-8 to a file, whole or not at all; otherwise as `write_bytes`."""
    write_bytes(path, text.encode())


def _unwritable(folder, error):
    """Return an error of the same kind that names the folder and the remedy."""
    reason, more = error.strerror or type(error).__name__, " or change its permissions"
    if error.errno in FULL:
        more = " or make room on this one"
    if isinstance(error, FileExistsError | NotADirectoryError):
        file = next((path for path in (folder, *folder.parents) if path.is_file()), folder)
        reason, more = f"{str(file)!r} is a file", ""
    return type(error)(f"Cannot write to the folder {str(folder)!r}: {reason}. Choose another folder{more}.")
