"""What the user sees while recipes run, and at the end."""

from rich import box
from rich.table import Table
from rich.text import Text

from ..experiments.results_table import results_table
from ..experiments.sweep import SweepObserver
from ..experiments.text import count, duration
from .display import Display

FEW = 2  # networks whose summaries are printed
QUICK = (
    "A quick look, at a few images for a few epochs: everything works or not, but the figures mean nothing."
)


class RunDisplay(Display, SweepObserver):
    """Prints a line per fit and, at the end, a table per recipe; shows a bar over all fits of a recipe.

    Parameters
    ----------
    console : Console, optional
    quick : bool
        Whether the figures mean nothing.
    """

    def __init__(self, console=None, *, quick=False):
        super().__init__(console)
        self.quick = quick

    def starts(self):
        """Say what must be known beforehand."""
        if self.quick:
            self.notice(QUICK)

    def recipe_starts(self, recipe, record, n_fits, n_done):
        """Print what is done next; show the bar."""
        self.console.rule(f"{recipe.name} ({recipe.report}): {recipe.title}", align="left", style="dim")
        data, execution = record["data"], record["execution"]
        where = f" from {data['source']}" if "source" in data else ""
        self.say(f"Data: {data['title']}{where}")
        known = f", {n_done} of them from before" if n_done else ""
        self.say(f"{count(n_fits, 'fit')}{known}; {_how(execution, record['n_threads'])}")
        self._recipe, self._n_fits, self._n_done = recipe, n_fits, n_done
        self.start_progress(recipe.name, n_fits, unit="fits")
        self.advance(n_done)

    def epoch_ended(self, setting, seed, epoch, n_epochs):
        """Move the bar by the share of the fit that is done."""
        done = self._n_done + epoch / n_epochs
        self.advance(done, f"{setting.key}, seed {seed}: epoch {epoch} of {n_epochs}", refresh=False)

    def fit_ended(self, fit):
        """Print a line."""
        self._n_done += 1
        self.advance(self._n_done)
        number = f"{self._n_done:>{len(str(self._n_fits))}}/{self._n_fits}"
        head = f"  {number}  {fit['setting']}, seed {fit['seed']}: "
        if fit["status"] == "left out":
            self.say(f"{head}left out. {fit['error']}")
            return
        if fit["status"] == "failed":
            self.console.print(f"{head}failed: {fit['error']}", style="bold red", markup=False)
            return
        self.say(f"{head}{_shown(self._recipe, fit['results'])}  {_took(fit['durations'])}")

    def drawing_starts(self):
        """Take the bar away."""
        self.stop_progress()

    def failed(self, name, reason):
        """Print why a recipe failed."""
        self.stop_progress()
        self.console.print(f"{name} failed: {reason}", style="bold red", markup=False, soft_wrap=True)

    def interrupted(self, records, errors, out, name):
        """Print what is complete, and how to go on."""
        self.stop_progress()
        self.finished(records, errors, out)
        self.say(f"Interrupted in {name}; what was fitted is kept, and the same command goes on from there.")

    def finished(self, records, errors, out):
        """Print all tables and findings, and where everything is."""
        if self.quick and records:
            self.notice(QUICK)
        for name, record in records.items():
            self.console.print(show_table(name, record))
            if len(record["networks"]) <= FEW:
                for network in record["networks"]:
                    self.say(f"{network['summary']}\n")
            for finding in record["findings"]:
                self.say(f"  {finding}")
        if errors:
            self.console.print(
                f"\n{count(len(errors), 'recipe')} failed: {', '.join(errors)}", style="bold red"
            )
        if records:
            self.say(
                f"\nRecords, pictures and models are in {out}; `fastmlp report {out}` makes a page of them."
            )


def show_table(name, record):
    """Lay out reported and reproduced figures, a line for each setting."""
    about, results = record["recipe"], results_table(record)
    title = f"{name} ({about['report']}): {about['title']}"
    table = Table(box=box.SIMPLE, title=title, title_justify="left", caption=results.legend or None)
    table.add_column("setting", overflow="fold")
    for column in results.columns:
        table.add_column(column.label, justify="right", overflow="fold")
    table.add_column("training", justify="right")
    for group, rows in results.groups.items():
        if group:
            table.add_row(Text(group, "bold"))
        for row in rows:
            cells = [Text.assemble(row.name, (f" ({row.note})" if row.note else "", "dim"))]
            cells += [
                _two_lines(cell, column) for column, cell in zip(results.columns, row.cells, strict=True)
            ]
            table.add_row(*cells, row.time)
    return table


def _two_lines(cell, column):
    """Put what is reported below what was reproduced, which leaves room for more columns."""
    lines = [cell.reproduced]
    if column.reported and cell.reported != "-":
        lines.append((f"\nreport {cell.reported}", "dim"))
    return Text.assemble(*lines)


def _shown(recipe, results):
    """Name the figures of one fit."""
    if results.get("diverged"):
        return "diverged"
    known = [figure for figure in recipe.figures if results.get(figure.name) is not None]
    return ", ".join(f"{figure.label} {figure.show(results[figure.name])}" for figure in known)


def _took(durations):
    """Say how long a fit trained, and how long it took where that is something else."""
    whole = duration(durations["all"])
    trained = duration(durations.get("train", durations["all"]))
    return whole if trained == whole else f"{trained} training, {whole} in all"


def _how(execution, n_threads):
    """Say how the fits are carried out."""
    if execution["backend"] is None and execution["jobs"] in (None, 1):
        return f"one by one, on {count(n_threads, 'thread')}"
    jobs = (
        "as many at a time as there is room for"
        if execution["jobs"] is None
        else f"{execution['jobs']} at a time"
    )
    return f"{jobs} ({execution['backend'] or 'loky'}), one thread each"
