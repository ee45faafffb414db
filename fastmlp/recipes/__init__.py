"""The experiments of five coursework reports, one file each; a new file here is a new recipe.

A module holds one `RECIPE` of its own name, with hyphens instead of underscores; see
`fastmlp.experiments.recipe` for what that is.  What several recipes share stands in modules whose names begin
with an underscore.
"""

from importlib import import_module
from pkgutil import iter_modules


def recipe_names():
    """Return the names of all recipes, sorted list of str; none of them is imported."""
    modules = (module.name for module in iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))


def get_recipe(name):
    """Import a recipe.

    Parameters
    ----------
    name : str
        One of `recipe_names()`.

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError
        If the module does not hold a recipe of this name, or is not Python.
    """
    try:
        module = import_module(f"{__name__}.{name.replace('-', '_')}")
    except SyntaxError as error:
        raise ValueError(f"{error.filename}, line {error.lineno}, is not Python: {error.msg}.") from error
    recipe = getattr(module, "RECIPE", None)
    if recipe is None or recipe.name != name:
        what = "no RECIPE" if recipe is None else f"a RECIPE named {recipe.name!r}"
        raise ValueError(f"{module.__file__} holds {what}; it must hold one named {name!r}.")
    return recipe
