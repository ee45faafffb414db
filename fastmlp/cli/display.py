"""What the user sees while an experiment runs: the same lines on a terminal and in a file.

A terminal also gets colours and, below the lines, a progress bar.
"""

import warnings
from statistics import median

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
from rich.table import Table
from rich.text import Text

from ..experiments.load import signs_of_load
from ..experiments.mnist import MODEL
from ..experiments.observer import Observer
from ..experiments.settings import training_only

MOST_CLASSES = 12  # a larger confusion matrix needs more than 80 columns; it is only drawn
PAIRS = 5
EPOCH_HEADER = "  epoch  train loss  val. loss  val. accuracy      rate  seconds  images/s"


class Display(Observer):
    """Prints an experiment as it goes; also shows warnings, as a context manager.

    Parameters
    ----------
    console : Console, optional
        By default standard output.
    """

    def __init__(self, console=None):
        self.console = console or Console(highlight=False)
        self.progress = self.task = None

    def __enter__(self):
        """Show warnings as notices from now on."""
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("always", UserWarning)  # loud notices must not be filtered away
        self._show_other = warnings.showwarning
        warnings.showwarning = self._notice
        return self

    def __exit__(self, *error):
        """Stop the progress bar and show warnings as before."""
        self._stop_progress()
        self._warnings.__exit__(*error)

    def _notice(self, message, category, *where):
        if not issubclass(category, UserWarning):  # meant for developers
            self._show_other(message, category, *where)
            return
        self.console.print(
            Panel(
                Text(str(message)), title="NOTICE", border_style="bold yellow", style="yellow", expand=False
            )
        )

    def say(self, text):
        """Print a sentence."""
        self.console.print(text, markup=False, soft_wrap=True)

    def data_ready(self, record):
        """Print what the data are."""
        data = record["data"]
        height, width = data["image_shape"]
        self.console.print(Text.assemble((data["title"], "bold"), f" from {data['source']}"), soft_wrap=True)
        self.say(
            f"{data['n_train']:,} images for training, {data['n_validation']:,} for validation, "
            f"{data['n_test']:,} for testing; {height} x {width} pixels, {data['n_classes']} classes\n"
        )

    def training_starts(self, record):
        """Print network and settings; show the progress bar."""
        settings = record["settings"]
        self.say(record["model"]["summary"])
        self.say(f"\n{_describe(settings)}")
        self.say(f"{_backend(record)}; ready in {record['durations']['prepare']:.1f} s\n")
        if extras := training_only(settings):
            self.say(f"The loss of training is with {extras}, that of validation without.")
        self.console.print(EPOCH_HEADER, style="bold")
        self._start_progress("training", settings["epochs"])

    def _start_progress(self, what, n_epochs):
        self.progress = Progress(
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=self.console,
            refresh_per_second=2,  # drawing must not take time from training
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task = self.progress.add_task("", total=n_epochs)
        self.progress.start()

    def _stop_progress(self):
        if self.progress is not None:
            self.progress.stop()
            self.progress = None

    def epoch_ended(self, record, is_best):
        """Print one line."""
        epoch = record["epochs"][-1]
        line = (
            f"  {epoch['epoch']:>5}  {epoch['loss']:>10.4f}  {epoch['validation_loss']:>9.4f}  "
            f"{100 * epoch['validation_accuracy']:>11.2f} %  {epoch['learning_rate']:>8.2g}  "
            f"{epoch['seconds']:>7.3f}  {epoch['images_per_second']:>8,.0f}"
        )
        style = None if is_best else "dim"
        self.console.print(line + ("  best" if is_best else ""), style=style, soft_wrap=True)
        self.progress.update(self.task, completed=len(record["epochs"]), refresh=True)

    def evaluated(self, record):
        """Print accuracy, confusion matrix, confused pairs and times."""
        self._stop_progress()
        results, n_test = record["results"], record["data"]["n_test"]
        self.console.print(
            f"\n[bold]Test accuracy {100 * results['test_accuracy']:.2f} %[/] "
            f"({results['n_misclassified']:,} of {n_test:,} images wrong), cross-entropy "
            f"{results['test_loss']:.4f}, with the weights of epoch {results['best_epoch']}",
            soft_wrap=True,
        )
        self.say(_times(record))
        if len(results["labels"]) <= MOST_CLASSES:
            self.say("\nConfusion matrix (rows: true class, columns: predicted)")
            self.console.print(_confusion_table(results))
        if results["most_confused"]:
            self.say("Most confused pairs")
            self.console.print(_pairs_table(results["most_confused"][:PAIRS]))

    def peer_starts(self, record):
        """Announce the wait."""
        self.say("Training scikit-learn's MLPClassifier with the same settings on the same images ...")
        self._start_progress("scikit-learn", record["settings"]["epochs"])

    def peer_epoch_ended(self, record, n_epochs):
        """Move the bar; elsewhere print a line, about ten in all."""
        self.progress.update(self.task, completed=n_epochs, refresh=True)
        total = record["settings"]["epochs"]
        if not self.console.is_terminal and (n_epochs % -(-total // 10) == 0 or n_epochs == total):
            self.say(f"  scikit-learn: epoch {n_epochs} of {total}")

    def compared(self, record):
        """Print both libraries side by side."""
        self._stop_progress()
        ours, theirs = record["results"], record["comparison"]
        seconds = record["durations"]["train"]
        table = Table(box=box.SIMPLE)
        table.add_column("")
        for name in ("fastmlp", theirs["library"], "ratio"):
            table.add_column(name, justify="right")
        table.add_row(
            "training time",
            _duration(seconds),
            _duration(theirs["train_seconds"]),
            f"{theirs['speedup']:.2f} x",
        )
        table.add_row(
            "median epoch",
            _duration(median(epoch["seconds"] for epoch in record["epochs"])),
            _duration(median(theirs["epoch_seconds"])),
            f"{theirs['epoch_speedup']:.2f} x",
        )
        table.add_row(
            "test accuracy",
            f"{100 * ours['test_accuracy']:.2f} %",
            f"{100 * theirs['test_accuracy']:.2f} %",
        )
        self.console.print(table)
        self.say(
            "fastmlp's training time includes validation after every epoch, its median epoch does not; its "
            f"accuracy is that of the best epoch; {theirs['library']} keeps the last one."
        )
        if signs := signs_of_load(record):
            self.say(f"The machine was busy ({signs}): do not quote these times.")

    def finished(self, record, folder):
        """Print where everything is."""
        if record["status"] == "interrupted":
            self.say(f"\nInterrupted after epoch {len(record['epochs'])}: the best model so far was kept.")
        model = (folder / MODEL).as_posix()
        self.say(f'\nLoad the model with joblib.load("{model}"); it takes {record["model"]["input"]}.')
        self.say(f"\nWrote {', '.join([*record['files'], 'record.json'])} to")
        self.say(str(folder))


def _describe(settings):
    """Name the settings in one or two lines."""
    rates = {
        "sgd": f"momentum {settings['momentum']:g}",
        "adamw": f"weight decay {settings['weight_decay']:g}",
    }
    parts = [
        f"{settings['optimizer']}, learning rate {settings['learning_rate']:g} ({settings['schedule']})",
        rates.get(settings["optimizer"]),
        f"batches of {settings['batch_size']}",
        _epochs(settings["epochs"]),
        f"patience {settings['patience']}" if settings["patience"] else None,
        f"L2 {settings['l2']:g}" if settings["l2"] else None,
        f"L1 {settings['l1']:g}" if settings["l1"] else None,
        f"gradients clipped at {settings['clip_norm']:g}" if settings["clip_norm"] else None,
        f"seed {settings['seed']}",
    ]
    return ", ".join(part for part in parts if part)


def _epochs(number):
    return f"{number} epoch" if number == 1 else f"{number} epochs"


def _backend(record):
    """Name the processor and what runs on it."""
    machine, n_threads = record["machine"], record["n_threads"]
    if record["settings"]["device"] == "ref":
        return f"{machine['cpu']}, the reference in NumPy"
    threads = "1 thread" if n_threads == 1 else f"{n_threads} threads"
    return f"{machine['cpu']}, {machine['instruction_set']} kernels on {threads}"


def _duration(seconds):
    """Three digits or so."""
    if seconds < 0.1:
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"


def _times(record):
    """Name the times in one line."""
    seconds, n_epochs = record["durations"]["train"], len(record["epochs"])
    per_second = sum(epoch["rows"] for epoch in record["epochs"]) / seconds
    return (
        f"Training took {_duration(seconds)} for {_epochs(n_epochs)}, validation included "
        f"({_duration(seconds / n_epochs)} each, {per_second:,.0f} images/s); "
        f"testing took {_duration(record['results']['predict_seconds'])}"
    )


def _confusion_table(results):
    """Lay out the confusion matrix; zeros are left out, so that errors stand out."""
    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("", justify="right", style="bold")
    for label in results["labels"]:
        table.add_column(str(label), justify="right")
    for i, (label, row) in enumerate(zip(results["labels"], results["confusion_matrix"], strict=True)):
        cells = [f"[green]{n}[/]" if i == j else str(n) if n else "." for j, n in enumerate(row)]
        table.add_row(str(label), *cells)
    return table


def _pairs_table(pairs):
    """Lay out the most confused pairs."""
    table = Table(box=box.SIMPLE)
    for name in ("true", "predicted", "images"):
        table.add_column(name, justify="right")
    for pair in pairs:
        table.add_row(str(pair["true"]), str(pair["predicted"]), str(pair["count"]))
    return table
