"""What the user sees while recipes run, and at the end."""

from rich import box
from rich.table import Table

from ..experiments.recipe import Figure
from ..experiments.sweep import SweepObserver
from .display import Display, count, duration

PARTS = 1000  # steps of the bar per fit


class RunDisplay(Display, SweepObserver):
    """Prints a line per fit and, at the end, a table per recipe; shows a bar over all fits of a recipe."""

    def recipe_starts(self, recipe, record, n_fits, n_done):
        """Print what is done next; show the bar."""
        self.console.rule(f"{recipe.name} ({recipe.report}): {recipe.title}", align="left", style="dim")
        data, execution = record["data"], record["execution"]
        where = f" from {data['source']}" if "source" in data else ""
        self.say(f"Data: {data['title']}{where}")
        known = f", {n_done} of them from before" if n_done else ""
        self.say(f"{count(n_fits, 'fit')}{known}; {_how(execution, record['n_threads'])}")
        self._recipe, self._n_fits, self._n_done = recipe, n_fits, n_done
        self.start_progress(recipe.name, n_fits * PARTS, unit="")
        self.advance(n_done * PARTS)

    def epoch_ended(self, setting, seed, epoch, n_epochs):
        """Move the bar by the share of the fit that is done."""
        done = PARTS * (self._n_done + epoch / n_epochs)
        self.advance(done, f"{setting.key}, seed {seed}: epoch {epoch} of {n_epochs}", refresh=False)

    def fit_ended(self, fit):
        """Print a line."""
        self._n_done += 1
        self.advance(PARTS * self._n_done)
        number = f"{self._n_done:>{len(str(self._n_fits))}}/{self._n_fits}"
        head = f"  {number}  {fit['setting']}, seed {fit['seed']}: "
        if fit["status"] == "failed":
            self.console.print(f"{head}failed: {fit['error']}", style="bold red", markup=False)
            return
        seconds = fit["durations"].get("train", fit["durations"]["all"])
        self.say(f"{head}{_shown(self._recipe, fit['results'])}  {duration(seconds)}")

    def drawing_starts(self):
        """Take the bar away."""
        self.stop_progress()

    def failed(self, recipe, error):
        """Print why a recipe failed."""
        self.stop_progress()
        self.console.print(
            f"{recipe.name} failed: {error or type(error).__name__}", style="bold red", markup=False
        )

    def finished(self, records, errors, out):
        """Print all tables and findings, and where everything is."""
        for name, record in records.items():
            self.console.print(results_table(name, record))
            for finding in record["findings"]:
                self.say(f"  {finding}")
        if errors:
            self.console.print(
                f"\n{count(len(errors), 'recipe')} failed: {', '.join(errors)}", style="bold red"
            )
        self.say(f"\nRecords, pictures and models are in {out}; `fastmlp report {out}` makes a page of them.")


def results_table(name, record):
    """Lay out reported and reproduced figures, a line for each setting."""
    about = record["recipe"]
    table = Table(box=box.SIMPLE, title=f"{name} ({about['report']}): {about['title']}", title_justify="left")
    table.add_column("setting")
    for figure in about["figures"]:
        table.add_column(figure["label"], justify="right")
        table.add_column("report", justify="right", style="dim")
    table.add_column("training", justify="right")
    group = ""
    for row in record["table"]:
        if row["group"] != group:
            group = row["group"]
            table.add_row(f"[bold]{group}[/]")
        cells = [row["name"]]
        for figure in about["figures"]:
            cells += _cells(figure, row["figures"][figure["name"]], row)
        table.add_row(*cells, "-" if row["seconds"] is None else duration(row["seconds"]))
    if any(cell["differs"] for row in record["table"] for cell in row["figures"].values()):
        table.caption = (
            "*: the reported figure is more than two standard deviations from the mean of the seeds"
        )
    return table


def _cells(column, figure, row):
    """Return what was reproduced, and what was reported."""
    shown = Figure(**column)
    if figure["mean"] is None:
        reproduced = "diverged" if row["n_diverged"] else "-"
    else:
        spread = "" if figure["sd"] is None else f" ± {shown.show(figure['sd'])}"
        reproduced = shown.show(figure["mean"]) + spread
    return [reproduced + (" *" if figure["differs"] else ""), shown.show(figure["reported"])]


def _shown(recipe, results):
    """Name the figures of one fit."""
    if results.get("diverged"):
        return "diverged"
    known = [figure for figure in recipe.figures if results.get(figure.name) is not None]
    return ", ".join(f"{figure.label} {figure.show(results[figure.name])}" for figure in known)


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
