"""The command `compare`."""

import sys
from argparse import RawDescriptionHelpFormatter

from .extras import require_extras

DESCRIPTION = """\
Compare two runs by their records: do they have the same figures, and what else
differs? A run is the folder that `mnist`, `cifar-features` or `run` wrote to, or
its record.json; two folders that hold several recipes are compared recipe by
recipe. Figures are equal only if every bit is, for recipes in every fit.

What differs between any two runs is left out: times, dates, folders, and how
many threads, processors and jobs shared the work."""

EPILOG = """\
examples:
  fastmlp compare runs/mnist-20260101-120000 runs/mnist-20260102-090000
  fastmlp compare old/batch-size runs/recipes/batch-size
  fastmlp compare old runs/recipes && echo every recipe has the same figures

Exit codes: 0 the same figures (even if settings, versions or the machine
differ), 1 other figures, 2 the runs, or one of several recipes, cannot be
compared."""

SAME, DIFFERENT, TROUBLE = 0, 1, 2


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        "compare",
        help="what differs between two runs",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", metavar="RUN_A", help="folder of a run, its record.json, or a folder of recipes")
    parser.add_argument("b", metavar="RUN_B", help="the one to compare it with")
    parser.add_argument(
        "--all", action="store_true", help="show every difference, also those between any two runs"
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    try:
        return _compare(arguments)
    except (ValueError, OSError, ImportError) as error:  # not 1, which means that figures differ
        if arguments.traceback:
            raise
        print(f"fastmlp: error: {error}", file=sys.stderr)
        return TROUBLE


def _compare(arguments):
    """Compare what the two paths hold."""
    require_extras()
    from ..experiments.comparison import compare, read_runs
    from .compare_display import CompareDisplay

    (a, several, problems), (b, also_several, more) = read_runs(arguments.a), read_runs(arguments.b)
    problems += more
    display = CompareDisplay(arguments.a, arguments.b, arguments.all)
    if several and also_several:
        comparisons = {}
        for name in sorted(a.keys() & b.keys()):
            try:
                comparisons[name] = compare(a[name], b[name])
            except (ValueError, OSError) as error:
                problems.append(str(error))
        only = {"A": sorted(a.keys() - b.keys()), "B": sorted(b.keys() - a.keys())}
        display.show_several(comparisons, only)
        same = not any(only.values()) and all(c.same for c in comparisons.values())
    else:
        if several or also_several:  # of several, the same recipe as the other side
            name = next(iter(b if several else a))
            if name not in a or name not in b:
                folder = arguments.a if several else arguments.b
                raise FileNotFoundError(" ".join([f"{folder!r} holds no run of {name!r}.", *problems]))
            a, b = {name: a[name]}, {name: b[name]}
        comparison = compare(*a.values(), *b.values())
        display.show(comparison)
        same = comparison.same
    for problem in problems:
        print(f"fastmlp: error: {problem}", file=sys.stderr)
    return TROUBLE if problems else SAME if same else DIFFERENT
