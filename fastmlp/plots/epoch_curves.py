"""Any quantities against the epoch."""

import numpy as np
from matplotlib.figure import Figure

from .epochs import epoch_axis, epoch_markers
from .palette import line_colours
from .panels import balanced, finish, legend_below, log_scale, wrapped


def epoch_curves(panels, *, ylabel, title="", log=False, styles=None, share="all", n_columns=3):
    """Draw named curves against the epoch, in panels that share a vertical axis.

    Parameters
    ----------
    panels : dict of str to dict of str to sequence of float
        What stands above a panel -> name of a curve -> its value after every epoch, counted from 1.  Curves
        of one name have the same colour in all panels; NaN or None leaves a gap.
    ylabel : str
        The quantity and its unit.
    title : str
    log : bool, default=False
        Whether the vertical axis is logarithmic.
    styles : dict of str to dict, optional
        Name of a curve -> properties of its line, such as {"reported": {"linestyle": ":", "color": "0.4"}}.
    share : {'all', 'row'}
        Which panels have the same vertical axis.
    n_columns : int, default=3
        The most panels beside each other.

    Returns
    -------
    Figure
        With one legend below all panels.

    Raises
    ------
    ValueError
        If there is no panel, or one without a curve, or `styles` names a curve that there is not.
    """
    if not panels or not all(panels.values()):
        raise ValueError("panels must have at least one panel, and every panel a curve.")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    styles = {} if styles is None else styles
    unknown = [name for name in styles if name not in names]
    if unknown:
        raise ValueError(
            f"styles names {unknown[0]!r}, which is no curve. Curves are {', '.join(map(str, names))}."
        )
    colours = line_colours(names)
    n_columns = balanced(len(panels), n_columns)
    n_rows = -(-len(panels) // n_columns)
    width = 6.5 if n_columns == 1 else 4.4 * n_columns  # inches
    figure = Figure(figsize=(width, 0.9 + 3.4 * n_rows), layout="constrained")
    figure.suptitle(title)
    handles = {}
    all_axes = wrapped(figure, len(panels), n_columns, sharey=share)
    for place, (axes, (name, curves)) in enumerate(zip(all_axes, panels.items(), strict=True)):
        for label, values in curves.items():
            style = {"color": colours[label], **epoch_markers(len(values)), **styles.get(label, {})}
            values = np.asarray(values, float)  # None becomes NaN
            (line,) = axes.plot(np.arange(1, len(values) + 1), values, label=label, **style)
            handles.setdefault(label, line)
        axes.set(title=name, ylabel=ylabel if place % n_columns == 0 else "")
        epoch_axis(axes)
        finish(axes)
    if log:
        for axes in all_axes[:: n_columns if share == "row" else len(all_axes)]:
            log_scale(axes)  # and with it those that share its axis
    legend_below(figure, [handles[name] for name in names])
    return figure
