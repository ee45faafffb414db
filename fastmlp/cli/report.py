"""The command `report`."""

from argparse import RawDescriptionHelpFormatter

from .extras import require_extras
from .run import OUT

DESCRIPTION = f"""\
Make a page of what `fastmlp run` left: DIR/report.html, which holds its pictures
and needs nothing else, and DIR/report.md with links to them. For every recipe in
DIR or below: reported beside reproduced figures, pictures, findings, settings,
seeds, versions, and the command that makes the figures again.

DIR is {OUT} if none is named. Recipes that were interrupted or are still
running are shown with their status, those of which some fits failed with the
others; without data a recipe leaves no record. A damaged record is named, in
the page too; the others are shown, and the exit code is 1."""


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        "report",
        help="make a page of recipes that were run",
        description=DESCRIPTION,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", nargs="?", default=OUT, metavar="DIR", help=f"folder of the runs (default: {OUT})"
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    from rich.console import Console

    from ..experiments.text import count
    from ..report import write_report
    from .main import FAILED

    view, files = write_report(arguments.folder)
    console, errors = Console(highlight=False), Console(highlight=False, stderr=True)
    for notice in view.notices:
        console.print(f"NOTICE: {notice}", style="yellow", markup=False, soft_wrap=True)
    for problem in view.problems:
        errors.print(f"fastmlp: error: {problem}", style="bold red", markup=False, soft_wrap=True)
    what = count(len(view.sections), "recipe")
    console.print(f"{what} in {' and '.join(map(str, files))}", markup=False, soft_wrap=True)
    return FAILED if view.problems else 0
