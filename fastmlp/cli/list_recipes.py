"""The command `list`."""

from .extras import require_extras

NAME = "list"


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        NAME, help="the recipes that `run` knows", description="List the recipes that `fastmlp run` knows."
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from ..recipes import get_recipe, recipe_names

    table = Table(box=box.SIMPLE)
    for head in ("recipe", "report", "data", "what it shows", "fits", "about"):
        table.add_column(head, no_wrap=head == "recipe", justify="right" if head == "fits" else "left")
    recipes = map(get_recipe, recipe_names())
    for recipe in sorted(recipes, key=lambda recipe: (recipe.report, recipe.name)):
        table.add_row(
            recipe.name,
            recipe.report,
            recipe.data or "its own",
            recipe.shows,
            str(sum(min(recipe.seeds, setting.most_seeds or recipe.seeds) for setting in recipe.settings)),
            recipe.duration,
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "'about': the time of all fits on two cores. `fastmlp run NAME` runs one, `fastmlp run all` all."
    )
    return 0
