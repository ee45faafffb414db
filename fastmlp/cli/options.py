"""From an option's text to its value, with an error that says what would do; from settings to options."""

import math
from argparse import SUPPRESS, ArgumentTypeError
from dataclasses import fields


def whole(lowest, highest=math.inf):
    """Return a parser of integers between the limits, both included."""
    wanted = f">= {lowest}" if highest == math.inf else f"between {lowest} and {highest:,}"

    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if not lowest <= value <= highest:
            raise ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
        return value

    return parse


def real(lowest, highest=math.inf, *, open_low=False, open_high=True):
    """Return a parser of numbers between the limits; an open limit is itself excluded."""
    low, high = (">" if open_low else ">="), ("<" if open_high else "<=")
    wanted = f"a number {low} {lowest:g}" + (f" and {high} {highest:g}" if highest < math.inf else "")

    def parse(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        above = value > lowest if open_low else value >= lowest
        below = value < highest if open_high else value <= highest
        if not (above and below):
            raise ArgumentTypeError(f"{text!r} is not {wanted}")
        return value

    return parse


def one_of(names):
    """Return a parser of one of the names; unlike `choices` it works inside `several`."""

    def parse(text):
        if text not in names:
            raise ArgumentTypeError(f"{text!r} is unknown; choose from {', '.join(names)}")
        return text

    return parse


def several(parse_one):
    """Return a parser of values separated by commas, as a tuple."""

    def parse(text):
        return tuple(parse_one(part.strip()) for part in text.split(","))

    return parse


def widths(text):
    """Parse the widths of hidden layers: '256,128', or 'none'."""
    if text.strip().lower() == "none":
        return ()
    try:
        return several(whole(1))(text)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{error}; give widths such as 256,128, or none") from None


def rows_or_share(text):
    """Parse a number of rows, or a share of them between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value < 1 or (value >= 1 and value.is_integer())):
        raise ArgumentTypeError(f"{text!r} is neither a share between 0 and 1 nor a number of rows")
    return value if value < 1 else int(value)


def add_settings(group, options, defaults):
    """Add options for settings; those that are not given stay out of the namespace.

    Parameters
    ----------
    group : argument group
    options : dict
        Name of a setting -> parser, metavar, explanation and, where it is not the setting's, default.
    defaults : dataclass
        The settings as they are without options.
    """
    for name, (parse, metavar, explanation, *default) in options.items():
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=parse,
            metavar=metavar,
            default=SUPPRESS,
            help=f"{explanation} (default: {default[0] if default else _shown(getattr(defaults, name))})",
        )


def given_settings(arguments, kind):
    """Return the options that were given and name a field of the dataclass `kind`, as a dict."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def _shown(default):
    """Show a default as it would be typed, one value for all layers if they are the same."""
    values = default if isinstance(default, tuple) else (default,)
    shown = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
    return ",".join(shown if len(set(shown)) > 1 else shown[:1])
