"""The usual fit of a recipe: one classifier on one division of an image set, scored on its parts."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

import numpy as np
from sklearn.metrics import confusion_matrix
from sklearn.neural_network import MLPClassifier as SklearnClassifier

from ..classifier import MLPClassifier
from .evaluation import accuracy_and_loss
from .fitted import Fitted
from .fitting import epochs_as_chosen, prepare
from .peer import TimedClassifier
from .recipe import SKLEARN

#: Every epoch is run, unless a setting says otherwise.
ALL_EPOCHS = {"tol": 0.0, "n_iter_no_change": np.inf}


@dataclass(frozen=True)
class Classification:
    """Fit a classifier with a setting's parameters and score it.

    The results hold, for every scored part, `PART_accuracy`, `PART_loss` (mean cross-entropy) and
    `PART_confusion`; under `epochs` the loss of training and what is watched, epoch by epoch; `n_epochs`,
    what `prepare` knows of the network, and `diverged`: then there are no weights, and no figures.

    Parameters
    ----------
    divide : callable
        divide(data, seed) -> Division.
    scored : tuple of str
        Parts that are scored in the end.
    watched : tuple of str
        Those that are scored after every epoch, too.
    early : tuple of int
        Epochs, counted from 1, whose scores of what is watched are results of their own, such as
        `PART_accuracy_after_1`; None where training ended before.
    more : callable, optional
        more(model, division, seed) -> dict of further results, such as what a picture shows.
    keep_model : bool
        Whether the model is saved.
    """

    divide: Callable
    scored: tuple[str, ...] = ("train", "test")
    watched: tuple[str, ...] = ()
    early: tuple[int, ...] = ()
    more: Callable | None = None
    keep_model: bool = False

    def __call__(self, setting, data, seed, context):
        """Return what one fit gives, Fitted."""
        division = self.divide(data, seed)
        parameters = {"random_state": seed, "input_scale": division.input_scale} | setting.parameters
        train = _train_sklearn if setting.library == SKLEARN else self._train
        model, results, durations = train(parameters, division, context)
        results["diverged"] = model is None
        results |= self._early(results["epochs"])
        for name in self.scored:
            results |= _scores(model, name, division.parts[name])
        if self.more is not None and model is not None:
            results |= self.more(model, division, seed)
        return Fitted(results, durations, model if self.keep_model else None)

    def _early(self, epochs):
        """Pick out the scores after certain epochs."""
        return {
            f"{name}_{kind}_after_{n}": scores[n - 1] if n <= len(scores) else None
            for n in self.early
            for name in self.watched
            for kind in ("accuracy", "loss")
            for scores in [epochs.get(f"{name}_{kind}", [])]
        }

    def _train(self, parameters, division, context):
        """Train ours; the model is None if it diverged."""
        X, y = division.parts["train"]
        parameters = {"batch_size": min(200, len(y))} | parameters
        parameters["batch_size"] = min(parameters["batch_size"], len(y))
        model = MLPClassifier(**ALL_EPOCHS | parameters, n_threads=context.n_threads, device=context.device)
        validation = division.parts.get("validation")
        judged = validation is not None and (model.early_stopping or model.restore_best)
        known = prepare(model, X, y, X)
        epochs, seconds = {"loss": []}, []
        epochs |= {f"{name}_{kind}": [] for name in self.watched for kind in ("accuracy", "loss")}

        def epoch_ended(epoch):
            epochs["loss"].append(epoch.loss)
            seconds.append(epoch.seconds)
            for name in self.watched:
                for key, value in _scores(epoch.estimator, name, division.parts[name], matrix=False).items():
                    epochs[key].append(value)
            context.tell(epoch.epoch, model.max_iter)

        model.set_params(callbacks=[epoch_ended])
        with epochs_as_chosen():
            try:
                model.fit(X, y, X_val=validation.X, y_val=validation.y) if judged else model.fit(X, y)
            except ValueError as error:
                if not _diverged(error):
                    raise
                model = None
        if model is not None:
            model.set_params(callbacks=None)  # they cannot be pickled
        results = {
            **known,
            "n_epochs": len(seconds),
            "epochs": epochs,
        }
        return model, results, {"train": sum(seconds), "epochs": seconds}


def _train_sklearn(parameters, division, context):
    """Train scikit-learn's; the model is None if it diverged."""
    X, y = division.parts["train"]
    input_scale = parameters["input_scale"]
    model = ScaledClassifier(**_of_sklearn(parameters))
    model.input_scale, seconds = input_scale, []
    model.batch_size = min(200 if model.batch_size == "auto" else model.batch_size, len(y))

    def epoch_ended(epoch_seconds):
        seconds.append(epoch_seconds)
        context.tell(len(seconds), model.max_iter)

    model.epoch_ended = epoch_ended
    with epochs_as_chosen():
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow shows in what comes out
        try:
            model.fit(X, y)
        except ValueError as error:
            if not _diverged(error):
                raise
            model = None
    if model is not None:
        model.epoch_ended = None
    results = {"n_epochs": len(seconds), "epochs": {"loss": model.loss_curve_ if model else []}}
    return model, results, {"train": sum(seconds), "epochs": seconds}


class ScaledClassifier(TimedClassifier):
    """Scikit-learn's classifier on images kept as bytes, which become scaled float32."""

    input_scale = 1.0

    def fit(self, X, y):
        """Fit to scaled rows."""
        return super().fit(self._scaled(X), y)

    def predict_proba(self, X):
        """Return the probabilities for rows that are scaled first."""
        return super().predict_proba(self._scaled(X))

    def _scaled(self, X):
        return np.multiply(X, np.float32(self.input_scale), dtype=np.float32)


def lacking_in_sklearn(parameters):
    """Return the names of the parameters that scikit-learn's classifier does not have, sorted list of str."""
    own = signature(MLPClassifier).parameters
    theirs = {*signature(SklearnClassifier).parameters, "input_scale"}
    return sorted(
        name for name, value in parameters.items() if name not in theirs and value != own[name].default
    )


def _of_sklearn(parameters):
    """Choose the arguments for scikit-learn's classifier."""
    lacking = lacking_in_sklearn(parameters)
    if lacking:
        raise ValueError(f"scikit-learn's MLPClassifier has no {' or '.join(lacking)}.")
    theirs = signature(SklearnClassifier).parameters
    return ALL_EPOCHS | {name: value for name, value in parameters.items() if name in theirs}


def _diverged(error):
    """Tell scikit-learn's error of non-finite weights, which both libraries raise, from other errors."""
    return "non-finite parameter weights" in str(error)


def _scores(model, name, part, matrix=True):
    """Score one part; without a model there are no figures."""
    if model is None:
        return {f"{name}_accuracy": None, f"{name}_loss": None, f"{name}_confusion": None}
    probabilities = model.predict_proba(part.X)
    accuracy, loss = accuracy_and_loss(model.classes_, probabilities, part.y)
    scores = {f"{name}_accuracy": accuracy, f"{name}_loss": loss}
    if matrix:
        predicted = model.classes_[probabilities.argmax(axis=1)]
        scores[f"{name}_confusion"] = confusion_matrix(part.y, predicted, labels=model.classes_)
    return scores
