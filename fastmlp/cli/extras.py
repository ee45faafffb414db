"""The command line needs three libraries that the estimators do not."""

from importlib.util import find_spec
from pathlib import Path

NEEDED = ("rich", "matplotlib", "jinja2")
ROOT = Path(__file__).resolve().parents[2]  # of the clone, if the package lies in one


def require_extras():
    """Make sure that what the command line draws, prints and makes pages with is installed.

    Raises
    ------
    ImportError
        Naming what is missing and how to get it.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"The command line needs {' and '.join(missing)}, not installed here. Install {_how()}"
        )


def _how():
    """Say how to install; no package index has fastmlp."""
    if not (ROOT / "pyproject.toml").is_file():
        return "fastmlp with the extra 'cli' from its clone: python -m pip install \"PATH/OF/CLONE[cli]\""
    where = "" if Path.cwd() == ROOT else f" in {ROOT}"
    return f'it{where} with: python -m pip install -e ".[cli]"'
