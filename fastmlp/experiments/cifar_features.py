"""Features of CIFAR-10's images, and a network trained on them, in the way of a report and in a sound one."""

from dataclasses import replace
from time import perf_counter

import numpy as np
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ..limits import default_threads
from . import record as records
from .artifacts import save_model
from .cifar_features_figures import draw_map, draw_results, draw_samples
from .cifar_features_settings import BINARY, WAYS
from .extractors import TITLES, features_folder, make_extractor, without_cache
from .feature_training import begin, choose_rows, image_parts, score, train
from .interrupt import Interrupt
from .observer import FeaturesObserver

MODEL = "model.joblib"

#: What the report states about airplane and automobile, with the outputs of AlexNet's last layer.
REPORTED = {
    "report": "R1",
    "extractor": "AlexNet",
    "train_accuracy": 0.9718,
    "test_accuracy": 0.9515,
    "train_loss": 0.0704,
    "test_loss": 0.1450,
    "confusion_matrix": [[932, 70], [27, 970]],
}


def run(settings, data, folder, *, observer=None):
    """Look at images, extract features, train on them in both ways, score, draw and record.

    The model's file holds a pipeline from images to names of classes: extractor, scaler and network of the
    last training, which is the sound one.

    Parameters
    ----------
    settings : CifarFeaturesSettings
        With an extractor.
    data : ImageSet
        The classes to tell apart.
    folder : Path
        An empty, writable folder: gets the model, five plots and the record.
    observer : FeaturesObserver, optional

    Returns
    -------
    record : dict
        Its status is 'interrupted' if Ctrl-C ended a training early: what was trained until then was
        scored, drawn and kept.

    Raises
    ------
    ValueError, OSError, ImportError
        If the extractor's weights cannot be used, or training fails; the record says 'failed'.
    KeyboardInterrupt
        If Ctrl-C was pressed outside of training; the record says 'interrupted'.
    """
    n_threads = settings.threads or default_threads()
    reported = REPORTED if settings.classes == BINARY and settings.limit is None else None
    record = records.new_record(
        "cifar-features",
        settings,
        _describe(data),
        n_threads,
        device=settings.device,
        extraction={
            "title": TITLES[settings.extractor],
            "n_features": None,
            "weights_digest": None,
            "folder": None if settings.extractor == "pixels" else features_folder(),
            "parts": {},
        },
        map=None,
        trainings={},
        reported=reported,
    )
    records.carry_out(
        lambda: _run(settings, data, folder, record, observer or FeaturesObserver()), record, folder
    )
    return record


def limited(data, limit):
    """Return an image set with at most so many training images and test images of every class, the first."""
    parts = {}
    for part in ("train", "test"):
        X, y = getattr(data, f"X_{part}"), getattr(data, f"y_{part}")
        rows = np.sort(np.concatenate([np.flatnonzero(y == i)[:limit] for i in data.classes]))
        parts |= {f"X_{part}": X[rows], f"y_{part}": y[rows]}
    return replace(data, **parts)


def _describe(data):
    """Return what a record says about the data, dict."""
    counts = {
        part: np.bincount(y, minlength=len(data.class_names))
        for part, y in (("train", data.y_train), ("test", data.y_test))
    }
    return {
        "name": data.name,
        "title": data.title,
        "source": data.source,
        "image_shape": data.image_shape,
        "n_train": len(data.y_train),
        "n_test": len(data.y_test),
        "classes": data.class_names,
        "counts": counts,
    }


def _run(settings, data, folder, record, observer):
    """Fill the record; return whether Ctrl-C was pressed during training."""
    observer.data_ready(record)
    draw_samples(data, folder, record)
    with threadpool_limits(1):  # extractors have threads of their own; patterns are the same on any machine
        extractor, features = _extract(settings, data, record, observer)
    observer.mapping_starts(record)
    draw_map(data, features["training"], folder, record)
    probabilities = {}
    for way in WAYS:
        rows = choose_rows(way, settings, data, features)
        model, probabilities[way.name], interrupted = _train(way, settings, rows, record, observer)
        if interrupted:
            break
    steps = {"extractor": without_cache(extractor), "scaler": rows.scaler or "passthrough", "network": model}
    save_model(Pipeline(list(steps.items())), MODEL, folder, record)
    start = perf_counter()
    draw_results(data, probabilities, folder, record)
    record["durations"]["draw"] = perf_counter() - start
    return interrupted


def _extract(settings, data, record, observer):
    """Return the fitted extractor, and the features of every part of the images."""
    parts, called = image_parts(data, settings, WAYS), False

    def progress(n_done, n_images):
        nonlocal called
        called = True
        observer.extracting(n_done, n_images)

    extraction, features = record["extraction"], {}
    extractor = make_extractor(settings, record["n_threads"], progress)
    observer.extraction_starts(record)
    start = perf_counter()
    extractor.fit(data.X_train)
    record["durations"]["fit_extractor"] = perf_counter() - start
    extraction["weights_digest"] = getattr(extractor, "weights_digest_", None)
    for part, images in parts.items():
        observer.part_starts(part, len(images))
        called, start = False, perf_counter()
        features[part] = extractor.transform(images)
        extraction["parts"][part] = {
            "n_images": len(images),
            "seconds": perf_counter() - start,
            "from_cache": extraction["folder"] is not None and not called,
        }
        extraction["n_features"] = features[part].shape[1]
        observer.extracted(record, part)
    return extractor, features


def _train(way, settings, rows, record, observer):
    """Train and score; return the model, the test images' probabilities, and whether Ctrl-C was pressed."""
    model, training = begin(way, settings, rows)
    record["trainings"][way.name] = training
    observer.training_starts(record, way.name)
    with Interrupt() as interrupt:

        def epoch_ended(is_best):
            observer.epoch_ended(training, is_best)
            return interrupt.requested

        train(model, rows, training, epoch_ended)
    probabilities = score(model, rows, training)
    observer.evaluated(record, way.name)
    return model, probabilities, interrupt.requested
