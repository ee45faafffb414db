"""The command `list`."""

from pathlib import Path

from .extras import require_extras
from .run import OUT


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        "list",
        help="the recipes that `run` knows",
        description="List the recipes that `fastmlp run` knows.",
    )
    parser.add_argument(
        "--out", default=OUT, metavar="DIR", help="folder of runs that tell the times (default: %(default)s)"
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..recipes import get_recipe, recipe_names

    table = Table(box=box.SIMPLE)
    table.add_column("recipe, and what it shows")
    for head in ("report", "data"):
        table.add_column(head, no_wrap=True)
    for head in ("fits", "takes"):
        table.add_column(head, no_wrap=True, justify="right")
    recipes = map(get_recipe, recipe_names())
    for recipe in sorted(recipes, key=lambda recipe: (recipe.report, recipe.name)):
        table.add_row(
            Text.assemble((recipe.name, "bold"), f"\n{recipe.shows}"),
            recipe.report,
            recipe.data or "its own",
            str(recipe.n_fits),
            _took(Path(arguments.out) / recipe.name) or f"~ {recipe.duration}",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "'takes': the time of all fits here, by how many of them ran side by side; ~ where it was not run "
        "yet: an estimate for two cores. `fastmlp run NAME` runs one, `fastmlp run all` all."
    )
    return 0


def _took(folder):
    """Say how long the fits of a recipe's completed run took; None if there is no such run."""
    from ..experiments.record import FILE
    from ..experiments.record_files import read_run
    from ..experiments.sweep import SCHEMA
    from ..experiments.text import long_duration

    try:
        record = read_run(folder / FILE, SCHEMA)
    except (OSError, ValueError):  # `report` is where a damaged record is an error
        return None
    if record["status"] != "completed" or record["settings"].get("quick"):
        return None
    total = sum(fit["durations"]["all"] for fit in record["fits"])
    return long_duration(total / (record["execution"]["jobs"] or 1))
