"""The same training run in scikit-learn."""

import warnings
from time import perf_counter, process_time

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from .interrupt import Interrupt

ACTIVATIONS = ("identity", "logistic", "relu", "tanh")
SOLVERS = ("adam", "sgd")
#: Settings to compare with, where the defaults are not scikit-learn's.
COMPARABLE = {"dropout": (0.0,), "schedule": "constant"}


def check_comparable(settings):
    """Refuse settings that scikit-learn's MLPClassifier does not have.

    Parameters
    ----------
    settings : TrainingSettings

    Raises
    ------
    ValueError
        Listing all of them.
    """
    others = sorted(set(settings.activation) - set(ACTIVATIONS))
    lacking = {
        "an activation per layer": len(set(settings.activation)) > 1,
        f"activation {', '.join(others)}": others,
        f"optimizer {settings.optimizer}": settings.optimizer not in SOLVERS,
        "dropout": any(settings.dropout),
        "l1": settings.l1,
        "clip-norm": settings.clip_norm,
        f"schedule {settings.schedule}": settings.schedule != "constant",
        "patience": settings.schedule == "constant" and settings.patience is not None,
    }
    found = [name for name, present in lacking.items() if present]
    if found:
        raise ValueError(
            f"scikit-learn's MLPClassifier cannot train with: {'; '.join(found)}. Leave these out to "
            "compare, or leave out --compare."
        )


class TimedClassifier(MLPClassifier):
    """Scikit-learn's classifier, which has no callbacks; it counts its epochs in `n_iter_`, from 0.

    Attributes
    ----------
    epoch_ended : callable or None
        Called with the seconds of every epoch.
    """

    epoch_ended = None

    def __setattr__(self, name, value):
        """Take the time whenever an epoch is counted."""
        super().__setattr__(name, value)
        if name != "n_iter_" or self.epoch_ended is None:
            return
        if value:
            self.epoch_ended(perf_counter() - self._epoch_start)
        self._epoch_start = perf_counter()


def train_sklearn(settings, X, y, X_test, y_test, *, input_scale, n_threads, epoch_ended=None):
    """Train scikit-learn's MLPClassifier with the same settings and score it.

    The time is that of `fit` alone: bytes are turned into scaled numbers of the settings' dtype before.

    Parameters
    ----------
    settings : TrainingSettings
        `check_comparable` accepts them.
    X, X_test : ndarray of uint8, shape (n_rows, n_columns)
    y, y_test : ndarray of shape (n_rows,)
    input_scale : float
    n_threads : int
        Threads of its BLAS.
    epoch_ended : callable, optional
        Called with the number of epochs done after each of them; its own time counts in none of them.

    Returns
    -------
    dict
        Training seconds, those of the processor, those of every epoch, epochs, test accuracy.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was pressed; scikit-learn itself would return a half-trained model.
    """
    dtype = np.dtype(settings.dtype)
    X, X_test = (np.multiply(a, dtype.type(input_scale), dtype=dtype) for a in (X, X_test))
    model = TimedClassifier(
        settings.layers,
        activation=settings.activation[0] if settings.activation else "identity",
        solver=settings.optimizer,
        alpha=settings.l2,
        batch_size=min(settings.batch_size, len(X)),
        learning_rate_init=settings.learning_rate,
        max_iter=settings.epochs,
        momentum=settings.momentum,
        random_state=settings.seed,
        tol=0.0,
        n_iter_no_change=settings.epochs,  # every epoch is run, as in our run
    )
    epoch_seconds, elsewhere = [], np.zeros(2)

    def now():
        return np.array([perf_counter(), process_time()])

    def note(seconds):
        nonlocal elsewhere
        start = now()
        epoch_seconds.append(seconds)
        if epoch_ended is not None:
            epoch_ended(len(epoch_seconds))
        elsewhere += now() - start

    model.epoch_ended = note
    with Interrupt(at_once=True), threadpool_limits(n_threads), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Training interrupted")
        start = now()
        model.fit(X, y)
        seconds, processor_seconds = (now() - start - elsewhere).tolist()
    return {
        "library": "scikit-learn",
        "train_seconds": seconds,
        "train_processor_seconds": processor_seconds,
        "epoch_seconds": epoch_seconds,
        "n_epochs": model.n_iter_,
        "test_accuracy": float(model.score(X_test, y_test)),
    }
