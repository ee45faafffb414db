"""Reading the records that runs leave; SCHEMA.md says what stands in them."""

import json
from pathlib import Path

from .record import FILE

#: Keys without which a record of any kind cannot be used, and their types.
NEEDED = {
    "experiment": str,
    "status": str,
    "settings": dict,
    "seed": int,
    "data": dict,
    "versions": dict,
    "machine": dict,
    "files": list,
}


AGAIN = "Run that experiment again"


class RecordError(ValueError):
    """A record that cannot be used; the message names its file."""


def read_record(path, schema=None, remedy=AGAIN):
    """Read a record.

    Parameters
    ----------
    path : Path
    schema : dict, optional
        Name and version that it must have; by default any.
    remedy : str
        What an error says is to be done.

    Returns
    -------
    dict

    Raises
    ------
    RecordError
        If it is damaged, of another kind, or of another version.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # neither JSON nor UTF-8
        raise damaged(path, error, remedy) from error
    found = schema_of(record)
    if found is None:
        raise damaged(path, "it does not say of which schema it is", remedy)
    if schema is not None:
        _check_schema(path, found, schema, remedy)
    return record


def read_run(path, schema=None):
    """Read the record of a run or a recipe, and make sure of what all of them have.

    Parameters, return value and errors are those of `read_record`.
    """
    record = read_record(path, schema)
    for key, kind in NEEDED.items():
        if not isinstance(record.get(key), kind):
            raise damaged(
                path, f"{key!r} is missing" if key not in record else f"{key!r} is no {kind.__name__}"
            )
    return record


def schema_of(record):
    """Return the schema that a record names, dict, or None if it names none."""
    found = record.get("schema") if isinstance(record, dict) else None
    if not isinstance(found, dict):
        return None
    known = isinstance(found.get("name"), str) and isinstance(found.get("version"), int)
    return found if known else None


def find_records(folder):
    """Return the files of all records in and below a folder, sorted list of Path.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        kind = NotADirectoryError if folder.exists() else FileNotFoundError
        raise kind(f"There is no folder {str(folder)!r}.")
    return sorted(folder.rglob(FILE))


def damaged(path, what, remedy=AGAIN):
    """Return the error that says what is wrong with a record."""
    return RecordError(f"The record {str(path)!r} is damaged ({what}). {remedy}.")


def _check_schema(path, found, schema, remedy):
    if found["name"] != schema["name"]:
        raise RecordError(f"The record {str(path)!r} is a {found['name']}, not a {schema['name']}.")
    if found["version"] != schema["version"]:
        newer = found["version"] > schema["version"]
        remedy = "Update fastmlp" if newer else remedy
        raise RecordError(
            f"The record {str(path)!r} is a {found['name']} of version {found['version']}, but this fastmlp "
            f"reads version {schema['version']}. {remedy}."
        )
