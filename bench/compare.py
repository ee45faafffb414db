"""Compare two result files: has anything become slower?

    python -m bench.compare OLD.json NEW.json
    python -m bench.compare OLD.json NEW.json --old-again OLD2.json --new-again NEW2.json
    python -m bench.compare OLD.json NEW.json --fail-above 1.05

A machine is not the same every minute, so every time is multiplied by the multiply-adds per second that were
measured in turn with it; shares of that limit are the same already.  Memory is compared as it is.  All are
medians.  A ratio of 2 means twice as slow, or twice the memory.

What disturbs a run mostly slows it: where a benchmark seems slower, run old and new again, and give all
files.  Of each side's, the best figure of each benchmark counts.  Give as many of the one as of the other:
the best of more runs is better by chance.

A benchmark that the new results lack counts as slower, because it may have crashed; --partial says that the
new run was meant to be a shorter one.

Exit codes: 0 nothing is slower, 1 something is, 2 the files cannot be compared.
"""

import argparse
import sys
from math import inf
from statistics import geometric_mean, median

from .cells import threads_text
from .predictors import PREDICTOR
from .results import ResultError, check_quotable, machine, read
from .tables import apart_by, as_text

FAILED, UNUSABLE = 1, 2
THRESHOLD = 1.10
#: What is compared, the first that a figure has: whole processes where there are any, because the part of
#: interest may be smaller than their noise.
TIMES = ("process_seconds", "seconds", "ns_per_element")


def main(arguments=None):
    """Compare the files that the command line names; return the exit code."""
    args = parse(arguments)
    try:
        old = [read(path) for path in (args.old, *args.old_again)]
        new = [read(path) for path in (args.new, *args.new_again)]
        ratios = compare(old, new)
    except ResultError as error:
        print(f"bench.compare: {error}", file=sys.stderr)
        return UNUSABLE
    runs = [f"old: {machine(result)}" for result in old] + [f"new: {machine(result)}" for result in new]
    print(*runs, sep="\n", end="\n\n")
    slower = [name for name, ratio in ratios.items() if ratio > args.fail_above]
    lost = [name for name in best(old) if name not in ratios]
    print(as_text([_row(name, ratio, args.fail_above) for name, ratio in ratios.items()]))
    print(f"\n{len(ratios)} compared; geometric mean {geometric_mean(ratios.values()):.3f}")
    for name, alone in (("old", lost), ("new", [name for name in best(new) if name not in ratios])):
        if alone:
            print(f"only in the {name} results: {', '.join(alone)}")
    if slower:
        print(f"slower than {args.fail_above:g} times: {', '.join(slower)}")
    return FAILED if slower or (lost and not args.partial) else 0


def parse(arguments):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="result file, of --benchmark-json or bench.record")
    parser.add_argument("new", metavar="NEW", help="result file to judge")
    for side in ("old", "new"):
        parser.add_argument(
            f"--{side}-again",
            nargs="+",
            default=[],
            metavar="FILE",
            help=f"more runs of {side.upper()}",
        )
    parser.add_argument(
        "--fail-above",
        type=float,
        default=THRESHOLD,
        metavar="RATIO",
        help="a larger ratio of any benchmark is a failure (default: %(default)s)",
    )
    parser.add_argument("--partial", action="store_true", help="the new results may lack benchmarks")
    return parser.parse_args(arguments)


def compare(old, new):
    """Divide the best costs of new results by those of old ones.

    Parameters
    ----------
    old, new : list of dict
        Result files as `results.read` returns them.

    Returns
    -------
    dict of str to float
        Of what both have, in the order of `new`; above 1 the new one is slower.

    Raises
    ------
    ResultError
        If they have nothing in common, or one was not meant to be compared.
    """
    for result in (*old, *new):
        check_quotable(result)
    before, after = best(old), best(new)
    ratios = {name: cost / before[name] for name, cost in after.items() if name in before}
    if not ratios:
        raise ResultError("the files have no benchmark in common.")
    return ratios


def best(results):
    """Return the smallest cost of every benchmark in some results, dict of str to float."""
    found = {}
    for result in results:
        for name, cost in costs(result).items():
            found[name] = min(cost, found.get(name, inf))
    return found


def costs(result):
    """Return what every benchmark of fastmlp costs, relative to the machine.

    Where one thing was measured several times, in turn with several peers, its median counts.

    Parameters
    ----------
    result : dict

    Returns
    -------
    dict of str to float
    """
    found = {}
    for entry in result["benchmarks"]:
        figures = entry["extra_info"]
        if figures.get("library", "fastmlp") == "fastmlp":  # the others' memory is theirs
            found.setdefault(_name(entry), []).append(_cost(figures))
            if figures.get("peer") == PREDICTOR:  # in the place of a peer, but it is ours
                own = figures | {"seconds": figures.get("peer_seconds")}
                found.setdefault(f"{_name(entry)}, predictor", []).append(_cost(own))
    return {name: median(values) for name, values in found.items()}


def _name(entry):
    """Name what was measured: a cell, whichever peer it was compared with, or the benchmark itself."""
    figures = entry["extra_info"]
    if "peer" in figures:
        name, value = apart_by(figures)
        text = threads_text(value) if name == "threads" else f"{value} {name}"
        return f"{figures['table']}: {figures['cell']}, {text}"
    return entry["fullname"].removeprefix("bench/")


def _cost(figures):
    """Time or memory of a benchmark, in a unit that does not depend on the machine's speed."""
    try:
        if "megabytes" in figures:
            cost = figures["megabytes"]
        elif "share_of_limit" in figures:
            cost = 1 / figures["share_of_limit"]
        else:
            cost = next(figures[name] for name in TIMES if name in figures) * figures["limit_gflops"]
        valid = 0 < cost < inf
    except (KeyError, StopIteration, TypeError, ZeroDivisionError):
        valid = False
    if not valid:
        raise ResultError(f"no time, share or memory above zero can be read from {figures}.")
    return cost


def _row(name, ratio, threshold):
    verdict = "slower" if ratio > threshold else "faster" if ratio < 1 / threshold else ""
    return {"benchmark": name, "new / old": f"{ratio:.3f}", "": verdict}


if __name__ == "__main__":
    sys.exit(main())
