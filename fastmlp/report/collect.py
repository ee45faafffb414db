"""The records that a report is made from."""

from dataclasses import dataclass
from pathlib import Path

from ..experiments.record_files import RecordError, find_records, read_record, read_run, schema_of
from ..experiments.sweep import SCHEMA


@dataclass(frozen=True)
class Found:
    """The record of one recipe.

    Attributes
    ----------
    folder : Path
        Where it lies, with its pictures.
    place : str
        That folder seen from the report's, with slashes; '.' for itself.
    record : dict
    """

    folder: Path
    place: str
    record: dict


def collect(folder):
    """Read the record of every recipe in and below a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    found : list of Found
        In the order of the reports and of the names.
    problems : list of str
        Why other records of recipes cannot be used.

    Raises
    ------
    OSError
        If there is no such folder.
    ValueError
        If no recipe was run there.
    """
    found, problems = [], []
    for path in find_records(folder):
        try:
            if schema_of(read_record(path))["name"] != SCHEMA["name"]:
                continue  # such as a run of `mnist`
            record = read_run(path, SCHEMA)
            order = record["recipe"]["report"], record["experiment"]
        except (RecordError, OSError) as error:
            problems.append(str(error))
        except (LookupError, TypeError):
            problems.append(f"The record {str(path)!r} is damaged (it does not describe its recipe).")
        else:
            place = path.parent.relative_to(folder).as_posix()
            found.append((*map(str, order), place, Found(path.parent, place, record)))
    if not found and not problems:
        raise ValueError(
            f"There is no record of a recipe in {str(folder)!r} or below. `fastmlp run NAME` makes one; "
            "name the folder that it wrote to."
        )
    return [item[-1] for item in sorted(found, key=lambda item: item[:-1])], problems
