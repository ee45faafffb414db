"""What a recipe is: a named experiment, the settings that it compares, and the figures that it measures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace

from .record import plain

SKLEARN = "scikit-learn"
FAR = 2.0  # standard deviations: a reported figure further from the mean is said to differ


@dataclass(frozen=True)
class Figure:
    """A figure that every fit of a recipe measures; a column of its table.

    Parameters
    ----------
    name : str
        Its key in the results of a fit.
    label : str
    decimals : int
        Digits behind the point to which it is reported and shown.
    percent : bool
        Whether it is a share that is shown times 100; `decimals` are those of the percentage.
    at_most : bool
        Whether a report states no value but an upper limit.
    scientific : bool
        Whether it is shown with an exponent of ten.
    """

    name: str
    label: str
    decimals: int = 4
    percent: bool = False
    at_most: bool = False
    scientific: bool = False

    def show(self, value):
        """Return the value as text; a dash for None."""
        if value is None:
            return "-"
        if self.scientific:
            return f"{value:.{self.decimals}e}"
        return f"{100 * value:.{self.decimals}f}" if self.percent else f"{value:.{self.decimals}f}"

    def show_reported(self, value, roughly=False):
        """Return a reported value as text, with a sign if it is a limit, or a rough statement."""
        sign = "" if value is None else "≤ " if self.at_most else "≈ " if roughly else ""
        return sign + self.show(value)

    def differs(self, reported, mean, deviation):
        """Tell whether a reported value is further from a mean than its deviation and rounding allow.

        Parameters
        ----------
        reported : float
        mean, deviation : float
            Over the seeds.

        Returns
        -------
        bool
        """
        rounding = 0.5 * 10.0 ** -(self.decimals + 2 * self.percent)
        excess = mean - reported if self.at_most else abs(mean - reported)
        return excess > FAR * deviation + rounding


def accuracies(*parts, decimals=2):
    """Return the columns of accuracy, in percent, on parts of the data such as 'train' and 'test'."""
    return tuple(Figure(f"{part}_accuracy", f"{part} accuracy (%)", decimals, True) for part in parts)


def losses(*parts, decimals=4):
    """Return the columns of mean cross-entropy on parts of the data."""
    return tuple(Figure(f"{part}_loss", f"{part} loss", decimals) for part in parts)


@dataclass(frozen=True)
class Setting:
    """One line of a recipe's table.

    Parameters
    ----------
    name : str
        Such as 'relu'; unique within its group.
    parameters : dict
        What the recipe's `fit` makes of it; mostly keyword arguments of `MLPClassifier`.
    reported : dict
        Name of a figure -> what the report states.
    group : str
        Lines of one group stand together, such as those 'as reported'.
    library : {'fastmlp', 'scikit-learn'}
        Who trains.
    roughly : tuple of str
        Those of the reported figures that the report states roughly, which are not judged.
    most_seeds : int or None
        More repetitions than these are not made: for what takes long and stands beside the recipe's subject.
    """

    name: str
    parameters: dict
    reported: Mapping = field(default_factory=dict)
    group: str = ""
    library: str = "fastmlp"
    most_seeds: int | None = None
    roughly: tuple[str, ...] = ()

    @property
    def key(self):
        """Group and name, unique within the recipe."""
        return f"{self.group}: {self.name}" if self.group else self.name


def vary(parameter, values, base, *, reported=(), group="", label="{:g}".format):
    """Return a setting for every value of one parameter.

    Parameters
    ----------
    parameter : str
    values : sequence
    base : dict
        The other parameters.
    reported : sequence of dict
        What the report states, one for each value; empty if nothing.
    group : str
    label : callable
        label(value) -> the name of the setting.

    Returns
    -------
    tuple of Setting
    """
    reported = list(reported) or [{}] * len(values)
    return tuple(
        Setting(label(value), base | {parameter: value}, figures, group)
        for value, figures in zip(values, reported, strict=True)
    )


@dataclass(frozen=True)
class Recipe:
    """A named experiment: independent fits, a table of reported and reproduced figures, pictures, findings.

    Parameters
    ----------
    name : str
        What it shows, in a word or two joined by hyphens.
    title : str
        The heading of its results.
    shows : str
        One line for the list of recipes.
    report : str
        Which report it reproduces: 'R1' to 'R5'.
    data : str or None
        A name of `data_sets.LOADERS`; None if it makes its own data.
    settings : tuple of Setting
    fit : callable
        fit(setting, data, seed, context) -> Fitted; see `fitted.py`.  It must be possible to pickle it.
    figures : tuple of Figure
        The columns of the table.
    find : callable
        find(outcome) -> list of sentences, made from the figures; see `outcome.py`.
    draw : callable or None
        draw(outcome) -> dict of file names to matplotlib Figures.
    seeds : int
        Repetitions by default.
    quick : dict
        Parameters for a quick look at some of the data.
    duration : str
        How long it takes, roughly, on two cores, such as '3 min'.
    inputs : callable or None
        inputs(setting, context) -> dict of what results depend on besides data and parameters, such as the
        digest of a file.
    version : int
        To be raised when `fit` gives other results for the same parameters: fits of before are then made
        again.
    """

    name: str
    title: str
    shows: str
    report: str
    data: str | None
    settings: tuple[Setting, ...]
    fit: Callable
    figures: tuple[Figure, ...]
    find: Callable
    draw: Callable | None = None
    seeds: int = 3
    quick: dict = field(default_factory=dict)
    duration: str = ""
    inputs: Callable | None = None
    version: int = 1

    def __post_init__(self):
        """Refuse what would be confused later."""
        keys = [setting.key for setting in self.settings]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice or not keys:
            what = f"has two settings named {twice[0]!r}" if twice else "has no settings"
            raise ValueError(f"The recipe {self.name!r} {what}.")
        known = {figure.name for figure in self.figures}
        unknown = sorted({name for setting in self.settings for name in setting.reported} - known)
        if unknown:
            raise ValueError(
                f"The recipe {self.name!r} reports {unknown[0]!r}, which is none of its figures: "
                f"{', '.join(sorted(known))}."
            )

    def figure(self, name):
        """Return one of the figures, named by its key in the results, Figure."""
        return next(figure for figure in self.figures if figure.name == name)

    def seeds_of(self, setting):
        """Return how often a setting is repeated, int."""
        return min(self.seeds, setting.most_seeds or self.seeds)

    @property
    def n_fits(self):
        """How many fits there are in all."""
        return sum(map(self.seeds_of, self.settings))

    def quickened(self):
        """Return the recipe for a quick look."""
        settings = (replace(setting, parameters=setting.parameters | self.quick) for setting in self.settings)
        return replace(self, settings=tuple(settings), seeds=1)


def recorded(parameters):
    """Turn parameters into what JSON has; layers and initializers become their Python text.

    Parameters
    ----------
    parameters : dict

    Returns
    -------
    dict
    """
    return {str(name): _recorded(value) for name, value in parameters.items()}


def _recorded(value):
    if isinstance(value, dict):
        return recorded(value)
    if isinstance(value, list | tuple):
        return [_recorded(item) for item in value]
    return as_text(value) if is_dataclass(value) else plain(value)


def as_text(value):
    """Write a value as Python text that is the same in every process, str.

    A dataclass becomes a call, without the arguments that have their default; a function its name.
    """
    if is_dataclass(value):
        given = (
            f"{item.name}={as_text(getattr(value, item.name))}"
            for item in fields(value)
            if getattr(value, item.name) != item.default
        )
        return f"{type(value).__name__}({', '.join(given)})"
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)
