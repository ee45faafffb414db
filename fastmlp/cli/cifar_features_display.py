"""What the user sees while `cifar-features` runs."""

from time import perf_counter

import numpy as np
from rich import box
from rich.table import Table

from ..experiments.cifar_features import MODEL
from ..experiments.cifar_features_settings import AS_REPORTED, SOUND, CifarFeaturesSettings
from ..experiments.feature_training import VALIDATION
from ..experiments.observer import FeaturesObserver
from ..experiments.settings import training_only
from ..experiments.text import count, duration, percent
from .display import Display, backend, describe

PAIRS = 5
EPOCH_LINES = 10  # of a training in which no epoch is better than another
IN_REPORT = CifarFeaturesSettings()
SECONDS = 10  # between two lines of progress, where there is no bar


class CifarFeaturesDisplay(Display, FeaturesObserver):
    """Prints the experiment as it goes."""

    def downloading(self, n_bytes, total):
        """Show a bar in megabytes."""
        if self.progress is None:
            self.say("Fetching AlexNet's weights ...")
            self.start_progress("download", total and total >> 20, "MiB")
        self.advance(n_bytes >> 20, refresh=False)

    def data_ready(self, record):
        """Print what the data are."""
        data = record["data"]
        height, width, _ = data["image_shape"]
        self.show_source(data)
        self.say(
            f"{data['n_train']:,} images for training, {data['n_test']:,} for testing; {height} x {width} "
            "pixels, 3 colours"
        )
        table = Table(box=box.SIMPLE)
        table.add_column("class")
        for name in ("training", "testing"):
            table.add_column(name, justify="right")
        counts = data["counts"]
        for name, *both in zip(data["classes"], counts["train"], counts["test"], strict=True):
            table.add_row(name, *(f"{count:,}" for count in both))
        self.console.print(table)

    def extraction_starts(self, record):
        """Print which extractor is used."""
        extraction, weights = record["extraction"], record["settings"]["weights"]
        where = f", weights from {weights}" if weights else ""
        self.console.print("Features", style="bold")
        self.say(f"{record['settings']['extractor']}: {extraction['title']}{where}")

    def part_starts(self, part, n_images):
        """Show a bar."""
        self.part = part
        self.start = self.said = perf_counter()
        self.start_progress(f"{part} images", n_images, "images")

    def extracting(self, n_done, n_images):
        """Move it; elsewhere print a line now and then."""
        now = perf_counter()
        rate = f"{n_done / (now - self.start):,.0f} images/s"
        self.advance(n_done, rate, refresh=False)  # drawing after every batch would take time from the next
        if not self.console.is_terminal and now - self.said > SECONDS:
            self.said = now
            self.say(f"  {self.part} images: {n_done:,} of {n_images:,}, {rate}")

    def extracted(self, record, part):
        """Print how long it took."""
        self.stop_progress()
        entry = record["extraction"]["parts"][part]
        n_images, seconds = entry["n_images"], entry["seconds"]
        speed = "from the cache" if entry["from_cache"] else f"{n_images / seconds:,.0f} images/s"
        self.say(f"  {n_images:,} {part} images in {duration(seconds)} ({speed})")

    def mapping_starts(self, record):
        """Print the number of features, and what is waited for."""
        extraction = record["extraction"]
        kept = f"; kept in {extraction['folder']}" if extraction["folder"] else ""
        self.say(f"  {extraction['n_features']:,} features of every image{kept}")
        self.say("Mapping pixels and features to the plane (PCA, then t-SNE) ...\n")

    def training_starts(self, record, name):
        """Print network and settings; show the progress bar."""
        training, settings = record["trainings"][name], record["trainings"][name]["settings"]
        self.console.print(f"Training, {name}", style="bold")
        self.say(training["model"]["summary"])
        self.say(f"{describe(settings)}; {_rows(training)}")
        if name == AS_REPORTED.name:
            self.say("The report does not state the size of the batches.")
        self.say(f"{backend(record)}; ready in {training['durations']['prepare']:.1f} s")
        if extras := training_only(settings):
            self.say(f"The loss of training is with {extras}, that of {training['watched']} without.")
        self.say("")
        self.start_epochs(settings["epochs"], training["watched"])

    def epoch_ended(self, training, is_best):
        """Print a line; only some where no epoch is kept for being the best."""
        watched, n_epochs = training["watched"], len(training["epochs"])
        if watched == "validation":
            self.show_epoch(training["epochs"][-1], is_best)
        elif n_epochs % -(-training["settings"]["epochs"] // EPOCH_LINES) == 0:
            self.show_epoch(training["epochs"][-1], None, watched)
        self.advance(n_epochs)

    def evaluated(self, record, name):
        """Print accuracy and time."""
        self.stop_progress()
        training = record["trainings"][name]
        results, n_epochs = training["results"], len(training["epochs"])
        self.console.print(
            f"\n[bold]Test accuracy {percent(results['test_accuracy'])}[/] "
            f"({results['n_misclassified']:,} of {record['data']['n_test']:,} images wrong), with the "
            f"weights of epoch {results['kept_epoch']}; {count(n_epochs, 'epoch')} took "
            f"{duration(training['durations']['train'])}\n",
            soft_wrap=True,
        )

    def finished(self, record, folder):
        """Print all results side by side, and where everything is."""
        trainings = record["trainings"]
        last = list(trainings)[-1]
        self._show_results(record)
        if len(record["data"]["classes"]) > 2:
            self.say(f"Errors of the training {last!r}:")
            self.show_errors(trainings[last]["results"], PAIRS)
        if record["status"] == "interrupted":
            n_epochs = len(trainings[last]["epochs"])
            self.say(f"\nInterrupted after epoch {n_epochs} of {last!r}: what was trained was kept.")
        self.say(
            f'Load the model ({last}) with joblib.load("{(folder / MODEL).as_posix()}"); it takes images of '
            "uint8, (n, 32, 32, 3), and returns names of classes."
        )
        self.show_files(record, folder)

    def _show_results(self, record):
        """Print the report's figures, if they are of these classes, beside those of both trainings."""
        trainings, reported = record["trainings"], record["reported"]
        columns = {name: training["results"] for name, training in trainings.items()}
        extractor = record["settings"]["extractor"]
        table = Table(box=box.SIMPLE)
        table.add_column("")
        if reported:
            columns = {f"report {reported['report']}\n{reported['extractor']}": reported} | columns
        for i, name in enumerate(columns):
            table.add_column(name if reported and i == 0 else f"{name}\n{extractor}", justify="right")
        rows = {
            "train accuracy": lambda results: percent(results["train_accuracy"]),
            "test accuracy": lambda results: percent(results["test_accuracy"]),
            "train loss": lambda results: f"{results['train_loss']:.4f}",
            "test loss": lambda results: f"{results['test_loss']:.4f}",
            "area under the ROC curve": lambda results: (
                f"{results['mean_auc']:.4f}" if "mean_auc" in results else "-"
            ),
        }
        for title, cell in rows.items():
            table.add_row(title, *map(cell, columns.values()))
        if len(record["data"]["classes"]) == 2:
            table.add_row(
                "confusion matrix\n(rows: true class)",
                *(_two_rows(r["confusion_matrix"]) for r in columns.values()),
            )
        self.console.print(table)
        for name, training in trainings.items():
            if training["results"]["same_for_all"]:
                self.say(
                    f"The network trained {name} answers the same for every image: its relu units are dead, "
                    f"after too large steps (learning rate {training['settings']['learning_rate']:g})."
                )
        if reported:
            self.say(_why_different(record))


def _two_rows(matrix):
    """Lay out a confusion matrix of two classes in a cell."""
    width = len(str(np.max(matrix)))
    return "\n".join("  ".join(f"{count:>{width}}" for count in row) for row in matrix)


def _rows(training):
    """Say what is trained on, and which weights are kept."""
    parts = [
        "standardised features" if training["standardized"] else "features as they are",
        "mirrored images too" if training["mirrored"] else None,
        f"{100 * VALIDATION:.0f} % of the images to validate on, best epoch kept"
        if training["watched"] == "validation"
        else "last epoch kept, test images only watched",
    ]
    return ", ".join(part for part in parts if part)


def _why_different(record):
    """Say in a sentence why the figures differ, and in another what is odd about the report's matrix."""
    settings, extraction = record["settings"], record["extraction"]
    reasons = ["the report states neither size of the batches nor seed nor which weights AlexNet had"]
    if settings["extractor"] != "alexnet":
        reasons = [f"the features are another extractor's ({extraction['title']} instead of AlexNet's)"]
    changed = [name for name in ("layers", "epochs") if settings[name] != getattr(IN_REPORT, name)]
    if changed:
        reasons.append(f"{' and '.join(changed)} are not the report's")
    if SOUND.name in record["trainings"]:
        reasons.append("the sound setting standardises features, drops out, validates and lowers its rate")
    rows = [sum(row) for row in record["reported"]["confusion_matrix"]]
    return (
        f"The figures differ from the report's because {'; '.join(reasons)}. The rows of the reported matrix "
        f"sum to {rows[0]:,} and {rows[1]:,}, though there are 1,000 test images of each class."
    )
