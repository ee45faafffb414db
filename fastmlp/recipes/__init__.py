"""The experiments of five coursework reports, one file each; a new file here is a new recipe.

A module holds one `RECIPE`; see `fastmlp.experiments.recipe` for what that is.  What recipes of one report
share stands in modules whose names begin with an underscore.
"""

from importlib import import_module
from pkgutil import iter_modules


def all_recipes():
    """Return every recipe by its name, in the order of the reports and of the names.

    Returns
    -------
    dict of str to Recipe
    """
    names = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    recipes = sorted((module.RECIPE for module in modules), key=lambda recipe: (recipe.report, recipe.name))
    return {recipe.name: recipe for recipe in recipes}
