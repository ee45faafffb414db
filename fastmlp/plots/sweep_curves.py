"""Results against a setting."""

import numbers

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from .palette import line_colours
from .panels import finish, legend_below

WIDTH = 6.4  # inches
LETTER = 0.09  # inches: of a tick's label
GRAY = "0.35"
DODGE = 0.12  # of the distance of two categories, between the marks of two curves


def sweep_curves(values, curves, *, xlabel, ylabel, reported=None, beside=None, log=False, title=""):
    """Draw quantities against a setting that was varied, with reported figures as hollow marks.

    Parameters
    ----------
    values : sequence of numbers or of str, length n_values
        The settings.  Strings are categories: they stand side by side, and no line joins them.
    curves : dict of str to ndarray of shape (n_values,) or (2, n_values)
        Name of a quantity, such as 'train' -> its values; or its means, and below them their standard
        deviations, which become error bars.  NaN or None is left out.
    xlabel, ylabel : str
        The setting, the quantity and its unit.
    reported : dict of str to sequence of float, length n_values, optional
        For some of the curves, the figures to compare with; NaN or None where there is none.
    beside : sequence of float, length n_values, optional
        Reported figures that belong to none of the curves: gray marks in the middle.
    log : bool, default=False
        Whether the horizontal axis is logarithmic.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are no values or no curves, if shapes do not fit, if `reported` names no curve, or if the
        axis cannot be logarithmic.
    """
    categories = not all(isinstance(value, numbers.Real) for value in values)
    reported = {} if reported is None else reported
    _check(values, curves, reported, beside, log, categories)
    x = np.arange(len(values)) if categories else np.asarray(values, float)
    colours = line_colours(curves)
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots()
    hollow = {
        "linestyle": "",
        "markersize": 9,
        "markerfacecolor": "none",
        "markeredgewidth": 1.4,
        "zorder": 5,
    }
    handles = []
    for place, (name, data) in enumerate(curves.items()):
        data, style = np.asarray(data, float), {"color": colours[name], "marker": "o"}
        shift = DODGE * (place - (len(curves) - 1) / 2) if categories else 0
        mean, deviation = (data, None) if data.ndim == 1 else data
        bars = axes.errorbar(
            x + shift,
            mean,
            deviation,
            linestyle="" if categories else "-",
            capsize=3,
            markersize=5,
            label=name,
            **style,
        )
        handles.append(bars)
        if name in reported:
            axes.plot(x + shift, np.asarray(reported[name], float), **style, **hollow)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        axes.set_xscale("log")
    _label_values(axes, x, values, log, categories)
    finish(axes)
    if beside is not None:
        axes.plot(x, np.asarray(beside, float), color=GRAY, marker="o", **hollow)
    if reported or beside is not None:
        handles.append(Line2D([], [], color=GRAY, marker="o", label="reported", **hollow))
    legend_below(figure, handles)
    return figure


def _check(values, curves, reported, beside, log, categories):
    """Raise a ValueError for arguments that do not fit each other."""
    if not len(values) or not curves:
        raise ValueError("values and curves must not be empty.")
    unknown = [name for name in reported if name not in curves]
    if unknown:
        raise ValueError(f"reported names {unknown[0]!r}, which is no curve. Curves are {', '.join(curves)}.")
    for kind, shapes in (("curves", [(len(values),), (2, len(values))]), ("reported", [(len(values),)])):
        for name, data in (curves if kind == "curves" else reported).items():
            if np.shape(data) not in shapes:
                allowed = " or ".join(map(str, shapes))
                raise ValueError(f"{kind}[{name!r}] has the shape {np.shape(data)}, but must have {allowed}.")
    if beside is not None and len(beside) != len(values):
        raise ValueError(f"beside has {len(beside)} figures, but there are {len(values)} values.")
    if log and (categories or min(values) <= 0):
        raise ValueError(
            "log=True needs numbers above 0 as values, not "
            f"{'names' if categories else min(values)}: use log=False."
        )


def _label_values(axes, x, values, log, categories):
    """Label the settings themselves; a logarithmic axis those that there is room for, another all or none."""
    if categories:
        axes.set_xlim(-0.5, len(x) - 0.5)
        slant = max(map(len, map(str, values))) * LETTER > 0.8 * WIDTH / len(x)
        turned = {"rotation": 30, "rotation_mode": "anchor", "ha": "right"} if slant else {}
        axes.set_xticks(x, map(str, values), **turned)
        return
    ticks = np.unique(x)
    labels = [f"{value:g}" for value in ticks]
    places = np.log(ticks) if log else ticks
    inches = 0.8 * WIDTH * (places - places[0]) / (np.ptp(places) or 1)
    shown = [0]
    for i in range(1, len(ticks)):
        if inches[i] - inches[shown[-1]] > LETTER * (len(labels[i]) + len(labels[shown[-1]])) / 2 + 0.1:
            shown.append(i)
    if log or len(shown) == len(ticks):
        axes.set_xticks(ticks[shown], [labels[i] for i in shown])
        axes.xaxis.set_minor_locator(NullLocator())
