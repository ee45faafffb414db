"""Train a network on images of digits, score it, and leave a record."""

from statistics import median
from time import perf_counter, process_time

import numpy as np

from .. import plots
from ..limits import default_threads
from . import record as records
from .artifacts import save_figures, save_model
from .evaluation import evaluate
from .fitting import fit, make_model, prepare
from .interrupt import Interrupt
from .observer import Observer
from .peer import check_comparable, train_sklearn
from .settings import training_only

MODEL, CURVES, CONFUSION, MISCLASSIFIED = "model.joblib", "curves.png", "confusion.png", "misclassified.png"


def run(settings, split, folder, *, compare=False, observer=None):
    """Train, score, draw and record.

    The model's file holds the fitted estimator with the weights of the best epoch.  Two thirds of it are
    adam's memory: `set_params(early_stopping=False).partial_fit` goes on where training ended, at the
    learning rate that it had reached.

    Parameters
    ----------
    settings : TrainingSettings
    split : Split
    folder : Path
        An empty, writable folder: gets the model, three plots and the record.
    compare : bool, default=False
        Whether scikit-learn trains with the same settings afterwards.
    observer : Observer, optional

    Returns
    -------
    record : dict
        Its status is 'interrupted' if Ctrl-C ended training early: the best model so far was kept then.

    Raises
    ------
    ValueError
        If settings and data do not fit, or training fails; the record says 'failed'.
    KeyboardInterrupt
        If Ctrl-C was pressed outside of training; the record says 'interrupted'.
    """
    if compare:
        check_comparable(settings)
    n_threads = settings.threads or default_threads()
    outcome = {"model": None, "epochs": [], "results": None, "comparison": None}
    record = records.new_record(
        "mnist", settings, split.describe(), n_threads, device=settings.device, **outcome
    )
    records.carry_out(
        lambda: _run(settings, split, folder, record, compare, observer or Observer()), record, folder
    )
    return record


def _run(settings, split, folder, record, compare, observer):
    """Fill the record; return whether Ctrl-C was pressed during training."""
    model = make_model(settings, len(split.y), split.data.input_scale)
    X = split.X if settings.dtype == "float32" else split.X.astype(settings.dtype)  # bytes mean float32
    durations = record["durations"]
    observer.data_ready(record)
    start = perf_counter()
    record["model"] = prepare(model, X, split.y, split.X_val)
    durations["prepare"] = perf_counter() - start
    observer.training_starts(record)

    with Interrupt() as interrupt:

        def epoch_ended(is_best):
            observer.epoch_ended(record, is_best)
            return interrupt.requested

        start, processor_start = perf_counter(), process_time()
        best_epoch = fit(
            model, X, split.y, split.X_val, split.y_val, epochs=record["epochs"], epoch_ended=epoch_ended
        )
        durations["train"] = perf_counter() - start
        durations["train_processor"] = process_time() - processor_start
        _save_model(model, folder, record)
    results, probabilities = evaluate(model, split.X_test, split.y_test)
    record["results"] = {
        "best_epoch": best_epoch,
        "best_validation_accuracy": model.best_validation_score_,
        **results,
    }
    observer.evaluated(record)
    start = perf_counter()
    _draw(split, record, folder, probabilities)
    durations["draw"] = perf_counter() - start
    if compare and not interrupt.requested:
        _compare(settings, split, record, observer)
    return interrupt.requested


def _save_model(model, folder, record):
    save_model(model, MODEL, folder, record)
    scale = model.input_scale
    record["model"]["load"] = f'joblib.load("{MODEL}")'
    record["model"]["input"] = (
        f"raw pixels 0..{round(1 / scale)}, which it scales itself (input_scale={scale:.4g})"
    )


def _draw(split, record, folder, probabilities):
    """Write the three plots."""
    epochs, results = record["epochs"], record["results"]
    title, n_test = record["data"]["title"], record["data"]["n_test"]
    network = "-".join(map(str, record["model"]["layer_sizes"]))
    curves = plots.training_curves(
        [epoch["loss"] for epoch in epochs],
        [epoch["validation_loss"] for epoch in epochs],
        [epoch["validation_accuracy"] for epoch in epochs],
        best_epoch=results["best_epoch"],
        training_only=training_only(record["settings"]),
        title=f"{title}: network {network}",
    )
    accuracy = f"{100 * results['test_accuracy']:.2f} % correct"
    confusion = plots.confusion(
        results["confusion_matrix"],
        results["labels"],
        title=f"{title}\n{n_test:,} test images, {accuracy}",
    )
    predicted = results["labels"][probabilities.argmax(axis=1)]
    wrong = np.flatnonzero(predicted != split.y_test)
    misclassified = plots.misclassified(
        split.X_test[wrong].reshape(-1, *split.data.image_shape),
        split.y_test[wrong],
        predicted[wrong],
        probabilities[wrong].max(axis=1),
        title=f"{title}: misclassified test images",
    )
    figures = {CURVES: curves, CONFUSION: confusion, MISCLASSIFIED: misclassified}
    save_figures(figures, folder, record)


def _compare(settings, split, record, observer):
    """Let scikit-learn do the same."""
    observer.peer_starts(record)
    peer = train_sklearn(
        settings,
        split.X,
        split.y,
        split.X_test,
        split.y_test,
        input_scale=split.data.input_scale,
        n_threads=record["n_threads"],
        epoch_ended=lambda n_epochs: observer.peer_epoch_ended(record, n_epochs),
    )
    peer["speedup"] = peer["train_seconds"] / record["durations"]["train"]
    own = median(epoch["seconds"] for epoch in record["epochs"])
    peer["epoch_speedup"] = median(peer["epoch_seconds"]) / own
    record["comparison"] = peer
    observer.compared(record)
