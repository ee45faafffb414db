"""What the user sees while an experiment runs: the same lines on a terminal and in a file.

A terminal also gets colours and, below the lines, a progress bar.
"""

import os
import warnings

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from ..experiments.text import count, described_gpu

BAR = 20  # columns of a progress bar
PAGE = 120  # columns of a file or a pipe, where COLUMNS says nothing else
LINES = 10  # of progress, about, where there is no bar
WIDE = 10_000  # columns: more than any table needs
SHORT = {"validation": "val.", "test": "test"}


class Display:
    """Prints to a console; also shows warnings, as a context manager.

    Parameters
    ----------
    console : Console, optional
        By default standard output.
    """

    def __init__(self, console=None):
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal and "COLUMNS" not in os.environ:
            self.console.width = PAGE
        self.progress = self.task = None

    def __enter__(self):
        """Show warnings as notices from now on."""
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("always", UserWarning)  # loud notices must not be filtered away
        self._show_other = warnings.showwarning
        warnings.showwarning = self._warned
        return self

    def __exit__(self, *error):
        """Stop the progress bar and show warnings as before."""
        self.stop_progress()
        self._warnings.__exit__(*error)

    def _warned(self, message, category, *where):
        if issubclass(category, UserWarning):
            self.notice(str(message))
        else:  # meant for developers
            self._show_other(message, category, *where)

    def notice(self, text):
        """Print what must not be overlooked."""
        self.console.print(
            Panel(Text(text), title="NOTICE", border_style="bold yellow", style="yellow", expand=False)
        )

    def say(self, text):
        """Print a sentence."""
        self.console.print(text, markup=False, soft_wrap=True)

    def show_source(self, data):
        """Print what the data are and where they come from."""
        self.console.print(Text.assemble((data["title"], "bold"), f" from {data['source']}"), soft_wrap=True)

    def start_progress(self, what, total, unit="epochs"):
        """Show a progress bar on a terminal."""
        whole = Column(no_wrap=True, min_width=7)  # what a narrow terminal must not cut
        self.progress = Progress(
            TextColumn(what),
            BarColumn(bar_width=BAR),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=len(f"{total}/{total}"))),
            TextColumn(unit),
            TextColumn("{task.fields[note]}", table_column=Column(ratio=1)),
            TimeElapsedColumn(table_column=whole),
            TextColumn("left:"),
            TimeRemainingColumn(table_column=whole),
            console=self.console,
            refresh_per_second=2,  # drawing must not take time from training
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task = self.progress.add_task("", total=total, note="")
        self.progress.start()

    def advance(self, n_done, note="", refresh=True):
        """Move the bar, by fractions too; it is drawn at once, or the next time that it is drawn anyway."""
        self.progress.update(self.task, completed=n_done, note=note, refresh=refresh)

    def stop_progress(self):
        """Take the bar away."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None

    def say_sometimes(self, n_done, total, text):
        """Print a line where there is no bar, about ten in all."""
        if not self.console.is_terminal and (n_done % -(-total // LINES) == 0 or n_done == total):
            self.say(text)

    def start_epochs(self, n_epochs, other="validation"):
        """Print the columns' heads; show the bar."""
        short = SHORT[other]
        self.console.print(
            f"  epoch  train loss  {short} loss  {short} accuracy      rate  seconds  images/s", style="bold"
        )
        self.start_progress("training", n_epochs)

    def show_epoch(self, epoch, is_best, other="validation"):
        """Print one line; fainter than that of an epoch that is the best so far."""
        line = (
            f"  {epoch['epoch']:>5}  {epoch['loss']:>10.4f}  {epoch[f'{other}_loss']:>9.4f}  "
            f"{100 * epoch[f'{other}_accuracy']:>11.2f} %  {epoch['learning_rate']:>8.2g}  "
            f"{epoch['seconds']:>7.3f}  {epoch['images_per_second']:>8,.0f}"
        )
        style = None if is_best else "dim"
        self.console.print(line + ("  best" if is_best else ""), style=style, soft_wrap=True)

    def show_errors(self, results, n_pairs):
        """Print the confusion matrix, if there is room for it, and the most confused pairs."""
        table = confusion_table(results)
        wide = self.console.options.update(max_width=WIDE)
        if self.console.measure(table, options=wide).maximum <= self.console.width:
            self.say("\nConfusion matrix (rows: true class, columns: predicted)")
            self.console.print(table)
        if results["most_confused"]:
            self.say("Most confused pairs")
            self.console.print(pairs_table(results["most_confused"][:n_pairs]))

    def show_files(self, record, folder):
        """Print where everything is."""
        self.say(f"\nWrote {', '.join([*record['files'], 'record.json'])} to")
        self.say(str(folder))


def describe(settings):
    """Name the settings in one or two lines."""
    rates = {
        "sgd": f"momentum {settings['momentum']:g}",
        "adamw": f"weight decay {settings['weight_decay']:g}",
    }
    parts = [
        f"{settings['optimizer']}, learning rate {settings['learning_rate']:g} ({settings['schedule']})",
        rates.get(settings["optimizer"]),
        f"batches of {settings['batch_size']}",
        count(settings["epochs"], "epoch"),
        f"patience {settings['patience']}" if settings["patience"] else None,
        f"L2 {settings['l2']:g}" if settings["l2"] else None,
        f"L1 {settings['l1']:g}" if settings["l1"] else None,
        f"gradients clipped at {settings['clip_norm']:g}" if settings["clip_norm"] else None,
        f"seed {settings['seed']}",
    ]
    return ", ".join(part for part in parts if part)


def backend(record):
    """Name the processor and what runs on it."""
    machine, n_threads = record["machine"], record["n_threads"]
    if record["settings"]["device"] == "ref":
        return f"{machine['cpu']}, the reference in NumPy"
    if record["settings"]["device"] == "cuda":
        return described_gpu(machine)
    return f"{machine['cpu']}, {machine['instruction_set']} kernels on {count(n_threads, 'thread')}"


def confusion_table(results):
    """Lay out the confusion matrix; zeros are left out, so that errors stand out."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("", justify="right", style="bold", no_wrap=True)
    for label in results["labels"]:
        table.add_column(str(label), justify="right", no_wrap=True)
    for i, (label, row) in enumerate(zip(results["labels"], results["confusion_matrix"], strict=True)):
        cells = [f"[green]{n}[/]" if i == j else str(n) if n else "." for j, n in enumerate(row)]
        table.add_row(str(label), *cells)
    return table


def pairs_table(pairs):
    """Lay out the most confused pairs."""
    table = Table(box=box.SIMPLE)
    for name in ("true", "predicted", "images"):
        table.add_column(name, justify="right")
    for pair in pairs:
        table.add_row(str(pair["true"]), str(pair["predicted"]), str(pair["count"]))
    return table
