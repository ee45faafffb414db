"""Making a classifier from settings, and training it with a note of every epoch."""

import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from ..classifier import MLPClassifier
from ..summary import count_parameters, summarize
from .interrupt import Interrupt


def make_model(settings, n_rows, input_scale=1.0):
    """Make the unfitted classifier.

    Parameters
    ----------
    settings : TrainingSettings
    n_rows : int
        Of the training data: the largest possible batch.
    input_scale : float, default=1.0

    Returns
    -------
    MLPClassifier
    """
    return MLPClassifier(
        settings.layers,
        activation=list(settings.activation) or "identity",
        solver=settings.optimizer,
        alpha=settings.l2,
        l1=settings.l1,
        weight_decay=settings.weight_decay,
        clip_norm=settings.clip_norm,
        dropout=list(settings.dropout) or 0.0,
        batch_size=min(settings.batch_size, n_rows),
        learning_rate=settings.schedule,
        learning_rate_init=settings.learning_rate,
        momentum=settings.momentum,
        max_iter=settings.epochs,
        tol=0.0,
        early_stopping=settings.patience is not None,
        n_iter_no_change=settings.patience or np.inf,
        restore_best=True,
        random_state=settings.seed,
        input_scale=input_scale,
        n_threads=settings.threads,
        device=settings.device,
    )


@contextmanager
def epochs_as_chosen():
    """Let no library warn that training ends after as many epochs as the user has chosen."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Maximum iterations", category=ConvergenceWarning)
        yield


def prepare(model, X, y, X_other):
    """Take one step on a copy: compiles what is not compiled yet, and tells what the network looks like.

    Parameters
    ----------
    model : MLPClassifier
    X : ndarray of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
    X_other : ndarray of shape (n_others, n_columns)
        One of its rows is predicted.

    Returns
    -------
    dict
        Widths of the layers, number of parameters, printable summary.
    """
    # a second thread could only wait for the compiler, and delay Ctrl-C
    probe = clone(model).set_params(early_stopping=False, n_threads=1)
    n_rows = model.batch_size
    with Interrupt(at_once=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted")
        probe.partial_fit(X[:n_rows], y[:n_rows], classes=np.unique(y))
    probe.predict(X_other[:1])
    return {
        "layer_sizes": [len(probe.coefs_[0]), *(len(b) for b in probe.intercepts_)],
        "n_parameters": count_parameters(probe._network),
        "summary": summarize(probe._network),
    }


def fit(model, X, y, X_other, y_other, *, epochs, epoch_ended, other="validation"):
    """Fit the model, noting every epoch.

    Parameters
    ----------
    model : MLPClassifier
    X, X_other : ndarray of shape (n_rows, n_columns)
        Rows to train on, and rows that are watched while it trains.
    y, y_other : ndarray of shape (n_rows,)
    epochs : list
        Gets a dict for every epoch.
    epoch_ended : callable
        epoch_ended(is_best) -> bool, after every epoch: whether it is the best so far on the watched rows
        goes in, whether to stop comes out.
    other : str, default='validation'
        What the watched rows are called in the dicts.

    Returns
    -------
    best_epoch : int
        The one with the highest accuracy on the watched rows, counted from 1.

    Raises
    ------
    ValueError
        If training fails.
    """
    best_epoch, best = 0, -np.inf

    def note(epoch):
        nonlocal best_epoch, best
        epochs.append(
            {
                "epoch": epoch.epoch,
                "loss": epoch.loss,
                f"{other}_loss": epoch.validation_loss,
                f"{other}_accuracy": epoch.validation_score,
                "learning_rate": epoch.learning_rate,
                "seconds": epoch.seconds,
                "rows": epoch.n_rows,
                "images_per_second": epoch.n_rows / epoch.seconds,
            }
        )
        is_best = epoch.validation_score > best  # never for NaN
        if is_best:
            best_epoch, best = epoch.epoch, epoch.validation_score
        return epoch_ended(is_best)

    model.set_params(callbacks=[note])
    with epochs_as_chosen():
        warnings.filterwarnings("ignore", message="Training interrupted")
        model.fit(X, y, X_val=X_other, y_val=y_other)
    model.set_params(callbacks=None)  # they cannot be pickled
    if best_epoch == 0:
        raise ValueError(
            f"Training diverged before any epoch gave usable weights: lower the learning rate (now "
            f"{model.learning_rate_init:g}), or set clip_norm."
        )
    return best_epoch
