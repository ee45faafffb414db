"""The record of a run: one JSON file that says what was done, with what, on what, and what came out."""

import json
import math
from dataclasses import asdict, is_dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import numpy as np

from ..files import writable_folder, write_text
from .environment import machine, versions

FILE = "record.json"
SCHEMA = {"name": "fastmlp.run", "version": 1}


def run_folder(experiment, out=None, *, parent="runs"):
    """Make a new folder for one run, and prove that it can be written to.

    Parameters
    ----------
    experiment : str
        Its name begins the folder's name.
    out : str or Path, optional
        The folder to use, made if it does not exist.  By default a new one named after the experiment and
        the time in `parent`, never one that another run uses.
    parent : str or Path, default='runs'

    Returns
    -------
    Path

    Raises
    ------
    FileExistsError
        If `out` holds the record of another run.
    OSError
        If the folder cannot be made or written to.
    """
    if out is not None:
        folder = writable_folder(out)
        if (folder / FILE).exists():
            raise FileExistsError(
                f"The folder {str(folder)!r} holds another run ({FILE}). Choose another folder, or delete "
                "that run first."
            )
        return folder
    parent, name = writable_folder(parent), f"{experiment}-{datetime.now():%Y%m%d-%H%M%S}"
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()  # atomic: of two runs that start together, one gets the name
        except FileExistsError:
            continue
        return folder


def new_record(experiment, settings, data, n_threads, *, device="cpu", schema=SCHEMA, **more):
    """Return the record of a run that begins now; `durations` and `files` are still empty.

    Its status is 'running', which stays in the file if the process is killed; see `finish` for the others.

    Parameters
    ----------
    experiment : str
    settings : dataclass
        With a field `seed`.
    data : dict
        Name, source and sizes of the data.
    n_threads : int
        Most threads that training uses.
    device : {'cpu', 'cuda', 'ref'}
        What trains on this machine.
    schema : dict
        Name and version of what the record looks like.
    **more : object
        What comes out of this experiment, still empty.

    Returns
    -------
    dict

    Raises
    ------
    ImportError, OSError
        If the device is a GPU that cannot be used.
    """
    return {
        "schema": schema,
        "experiment": experiment,
        "status": "running",
        "started": now(),
        "finished": None,
        "settings": asdict(settings),
        "seed": settings.seed,
        "data": data,
        "versions": versions(),
        "machine": machine(device),
        "n_threads": n_threads,
        **more,
        "durations": {},
        "files": [],
        "error": None,
    }


def carry_out(work, record, folder):
    """Do the work of a run; its record is in the folder from the start, and says in the end how it went.

    Parameters
    ----------
    work : callable
        work() -> bool: fills the record; returns whether Ctrl-C ended it early.
    record : dict
    folder : str or Path

    Raises
    ------
    BaseException
        What `work` raises: the record says 'interrupted' of KeyboardInterrupt, 'failed' of anything else.
    """
    write_record(folder, record)
    try:
        interrupted = work()
    except KeyboardInterrupt:
        finish(record, "interrupted")
        raise
    except BaseException as error:  # SystemExit, too: output into a closed pipe
        finish(record, "failed", error)
        raise
    else:
        finish(record, "interrupted" if interrupted else "completed")
    finally:
        write_record(folder, record)


def finish(record, status, error=None):
    """Set how the run ended.

    Parameters
    ----------
    record : dict
        Changed in place.
    status : {'completed', 'interrupted', 'failed'}
    error : Exception, optional
        What it failed with.
    """
    record.update(status=status, finished=now(), error=None if error is None else str(error) or repr(error))


def write_record(folder, record):
    """Write the record to its file in the folder, whole or not at all.

    Parameters
    ----------
    folder : str or Path
    record : dict

    Raises
    ------
    OSError
        If the folder cannot be written to; the message names it and says what to do.
    """
    write_json(Path(folder) / FILE, record)


def write_json(path, value):
    """Write a value that `plain` knows as JSON, whole or not at all; errors as in `write_record`."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def plain(value):
    """Turn a value into what JSON has, with all that it contains.

    Parameters
    ----------
    value : object
        NumPy arrays and scalars, tuples, paths and dataclasses are turned into lists, numbers, strings and
        dicts; keys become strings.

    Returns
    -------
    object
        NaN and infinity, which JSON lacks, are None.
    """
    if is_dataclass(value):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value


def now():
    """Return the local time with its offset from UTC, to the second, str."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
