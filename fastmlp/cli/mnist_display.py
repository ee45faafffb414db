"""What the user sees while `mnist` runs."""

from statistics import median

from rich import box
from rich.table import Table

from ..experiments.load import signs_of_load
from ..experiments.mnist import MODEL
from ..experiments.observer import Observer
from ..experiments.settings import training_only
from ..experiments.text import count, duration, percent
from .display import Display, backend, describe

PAIRS = 5


class MnistDisplay(Display, Observer):
    """Prints the experiment as it goes."""

    def data_ready(self, record):
        """Print what the data are."""
        data = record["data"]
        height, width = data["image_shape"]
        self.show_source(data)
        self.say(
            f"{data['n_train']:,} images for training, {data['n_validation']:,} for validation, "
            f"{data['n_test']:,} for testing; {height} x {width} pixels, {data['n_classes']} classes\n"
        )

    def training_starts(self, record):
        """Print network and settings; show the progress bar."""
        settings = record["settings"]
        self.say(record["model"]["summary"])
        self.say(f"\n{describe(settings)}")
        self.say(f"{backend(record)}; ready in {record['durations']['prepare']:.1f} s\n")
        if extras := training_only(settings):
            self.say(f"The loss of training is with {extras}, that of validation without.")
        self.start_epochs(settings["epochs"])

    def epoch_ended(self, record, is_best):
        """Print one line."""
        self.show_epoch(record["epochs"][-1], is_best)
        self.advance(len(record["epochs"]))

    def evaluated(self, record):
        """Print accuracy, confusion matrix, confused pairs and times."""
        self.stop_progress()
        results, n_test = record["results"], record["data"]["n_test"]
        self.console.print(
            f"\n[bold]Test accuracy {percent(results['test_accuracy'])}[/] "
            f"({results['n_misclassified']:,} of {n_test:,} images wrong), cross-entropy "
            f"{results['test_loss']:.4f}, with the weights of epoch {results['best_epoch']}",
            soft_wrap=True,
        )
        self.say(_times(record))
        self.show_errors(results, PAIRS)

    def peer_starts(self, record):
        """Announce the wait."""
        self.say("Training scikit-learn's MLPClassifier with the same settings on the same images ...")
        self.start_progress("scikit-learn", record["settings"]["epochs"])

    def peer_epoch_ended(self, record, n_epochs):
        """Move the bar; elsewhere print a line, about ten in all."""
        self.advance(n_epochs)
        total = record["settings"]["epochs"]
        self.say_sometimes(n_epochs, total, f"  scikit-learn: epoch {n_epochs} of {total}")

    def compared(self, record):
        """Print both libraries side by side."""
        self.stop_progress()
        ours, theirs = record["results"], record["comparison"]
        seconds = record["durations"]["train"]
        table = Table(box=box.SIMPLE)
        table.add_column("")
        for name in ("fastmlp", theirs["library"], "ratio"):
            table.add_column(name, justify="right")
        table.add_row(
            "training time",
            duration(seconds),
            duration(theirs["train_seconds"]),
            f"{theirs['speedup']:.2f} x",
        )
        table.add_row(
            "median epoch",
            duration(median(epoch["seconds"] for epoch in record["epochs"])),
            duration(median(theirs["epoch_seconds"])),
            f"{theirs['epoch_speedup']:.2f} x",
        )
        table.add_row("test accuracy", percent(ours["test_accuracy"]), percent(theirs["test_accuracy"]))
        self.console.print(table)
        self.say(
            "fastmlp's training time includes validation after every epoch, its median epoch does not; its "
            f"accuracy is that of the best epoch; {theirs['library']} keeps the last one."
        )
        if signs := signs_of_load(record):
            self.say(f"The machine was busy ({signs}): do not quote these times.")

    def finished(self, record, folder):
        """Print what was kept and where everything is."""
        if record["status"] == "interrupted":
            self.say(f"\nInterrupted after epoch {len(record['epochs'])}: the best model so far was kept.")
        model = (folder / MODEL).as_posix()
        self.say(f'\nLoad the model with joblib.load("{model}"); it takes {record["model"]["input"]}.')
        self.show_files(record, folder)


def _times(record):
    """Name the times in one line."""
    seconds, n_epochs = record["durations"]["train"], len(record["epochs"])
    per_second = sum(epoch["rows"] for epoch in record["epochs"]) / seconds
    return (
        f"Training took {duration(seconds)} for {count(n_epochs, 'epoch')}, validation included "
        f"({duration(seconds / n_epochs)} each, {per_second:,.0f} images/s); "
        f"testing took {duration(record['results']['predict_seconds'])}"
    )
