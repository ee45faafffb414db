"""Axes side by side, in several rows where they are many, and what the axes of curves have in common."""

from matplotlib.ticker import LogLocator, NullFormatter

ENTRY, LETTER = 0.6, 0.08  # inches: a legend's handle with its gaps, a letter


def balanced(n_panels, most):
    """Return the number of columns, at most `most`, that leaves the last row least empty."""
    n_rows = -(-n_panels // most)
    return -(-n_panels // n_rows)


def wrapped(figure, n_panels, n_columns, **options):
    """Add axes to a figure, row by row.

    Parameters
    ----------
    figure : Figure
    n_panels, n_columns : int
    **options
        Of `Figure.subplots`.

    Returns
    -------
    list of Axes, length n_panels
    """
    n_rows = -(-n_panels // n_columns)
    grid = figure.subplots(n_rows, min(n_columns, n_panels), squeeze=False, **options).ravel()
    for axes in grid[n_panels:]:
        axes.remove()
    return list(grid[:n_panels])


def log_scale(axes):
    """Make the vertical axis logarithmic, with labels at 1, 2, 5, 10, ..."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def legend_below(figure, handles):
    """Add the legend of a figure in constrained layout below its axes, where it hides nothing."""
    longest = ENTRY + LETTER * max(len(handle.get_label()) for handle in handles)
    n_columns = balanced(len(handles), max(1, int(figure.get_figwidth() / longest)))
    figure.legend(handles=handles, loc="outside lower center", ncols=n_columns, frameon=False)


def finish(axes):
    """Give axes of curves their grid, and take away what frames them above and on the right."""
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
