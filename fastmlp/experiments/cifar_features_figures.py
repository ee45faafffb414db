"""The pictures of `cifar-features`."""

from time import perf_counter

import numpy as np
from sklearn.preprocessing import StandardScaler

from .. import plots
from .artifacts import save_figures
from .exploration import COMPONENTS, maps, some_of_each, subset
from .extractors import flat_pixels
from .settings import training_only

SAMPLES, MAP, LOSSES, CONFUSION, ROC = "samples.png", "tsne.png", "loss.png", "confusion.png", "roc.png"
COLUMNS = 10  # sample images of a class
NAMED = 4  # classes that a title has room for
MAPPED = 2000  # training images in the map


def samples(data, seed):
    """Draw a few training images of every class, beside the counts; return a Figure."""
    n_train, n_test = (np.bincount(y, minlength=len(data.class_names)) for y in (data.y_train, data.y_test))
    n_columns = min(COLUMNS, *n_train)
    rows = some_of_each(data.y_train, len(data.class_names), n_columns, seed)
    return plots.sample_images(
        data.X_train[rows],
        data.class_names,
        [
            f"{train:,} for training\n{test:,} for testing"
            for train, test in zip(n_train, n_test, strict=True)
        ],
        title="CIFAR-10: images of every class, drawn at random",
    )


def draw_samples(data, folder, record):
    """Write the picture of a few training images of every class."""
    save_figures({SAMPLES: samples(data, record["seed"])}, folder, record)


def losses(name, training):
    """Return what `plots.loss_curves` draws of a training.

    Parameters
    ----------
    name : str
    training : dict
        As `feature_training` fills it.

    Returns
    -------
    Losses
    """
    watched = training["watched"]
    return plots.Losses(
        name,
        [epoch["loss"] for epoch in training["epochs"]],
        [epoch[f"{watched}_loss"] for epoch in training["epochs"]],
        watched,
        training["results"]["kept_epoch"] if watched == "validation" else None,
        training_only(training["settings"]),
    )


def draw_map(data, features, folder, record):
    """Write the map of pixels and features of some training images."""
    start = perf_counter()
    rows = subset(len(data.y_train), MAPPED, record["seed"])
    tables = {
        "pixels": flat_pixels(data.X_train[rows]),
        f"features: {record['extraction']['title']}": StandardScaler().fit_transform(features[rows]),
    }
    if record["settings"]["extractor"] == "pixels":
        tables.popitem()
    points = maps(tables, record["seed"], record["n_threads"])
    figure = plots.embeddings(
        points,
        data.y_train[rows],
        data.class_names,
        title=f"t-SNE of {len(rows):,} training images, after PCA to {COMPONENTS} components",
    )
    save_figures({MAP: figure}, folder, record)
    record["map"] = {"n_images": len(rows), "components": COMPONENTS}
    record["durations"]["map"] = perf_counter() - start


def draw_results(data, probabilities, folder, record):
    """Write losses, confusion matrices and ROC curves of all trainings."""
    trainings, n_test = record["trainings"], record["data"]["n_test"]
    features = f"features: {record['extraction']['title']}"
    n_classes = len(data.class_names)
    classes = data.title if n_classes <= NAMED else f"CIFAR-10, {n_classes} classes"
    title = f"{classes}\n{features}"
    matrices = {
        f"setting {name!r}: {100 * training['results']['test_accuracy']:.2f} % correct": training["results"][
            "confusion_matrix"
        ]
        for name, training in trainings.items()
    }
    figures = {
        LOSSES: plots.loss_curves([losses(*item) for item in trainings.items()], title=title),
        CONFUSION: plots.confusions(
            matrices, data.class_names, title=f"{classes}, {n_test:,} test images\n{features}"
        ),
        ROC: plots.roc_curves(data.y_test, probabilities, data.class_names, title=title),
    }
    save_figures(figures, folder, record)
