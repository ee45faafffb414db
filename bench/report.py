"""Turn result files into Markdown tables and a chart.

    python -m bench.report RESULT.json --out DIR
    python -m bench.report bench/results/*.json --out DIR

Writes report.md and, if there are kernels or trainings among the results, report.png.
"""

import argparse
import sys

from fastmlp.files import writable_folder, write_text
from fastmlp.plots import save_figure

from .charts import chart
from .results import ResultError, figures, machine, read
from .tables import as_text, tables

CHART = "report.png"
EXPLANATION = """\
Where there are kernels: how fast each computes, against its operations for every byte that it reads or
writes. With few of them, copying is the limit, with many, multiply-adds are (Williams, Waterman and
Patterson 2009, "Roofline"). A kernel that updates in place can be a little above the line of a copy."""


def main(arguments=None):
    """Report the files that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", nargs="+", metavar="RESULT", help="of --benchmark-json or bench.record")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder, made if it does not exist")
    args = parser.parse_args(arguments)
    try:
        for path in write_report([read(path) for path in args.results], args.out):
            print(path)
    except (ResultError, OSError) as error:
        print(f"bench.report: {error}", file=sys.stderr)
        return 1
    return 0


def write_report(results, folder):
    """Write the report of some result files.

    Parameters
    ----------
    results : list of dict
        As `results.read` returns them; the chart shows the limits of the first one.
    folder : str or Path
        Made if it does not exist.

    Returns
    -------
    list of Path
        What was written.
    """
    folder = writable_folder(folder)
    found = [figure for result in results for figure in figures(result)]
    picture = chart(found, results[0]["machine_info"]["limits"])
    paths = [folder / "report.md"]
    if picture is not None:
        paths.append(folder / CHART)
        save_figure(picture, paths[-1])
    write_text(paths[0], markdown(results, found, picture is not None))
    return paths


def markdown(results, found, with_chart):
    """Lay out all tables, str."""
    parts = ["# fastmlp: benchmarks", *dict.fromkeys(machine(result) for result in results)]
    if any(result.get("quick") for result in results):
        parts.append("**One short round (--quick): not to be quoted.**")
    if with_chart:
        parts.append(f"![Kernels and the machine's limits; training against other libraries]({CHART})")
        parts.append(EXPLANATION)
    for title, rows, legend in tables(found):
        parts += [f"## {title}", as_text(rows), legend]
    return "\n\n".join(part for part in parts if part) + "\n"


if __name__ == "__main__":
    sys.exit(main())
