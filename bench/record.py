"""Keep results of record: `bench/results/SUBJECT-CPU-DATE.json`, one file for every module of benchmarks.

    python -m pytest bench --grid --benchmark-json=all.json
    python -m bench.record all.json

What is kept are the figures, the machine, the versions and the date; the times of single rounds are not.  The
files can be compared (`bench.compare`) and reported (`bench.report`) like the ones that they come from.  A
file with figures of a GPU bears its name in the place of the processor's.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from fastmlp.files import writable_folder, write_text

from .results import ResultError, check_quotable, read

FOLDER = Path(__file__).parent / "results"
KEPT = ("commit_info", "datetime", "quick")
BULKY = "cpu"  # hundreds of the processor's flags; its name and instruction set are elsewhere


def main(arguments=None):
    """Record the file that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.record",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("result", metavar="RESULT", help="file of --benchmark-json")
    parser.add_argument("--out", metavar="DIR", default=FOLDER, help="folder (default: %(default)s)")
    args = parser.parse_args(arguments)
    try:
        for path in record(read(args.result), args.out):
            print(path)
    except (ResultError, OSError) as error:
        print(f"bench.record: {error}", file=sys.stderr)
        return 1
    return 0


def record(result, folder):
    """Write a result's figures to files, one for each module.

    Parameters
    ----------
    result : dict
        As `results.read` returns it.
    folder : str or Path
        Made if it does not exist.

    Returns
    -------
    list of Path

    Raises
    ------
    ResultError
        If the figures are not to be quoted, or were made in fewer rounds than usual.
    OSError
        If the folder cannot be written to.
    """
    check_quotable(result)
    if result.get("most_rounds"):
        raise ResultError("a run with --most-rounds has too few rounds for a record; run it without.")
    machine = {name: value for name, value in result["machine_info"].items() if name != BULKY}
    common = {name: result[name] for name in KEPT if name in result} | {"machine_info": machine}
    paths, folder = [], writable_folder(folder)
    for subject in dict.fromkeys(_subject(entry) for entry in result["benchmarks"]):
        own = [entry for entry in result["benchmarks"] if _subject(entry) == subject]
        titles = {entry["extra_info"]["table"] for entry in own}
        kept = common | {
            "missing": [figure for figure in result.get("missing", []) if figure["table"] in titles],
            "benchmarks": [_stripped(entry) for entry in own],
        }
        paths.append(folder / f"{subject}-{_slug(result, subject)}.json")
        write_text(paths[-1], json.dumps(kept, indent=1) + "\n")
    return paths


def _subject(entry):
    """Name the module: bench/test_training.py::test_epoch[...] -> training."""
    return Path(entry["fullname"].partition("::")[0]).stem.removeprefix("test_")


def _slug(result, subject):
    info = result["machine_info"]
    kind, name = ("gpu", "name") if subject == "cuda" else ("fastmlp", "cpu")
    words = re.sub("[^a-z0-9]+", "-", info.get(kind, {}).get(name, "unknown").lower()).strip("-")
    return f"{words}-{result['datetime'][:10]}"


def _stripped(entry):
    figures = {name: _rounded(value) for name, value in entry["extra_info"].items()}
    return {"fullname": entry["fullname"], "extra_info": figures, "rounds": entry["stats"]["rounds"]}


def _rounded(value):
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
