"""Compare two result files: has anything become slower?

    python -m bench.compare OLD.json NEW.json
    python -m bench.compare OLD.json NEW.json AGAIN.json --fail-above 1.05

A machine is not the same every day, so every figure is taken relative to what the machine could do then.
Products and training are shares of the multiply-adds per second measured in turn with them.  Element-wise
kernels on more memory than a core's own cache are shares of the copy rate.  All other times follow the clock:
they are multiplied by the multiply-adds per second.  All are medians.  A ratio of 2 means twice as slow, or
twice the memory.

What disturbs a run can only slow it: where a benchmark seems slower, run it again and give both files.  Of
several new ones, the best figure of each benchmark counts.

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
from .tables import as_text

FAILED, UNUSABLE = 1, 2
THRESHOLD = 1.10
CACHE = 2**20  # bytes


def main(arguments=None):
    """Compare the files that the command line names; return the exit code."""
    args = parse(arguments)
    try:
        old, *new = map(read, (args.old, *args.new))
        ratios = compare(old, *new)
    except ResultError as error:
        print(f"bench.compare: {error}", file=sys.stderr)
        return UNUSABLE
    print(f"old: {machine(old)}", *(f"new: {machine(result)}" for result in new), sep="\n", end="\n\n")
    slower = [name for name, ratio in ratios.items() if ratio > args.fail_above]
    lost = [name for name in costs(old) if name not in ratios]
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
    parser.add_argument("new", metavar="NEW", nargs="+", help="result file to judge, or several of the same")
    parser.add_argument(
        "--fail-above",
        type=float,
        default=THRESHOLD,
        metavar="RATIO",
        help="a larger ratio of any benchmark is a failure (default: %(default)s)",
    )
    parser.add_argument("--partial", action="store_true", help="the new results may lack benchmarks")
    return parser.parse_args(arguments)


def compare(old, *new):
    """Divide the costs of new results by those of an old one.

    Parameters
    ----------
    old, *new : dict
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
    for result in (old, *new):
        check_quotable(result)
    before, after = costs(old), best(new)
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
            limits = result["machine_info"]["limits"]
            found.setdefault(_name(entry), []).append(_cost(figures, limits))
            if figures.get("peer") == PREDICTOR:  # in the place of a peer, but it is ours
                seconds = {"seconds": figures.get("peer_seconds")}
                found.setdefault(f"{_name(entry)}, predictor", []).append(_cost(seconds, limits))
    return {name: median(values) for name, values in found.items()}


def _name(entry):
    """Name what was measured: a cell, whichever peer it was compared with, or the benchmark itself."""
    figures = entry["extra_info"]
    if "peer" in figures:
        return f"{figures['table']}: {figures['cell']}, {threads_text(figures['threads'])}"
    return entry["fullname"].removeprefix("bench/")


def _cost(figures, limits):
    """Time or memory of a benchmark, in a unit that does not depend on the machine's speed."""
    try:
        if "ns_per_element" in figures and figures["footprint"] < CACHE:
            cost = figures["ns_per_element"] * figures["limit_gflops"]
        elif "share_of_limit" in figures:
            cost = 1 / figures["share_of_limit"]
        elif "megabytes" in figures:
            cost = figures["megabytes"]
        else:
            # whole processes where there are any: the part of interest may be smaller than their noise
            seconds = figures.get("process_seconds", figures.get("seconds"))
            cost = seconds * limits["fma_float32_gflops"]
        valid = 0 < cost < inf
    except (KeyError, TypeError, ZeroDivisionError):
        valid = False
    if not valid:
        raise ResultError(f"no time, share or memory above zero can be read from {figures}.")
    return cost


def _row(name, ratio, threshold):
    verdict = "slower" if ratio > threshold else "faster" if ratio < 1 / threshold else ""
    return {"benchmark": name, "new / old": f"{ratio:.3f}", "": verdict}


if __name__ == "__main__":
    sys.exit(main())
