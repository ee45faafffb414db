"""The command line needs two libraries that the estimators do not."""

from importlib.util import find_spec

NEEDED = ("rich", "matplotlib")


def require_extras():
    """Make sure that what the command line draws and prints with is installed.

    Raises
    ------
    ImportError
        Naming what is missing and how to get it.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"The command line needs {' and '.join(missing)}, not installed here. "
            'Install with: python -m pip install "fastmlp[cli]"'
        )
