"""Training a network on features of images in one of two ways: as a report did, or soundly."""

from dataclasses import asdict
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from .evaluation import accuracy_and_loss, areas_under_roc, evaluate
from .fitting import fit, make_model, prepare

VALIDATION = 0.1  # share of the training images


def image_parts(data, settings, ways):
    """Return the images whose features are needed.

    Parameters
    ----------
    data : ImageSet
    settings : CifarFeaturesSettings
    ways : sequence of Way
        In which the network will be trained.

    Returns
    -------
    dict of str to ndarray of uint8, shape (n_images, height, width, channels)
        'training' and 'test', and 'mirrored' training images if a way needs them.
    """
    parts = {"training": data.X_train, "test": data.X_test}
    if any(way.mirrors(settings) for way in ways):
        parts["mirrored"] = data.X_train[:, :, ::-1]
    return parts


class Rows(NamedTuple):
    """Features, scaled if they are to be, and names of classes."""

    X: np.ndarray  # to train on; n_images of the images themselves, then of those mirrored
    y: np.ndarray
    n_images: int
    X_watched: np.ndarray  # validation rows, or the test rows where there are none
    y_watched: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    scaler: StandardScaler | None


def choose_rows(way, settings, data, features):
    """Choose what a way trains on and watches; nothing is learned from the test images.

    Parameters
    ----------
    way : Way
    settings : CifarFeaturesSettings
    data : ImageSet
    features : dict of str to ndarray of shape (n_images, n_features)
        Those of `image_parts`.

    Returns
    -------
    Rows
    """
    names = np.array(data.class_names)
    y, y_test = names[data.y_train], names[data.y_test]
    X_test, chosen = features["test"], np.arange(len(y))
    X_watched, y_watched = X_test, y_test
    if way.validate:
        chosen, watched = train_test_split(
            chosen, test_size=VALIDATION, stratify=y, random_state=settings.seed
        )
        X_watched, y_watched = features["training"][watched], y[watched]
    X, y = features["training"][chosen], y[chosen]
    if way.mirrors(settings):
        X, y = np.concatenate([X, features["mirrored"][chosen]]), np.concatenate([y, y])
    scaler = None
    if way.standardize:
        scaler = StandardScaler().fit(X)
        X, X_watched, X_test = map(scaler.transform, (X, X_watched, X_test))
    return Rows(X, y, len(chosen), X_watched, y_watched, X_test, y_test, scaler)


def begin(way, settings, rows):
    """Make the network, and compile what it needs.

    Parameters
    ----------
    way : Way
    settings : CifarFeaturesSettings
    rows : Rows

    Returns
    -------
    model : MLPClassifier
        Not fitted yet.
    training : dict
        What a record says of the training; `train` and `score` fill in the rest.
    """
    training_settings = way.settings(settings)
    model = make_model(training_settings, len(rows.y)).set_params(restore_best=way.validate)
    training = {
        "settings": asdict(training_settings),
        "standardized": way.standardize,
        "mirrored": way.mirrors(settings),
        "n_train": len(rows.y),
        "n_validation": len(rows.y_watched) if way.validate else 0,
        "watched": "validation" if way.validate else "test",
        "model": None,
        "epochs": [],
        "results": None,
        "durations": {},
    }
    start = perf_counter()
    training["model"] = prepare(model, rows.X, rows.y, rows.X_test)
    training["durations"]["prepare"] = perf_counter() - start
    return model, training


def train(model, rows, training, epoch_ended):
    """Fit the network; `training` gets epochs and durations.

    Parameters
    ----------
    model : MLPClassifier
    rows : Rows
    training : dict
    epoch_ended : callable
        epoch_ended(is_best) -> bool: whether to stop.
    """
    start, processor_start = perf_counter(), process_time()
    best_epoch = fit(
        model,
        rows.X,
        rows.y,
        rows.X_watched,
        rows.y_watched,
        epochs=training["epochs"],
        epoch_ended=epoch_ended,
        other=training["watched"],
    )
    training["durations"]["train"] = perf_counter() - start
    training["durations"]["train_processor"] = process_time() - processor_start
    validated = training["watched"] == "validation"
    training["results"] = {"kept_epoch": best_epoch if validated else len(training["epochs"])}


def score(model, rows, training):
    """Score the fitted network; `training` gets the results.

    Parameters
    ----------
    model : MLPClassifier
    rows : Rows
    training : dict

    Returns
    -------
    probabilities : ndarray of shape (n_test, n_classes)
        Of the test images.
    """
    results, probabilities = evaluate(model, rows.X_test, rows.y_test)
    X, y = rows.X[: rows.n_images], rows.y[: rows.n_images]
    train_accuracy, train_loss = accuracy_and_loss(model.classes_, model.predict_proba(X), y)
    auc = areas_under_roc(model.classes_, probabilities, rows.y_test)
    training["results"] |= {
        "train_accuracy": train_accuracy,
        "train_loss": train_loss,
        **results,
        "same_for_all": bool((probabilities == probabilities[0]).all()),
        "auc": auc,
        "mean_auc": np.mean(list(auc.values())),
    }
    return probabilities
