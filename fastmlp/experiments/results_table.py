"""The table of a recipe's record as text: what a terminal and a page lay out in their own ways."""

from dataclasses import dataclass

from .recipe import Figure
from .text import duration

MARK = "*"
LEGEND = (
    f"{MARK}: the reported figure is more than two standard deviations from the mean of the seeds, or all of "
    "these diverged"
)


@dataclass(frozen=True)
class Cell:
    """One figure of one setting.

    Attributes
    ----------
    reproduced : str
        Mean and standard deviation over the seeds.
    reported : str or None
        None if no report states this figure for any setting.
    differs : bool
        Whether the two differ; then `reproduced` ends with the mark.
    """

    reproduced: str
    reported: str | None
    differs: bool


@dataclass(frozen=True)
class Row:
    """One setting.

    Attributes
    ----------
    group, name : str
    note : str
        How many of its fits diverged, or were made, where that is not what one expects.
    cells : tuple of Cell
        One for each column.
    time : str
        Of training.
    """

    group: str
    name: str
    note: str
    cells: tuple[Cell, ...]
    time: str


@dataclass(frozen=True)
class Column:
    """One figure.

    Attributes
    ----------
    label : str
    reported : bool
        Whether a report states it for any setting.
    """

    label: str
    reported: bool


@dataclass(frozen=True)
class ResultsTable:
    """Reported beside reproduced figures, settings of one group together.

    Attributes
    ----------
    columns : tuple of Column
    rows : tuple of Row
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def width(self):
        """Columns of the whole table, with those of the settings and the times."""
        return 2 + sum(2 if column.reported else 1 for column in self.columns)

    @property
    def legend(self):
        """What the mark means; empty if nothing is marked."""
        return LEGEND if any(cell.differs for row in self.rows for cell in row.cells) else ""

    @property
    def groups(self):
        """The rows of every group, dict of str to list of Row."""
        groups = {}
        for row in self.rows:
            groups.setdefault(row.group, []).append(row)
        return groups


def figures_of(record):
    """Return the columns that a recipe's record describes, list of Figure; keys of later are passed over."""
    return [
        Figure(
            one["name"],
            one["label"],
            one["decimals"],
            one["percent"],
            one["at_most"],
            one.get("scientific", False),  # which older records lack
        )
        for one in record["recipe"]["figures"]
    ]


def results_table(record):
    """Make the table.

    Parameters
    ----------
    record : dict
        Of a recipe.

    Returns
    -------
    ResultsTable
    """
    figures = figures_of(record)
    rows = record["table"]
    columns = tuple(
        Column(f.label, any(row["figures"][f.name]["reported"] is not None for row in rows)) for f in figures
    )
    most = max((row["n_fits"] for row in rows), default=0)
    return ResultsTable(
        columns,
        tuple(
            Row(
                row["group"],
                row["name"],
                _note(row, most),
                tuple(
                    _cell(figure, row["figures"][figure.name], row, column.reported)
                    for figure, column in zip(figures, columns, strict=True)
                ),
                "-" if row["seconds"] is None else duration(row["seconds"]),
            )
            for row in rows
        ),
    )


def _note(row, most):
    """Say how many fits there are, if others have more, and how many of several diverged."""
    notes = []
    if row["n_fits"] < most:
        notes.append(f"{row['n_fits']} of {most} seeds")
    if row["n_diverged"] and row["n_fits"] > 1:
        notes.append(f"{row['n_diverged']} of {row['n_fits']} diverged")
    return ", ".join(notes)


def _cell(figure, values, row, is_reported):
    """Write what was reproduced, and what was reported."""
    if values["mean"] is None:
        reproduced = "diverged" if row["n_diverged"] else "-"
    else:
        counted = figure.decimals == 0 and values["sd"] == 0  # such as parameters
        spread = "" if values["sd"] is None or counted else f" ± {figure.show(values['sd'])}"
        reproduced = figure.show(values["mean"]) + spread
    differs = bool(values["differs"])
    return Cell(
        reproduced + (f" {MARK}" if differs else ""),
        figure.show_reported(values["reported"], values["roughly"]) if is_reported else None,
        differs,
    )
