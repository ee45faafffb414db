"""The fitted attributes that grow with every epoch, and what is said when training ends."""

import warnings
from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .callbacks import notify
from .training import BestParameters, Monitor, Patience, Stop


class TrainingHistory:
    """Losses, scores and counters of an estimator."""

    def _start_history(self):
        """Fitted attributes that grow with every epoch, as they are before the first."""
        self.n_iter_ = 0
        self.t_ = 0
        self.loss_curve_ = []
        self.best_loss_ = np.inf
        self.validation_loss_curve_ = None
        self.validation_scores_ = None
        self.best_validation_score_ = None
        self._kept_value = None  # (criterion, value) of the parameters, where they are the best ones

    def _monitor(self, network, validation, callbacks, incremental):
        """Prepare the attributes that grow with every epoch and what makes them grow."""
        if validation is None:
            self.validation_loss_curve_ = self.validation_scores_ = self.best_validation_score_ = None
        elif self.validation_scores_ is None:
            self.validation_loss_curve_, self.validation_scores_ = [], []
            self.best_validation_score_ = -np.inf
        watch_score = self.early_stopping and validation is not None
        if watch_score:
            self.best_loss_ = None
        elif self.best_loss_ is None:
            self.best_loss_ = min(self.loss_curve_, default=np.inf)
        self.n_iter_ = 0

        tol = self.tol * (self._score_unit() if watch_score else self._summed_outputs())
        best = self.best_validation_score_ if watch_score else -self.best_loss_
        criterion = "loss" if validation is None else "score"
        keeper = None
        if (self.restore_best or watch_score) and not incremental:
            kept_criterion, value = self._kept_value or (None, None)
            known = value if kept_criterion == criterion else -np.inf
            keeper = BestParameters(network.params, known)
        self._kept_value = None

        def after_epoch(record):
            self._remember(record)
            if keeper is not None:
                self._kept_value = criterion, keeper.value
            return notify(callbacks, replace(record, estimator=self))

        return Monitor(
            network,
            Patience(tol, self.n_iter_no_change, best),
            after_epoch,
            validation,
            watch_score,
            keeper,
            first_epoch=len(self.loss_curve_) + 1,
        )

    def _remember(self, record):
        """Bring the fitted attributes up to date with one more epoch."""
        self.n_iter_ += 1
        self.t_ += record.n_rows
        self.loss_ = record.loss
        self.loss_curve_.append(record.loss)
        if self.verbose:
            print(f"Iteration {self.n_iter_}, loss = {record.loss:.8f}")
        if self.best_loss_ is not None and record.loss < self.best_loss_:
            self.best_loss_ = record.loss
        if record.validation_score is not None:
            self.validation_loss_curve_.append(record.validation_loss)
            self.validation_scores_.append(record.validation_score)
            if record.validation_score > self.best_validation_score_:
                self.best_validation_score_ = record.validation_score
            if self.verbose:
                print(f"Validation score: {record.validation_score:f}")

    def _remedy(self):
        return (
            f"lower learning_rate_init (now {self.learning_rate_init:g}), scale the input "
            "(StandardScaler, or input_scale), or set clip_norm"
        )

    def _check_finite(self):
        """Fail if the weights are unusable."""
        if not np.isfinite(self._network.params).all():
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values "
                f"and need to be preprocessed. To avoid it, {self._remedy()}."
            )

    def _report(self, stop, detail, incremental):
        """Warn about training that did not end well."""
        if stop == Stop.INTERRUPTED:
            warnings.warn("Training interrupted by user.", stacklevel=1)
        elif stop == Stop.DIVERGED:
            warnings.warn(
                f"Training diverged: the loss became {self.loss_} in epoch {self.n_iter_}. "
                f"To avoid it, {self._remedy()}.",
                ConvergenceWarning,
                stacklevel=1,
            )
        elif stop == Stop.LIMIT and self.solver == "lbfgs":
            warnings.warn(
                f"lbfgs failed to converge after {self.n_iter_} iteration(s): {detail}.\nIncrease max_iter "
                f"(now {self.max_iter}) or max_fun (now {self.max_fun}), or scale the data as shown in:\n"
                "    https://scikit-learn.org/stable/modules/preprocessing.html",
                ConvergenceWarning,
                stacklevel=1,
            )
        elif stop == Stop.LIMIT and not incremental:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization "
                "hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=1,
            )
