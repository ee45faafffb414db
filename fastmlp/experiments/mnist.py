"""Train a network on images of digits, score it, and leave a record."""

import warnings
from statistics import median
from time import perf_counter, process_time

import joblib
import numpy as np
from sklearn.base import clone

from .. import plots
from ..classifier import MLPClassifier
from ..files import atomic_open
from ..limits import default_threads
from ..summary import summarize
from . import record as records
from .evaluation import evaluate
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
    settings : MnistSettings
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
    record = records.new_record("mnist", settings, split.describe(), n_threads)
    records.write_record(folder, record)
    try:
        interrupted = _run(settings, split, folder, record, compare, observer or Observer())
    except KeyboardInterrupt:
        records.finish(record, "interrupted")
        raise
    except BaseException as error:  # SystemExit, too: output into a closed pipe
        records.finish(record, "failed", error)
        raise
    else:
        records.finish(record, "interrupted" if interrupted else "completed")
    finally:
        records.write_record(folder, record)
    return record


def _run(settings, split, folder, record, compare, observer):
    """Fill the record; return whether Ctrl-C was pressed during training."""
    model = _make_model(settings, split)
    X = split.X if settings.dtype == "float32" else split.X.astype(settings.dtype)  # bytes mean float32
    durations = record["durations"]
    observer.data_ready(record)
    start = perf_counter()
    record["model"] = _prepare(model, X, split)
    durations["prepare"] = perf_counter() - start
    observer.training_starts(record)

    with Interrupt() as interrupt:
        start, processor_start = perf_counter(), process_time()
        best_epoch = _train(model, X, split, record, observer, interrupt)
        durations["train"] = perf_counter() - start
        durations["train_processor"] = process_time() - processor_start
        _save_model(model, folder, record)
    results, predicted, confidence = evaluate(model, split.X_test, split.y_test)
    record["results"] = {
        "best_epoch": best_epoch,
        "best_validation_accuracy": model.best_validation_score_,
        **results,
    }
    observer.evaluated(record)
    start = perf_counter()
    _draw(split, record, folder, predicted, confidence)
    durations["draw"] = perf_counter() - start
    if compare and not interrupt.requested:
        _compare(settings, split, record, observer)
    return interrupt.requested


def _make_model(settings, split):
    """Make the unfitted classifier."""
    return MLPClassifier(
        settings.layers,
        activation=list(settings.activation) or "identity",
        solver=settings.optimizer,
        alpha=settings.l2,
        l1=settings.l1,
        weight_decay=settings.weight_decay,
        clip_norm=settings.clip_norm,
        dropout=list(settings.dropout) or 0.0,
        batch_size=min(settings.batch_size, len(split.y)),
        learning_rate=settings.schedule,
        learning_rate_init=settings.learning_rate,
        momentum=settings.momentum,
        max_iter=settings.epochs,
        tol=0.0,
        early_stopping=settings.patience is not None,
        n_iter_no_change=settings.patience or np.inf,
        restore_best=True,
        random_state=settings.seed,
        input_scale=split.data.input_scale,
        n_threads=settings.threads,
        device=settings.device,
    )


def _prepare(model, X, split):
    """Take one step on a copy: compiles what is not compiled yet, and tells what the network looks like."""
    # a second thread could only wait for the compiler, and delay Ctrl-C
    probe = clone(model).set_params(early_stopping=False, n_threads=1)
    n_rows = model.batch_size
    with Interrupt(at_once=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted")
        probe.partial_fit(X[:n_rows], split.y[:n_rows], classes=np.unique(split.y))
    probe.predict(split.X_val[:1])
    return {
        "layer_sizes": [len(probe.coefs_[0]), *(len(b) for b in probe.intercepts_)],
        "n_parameters": sum(a.size for a in [*probe.coefs_, *probe.intercepts_]),
        "summary": summarize(probe._network),
    }


def _train(model, X, split, record, observer, interrupt):
    """Fit the model, noting every epoch; return the number of the best."""
    best_epoch, best = 0, -np.inf

    def epoch_ended(epoch):
        nonlocal best_epoch, best
        record["epochs"].append(
            {
                "epoch": epoch.epoch,
                "loss": epoch.loss,
                "validation_loss": epoch.validation_loss,
                "validation_accuracy": epoch.validation_score,
                "learning_rate": epoch.learning_rate,
                "seconds": epoch.seconds,
                "rows": epoch.n_rows,
                "images_per_second": epoch.n_rows / epoch.seconds,
            }
        )
        is_best = epoch.validation_score > best  # never for NaN
        if is_best:
            best_epoch, best = epoch.epoch, epoch.validation_score
        observer.epoch_ended(record, is_best)
        return interrupt.requested

    model.set_params(callbacks=[epoch_ended])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations")  # they are the user's choice
        warnings.filterwarnings("ignore", message="Training interrupted")
        model.fit(X, split.y, X_val=split.X_val, y_val=split.y_val)
    model.set_params(callbacks=None)  # they cannot be pickled
    if best_epoch == 0:
        raise ValueError(
            f"Training diverged before any epoch gave usable weights: lower the learning rate (now "
            f"{model.learning_rate_init:g}), or set clip_norm."
        )
    return best_epoch


def _save_model(model, folder, record):
    with atomic_open(folder / MODEL) as file:
        joblib.dump(model, file)
    record["files"].append(MODEL)
    scale = model.input_scale
    record["model"]["load"] = f'joblib.load("{MODEL}")'
    record["model"]["input"] = (
        f"raw pixels 0..{round(1 / scale)}, which it scales itself (input_scale={scale:.4g})"
    )


def _draw(split, record, folder, predicted, confidence):
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
    wrong = np.flatnonzero(predicted != split.y_test)
    misclassified = plots.misclassified(
        split.X_test[wrong].reshape(-1, *split.data.image_shape),
        split.y_test[wrong],
        predicted[wrong],
        confidence[wrong],
        title=f"{title}: misclassified test images",
    )
    for name, figure in ((CURVES, curves), (CONFUSION, confusion), (MISCLASSIFIED, misclassified)):
        plots.save_figure(figure, folder / name)
        record["files"].append(name)


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
