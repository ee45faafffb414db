"""The epoch loop: what happens between two epochs, and when training stops."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, isfinite
from time import perf_counter
from typing import NamedTuple

import numpy as np

from .callbacks import EpochRecord
from .kernels.contract import Rows, Targets
from .network import Network
from .optimizers import StochasticOptimizer


class Stop(StrEnum):
    """Why training ended."""

    LIMIT = "limit"  # the most epochs, iterations or function calls were reached
    CONVERGED = "converged"  # no improvement for long enough, or the solver is satisfied
    CALLBACK = "callback"
    DIVERGED = "diverged"  # the loss is NaN or infinite
    INTERRUPTED = "interrupted"  # Ctrl-C


class Validation(NamedTuple):
    """A validation set in the network's terms."""

    rows: Rows
    targets: Targets
    score: Callable  # outputs (rows, n_outputs) -> float, larger is better


class Patience:
    """Counts epochs that do not improve on the best value so far by at least `tol`.

    Parameters
    ----------
    tol : float
    limit : int or inf
        Epochs without improvement after which patience is exhausted.
    best : float
        Best value so far; larger is better.
    """

    def __init__(self, tol, limit, best=-np.inf):
        self.tol, self.limit, self.best, self.count = tol, limit, best, 0

    def update(self, value):
        """Take one more epoch into account.

        Parameters
        ----------
        value : float
            Larger is better; NaN is no improvement.
        """
        self.count = 0 if value >= self.best + self.tol else self.count + 1
        if value > self.best:
            self.best = value

    @property
    def exhausted(self):
        """Whether the last `limit` epochs brought no improvement."""
        return self.count >= self.limit


class BestParameters:
    """Keeps a copy of the parameters that had the best value.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        The parameters to start with, copied.
    value : float
        Their value; larger is better, -inf if unknown.
    """

    def __init__(self, params, value=-np.inf):
        self.params, self.value = params.copy(), value

    def offer(self, params, value):
        """Copy the parameters if their value is better than the best so far.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
        value : float
            Larger is better; NaN never is.
        """
        if value > self.value:
            self.params[:] = params
            self.value = value


@dataclass
class Monitor:
    """What is looked at after every epoch: validation, improvement, the best weights, the callbacks.

    Parameters
    ----------
    network : Network
    patience : Patience
    after_epoch : callable
        after_epoch(record) -> bool, True to stop.
    validation : Validation, optional
    watch_score : bool
        Patience looks at the validation score rather than at the training loss.
    best : BestParameters, optional
        Offered the parameters with the validation score, or without one with the training loss.
    first_epoch : int
        Number of the next epoch.
    records : list of EpochRecord
        One for every epoch so far.
    """

    network: Network
    patience: Patience
    after_epoch: Callable
    validation: Validation | None = None
    watch_score: bool = False
    best: BestParameters | None = None
    first_epoch: int = 1
    records: list = field(default_factory=list)

    @property
    def data(self):
        """Rows and Targets of the validation set, tuple; empty without one."""
        return () if self.validation is None else self.validation[:2]

    def epoch_ended(self, loss, seconds, n_rows, learning_rate):
        """Validate, compare with the epochs before, record, and call back.

        Parameters
        ----------
        loss : float
            Training loss with penalties.
        seconds : float
            Time of the training.
        n_rows : int
            Rows trained on.
        learning_rate : float or None
            Rate of the epoch; None with L-BFGS.

        Returns
        -------
        stop : bool
            Whether a callback asks to stop.
        """
        validation_loss = score = None
        if self.validation is not None:
            rows, targets, score_outputs = self.validation
            validation_loss = float(self.network.evaluate(rows, targets))
            score = score_outputs(self.network.predict(rows))
        self.patience.update(score if self.watch_score else -loss)
        if self.best is not None:
            self.best.offer(self.network.params, -loss if score is None else score)
        epoch = self.first_epoch + len(self.records)
        self.records.append(EpochRecord(epoch, loss, validation_loss, score, seconds, n_rows, learning_rate))
        return self.after_epoch(self.records[-1])

    def restore_best(self):
        """Put the best parameters back, if they were kept."""
        if self.best is not None:
            self.network.params[:] = self.best.params


@dataclass
class Training:
    """A stochastic training run.

    Parameters
    ----------
    network : Network
    rows : Rows
        The data set.
    targets : Targets
        One for every row of the data set.
    train_rows : ndarray of shape (n_train,), int64
        Rows to train on; the others are never read.
    batch_size : int
        At most n_train.
    optimizer : StochasticOptimizer
    monitor : Monitor
    random_state : RandomState or None
        Shuffles the rows before every epoch; None keeps them in order.
    n_seen : int
        Rows seen before.
    log : callable
        log(message), for verbose output.
    """

    network: Network
    rows: Rows
    targets: Targets
    train_rows: np.ndarray
    batch_size: int
    optimizer: StochasticOptimizer
    monitor: Monitor
    random_state: np.random.RandomState | None = None
    n_seen: int = 0
    log: Callable = lambda message: None

    def run(self, max_epochs):
        """Train until something says stop.

        Ctrl-C takes effect when the running epoch is over, whose weights then count although it is not
        recorded; a callback may raise KeyboardInterrupt as well.

        Parameters
        ----------
        max_epochs : int

        Returns
        -------
        stop : Stop
            Why training ended; the epochs are in `monitor.records`.

        Raises
        ------
        KeyboardInterrupt
            If no epoch has ended yet: there is nothing to keep.
        """
        self.network.clear_pads()
        try:
            with self.network.resident(self.rows, self.targets, *self.monitor.data):
                stop = self._run(max_epochs)
        except KeyboardInterrupt:
            if not self.monitor.records:  # interrupted while compiling or in the first epoch
                raise
            stop = Stop.INTERRUPTED
        self.monitor.restore_best()
        return stop

    def _run(self, max_epochs):
        order, patience = self.train_rows, self.monitor.patience
        for _ in range(max_epochs):
            if self.random_state is not None:  # shuffles the last order once more, as scikit-learn does
                permutation = np.arange(len(order))
                self.random_state.shuffle(permutation)
                order = order[permutation]
            loss, wants_stop = self._epoch(order)
            if wants_stop:
                return Stop.CALLBACK
            if not isfinite(loss):
                return Stop.DIVERGED
            if patience.exhausted:
                watched = "Validation score" if self.monitor.watch_score else "Training loss"
                message = (
                    f"{watched} did not improve more than tol={patience.tol:f} "
                    f"for {patience.limit} consecutive epochs."
                )
                if self.optimizer.plateau():
                    self.log(f"{message} Stopping.")
                    return Stop.CONVERGED
                self.log(f"{message} Setting learning rate to {self.optimizer.learning_rate:f}")
                patience.count = 0
        return Stop.LIMIT

    def _epoch(self, order):
        """Train on all rows once; return the loss and whether a callback asks to stop."""
        rate, start = self.optimizer.learning_rate, perf_counter()
        update = self.optimizer.update()
        loss = float(self.network.train_epoch(self.rows, self.targets, order, update, self.batch_size))
        seconds = perf_counter() - start
        self.n_seen += len(order)
        self.optimizer.epoch_ended(ceil(len(order) / self.batch_size), self.n_seen)
        return loss, self.monitor.epoch_ended(loss, seconds, len(order), rate)
