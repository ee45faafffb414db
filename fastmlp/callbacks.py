"""What callbacks see after every epoch."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class EpochRecord:
    """One epoch, or one iteration of L-BFGS, as `callbacks`, logs and plots see it.

    Attributes
    ----------
    epoch : int
        Epochs since the weights were drawn, this one included: `len(estimator.loss_curve_)`.
    loss : float
        Training loss with penalties, as in `loss_curve_`.
    validation_loss : float or None
        Mean loss on the validation set without penalties; None without such a set.
    validation_score : float or None
        Accuracy or R² on the validation set; None without such a set.
    seconds : float
        Time spent in training, validation and callbacks excluded.
    n_rows : int
        Training rows visited.
    learning_rate : float or None
        Rate of this epoch; None with solver='lbfgs'.
    estimator : BaseEstimator or None
        The estimator in its state after the epoch.
    """

    epoch: int
    loss: float
    validation_loss: float | None
    validation_score: float | None
    seconds: float
    n_rows: int
    learning_rate: float | None
    estimator: object = field(default=None, repr=False, compare=False)


def check_callbacks(callbacks):
    """Return the callbacks as a tuple.

    Parameters
    ----------
    callbacks : list or tuple of callable, or None

    Returns
    -------
    callbacks : tuple of callable

    Raises
    ------
    TypeError
        If one of them cannot be called.
    """
    callbacks = tuple(callbacks or ())
    for i, callback in enumerate(callbacks):
        if not callable(callback):
            raise TypeError(
                f"callbacks[{i}]={callback!r} is not callable; pass functions that take one EpochRecord."
            )
    return callbacks


def notify(callbacks, record):
    """Call all callbacks, also behind one that asks to stop.

    Parameters
    ----------
    callbacks : iterable of callable
    record : EpochRecord

    Returns
    -------
    stop : bool
        Whether one of them returned True; other true values do not count.
    """
    answers = [callback(record) for callback in callbacks]
    return any(isinstance(answer, bool | np.bool_) and bool(answer) for answer in answers)
