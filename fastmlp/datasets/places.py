"""Where the files of a data set are looked for, and what is said where they are absent or unusable."""

import os
import warnings
from pathlib import Path

from ..kernels.cpu.cache import user_cache

VARIABLE = "FASTMLP_DATA"


def user_data_folder():
    """Return the folder for fetched data: `data` in `FASTMLP_CACHE_DIR`, or in the user's cache folder."""
    return user_cache() / "data"


def search_places(data=None):
    """List the folders to search.

    Parameters
    ----------
    data : str or Path, optional
        The only folder, if given.

    Returns
    -------
    list of (str, Path)
        What names the folder, and the folder, in the order of the search.
    """
    if data is not None:
        return [("option --data", Path(data).expanduser())]
    places = [("user's cache", user_data_folder())]
    if os.environ.get(VARIABLE):
        places.insert(0, (VARIABLE, Path(os.environ[VARIABLE]).expanduser()))
    return places


def search(data, find, title, *, files, subfolder, contents):
    """Search the folders for a data set's files; to be called by the function that the user calls.

    Parameters
    ----------
    data : str or Path or None
        The only folder, if given.
    find : callable
        Takes a folder; returns what it found there, or None.
    title : str
        The data set's name, for messages.
    files : str
        What a folder must hold, in a few words, such as "the four IDX files".
    subfolder : str
        Where in a folder `find` looks too.
    contents : str
        The names of the files.

    Returns
    -------
    object or None
        What `find` returned first; None if nothing was found and `data` is None.

    Raises
    ------
    FileNotFoundError
        If `data` is given, and does not exist or does not hold the files.

    Warns
    -----
    UserWarning
        If `FASTMLP_DATA` names a folder without the files.
    """
    for name, folder in search_places(data):
        found = find(folder)
        if found is not None:
            return found
        if name == VARIABLE:
            what = f"holds no {title}" if folder.exists() else "does not exist"
            warnings.warn(f"{VARIABLE} names {folder}, which {what}.", stacklevel=3)
    if data is None:
        return None
    if not Path(data).expanduser().exists():
        raise FileNotFoundError(f"The folder {str(data)!r} does not exist. Name one that holds {files}.")
    raise FileNotFoundError(
        f"There is no {title} in {str(data)!r}: neither it nor its subfolder {subfolder!r} holds {contents}. "
        "Name a folder that does."
    )


def absent(title, reason, files, page):
    """Return the error for a data set that is in no folder searched and was not fetched for a reason."""
    searched = " or ".join(repr(str(folder)) for _, folder in search_places())
    return FileNotFoundError(
        f"{title} is not in {searched}, and {reason}. Connect to the network, or put {files} from {page} "
        f"into a folder and name it (option --data, argument data, or the environment variable {VARIABLE})."
    )


def lacking(folder, names, more=""):
    """Return the error for a folder that holds some files, but not those named; `more` is said of these."""
    return ValueError(
        f"The folder {str(folder)!r} lacks {' and '.join(names)}{more}. Add what is missing, or name another "
        "folder."
    )


def unusable(path, what):
    """Return the error for a file of which `what` is said."""
    return ValueError(
        f"The file {str(path)!r} {what}. Delete it and fetch it again, or use a folder with intact files."
    )
