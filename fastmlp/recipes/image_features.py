"""R1: networks trained on ImageNet as a source of features, beside learned patterns and raw pixels."""

import hashlib
from dataclasses import replace
from time import perf_counter

import numpy as np
from sklearn.preprocessing import StandardScaler

from .. import plots
from ..experiments.cifar_features import REPORTED, limited
from ..experiments.cifar_features_figures import losses, samples
from ..experiments.cifar_features_settings import (
    AS_REPORTED,
    BINARY,
    PRETRAINED,
    WAYS,
    CifarFeaturesSettings,
)
from ..experiments.exploration import COMPONENTS, maps, subset
from ..experiments.extractors import TITLES, find_weights, make_extractor, readable
from ..experiments.feature_training import begin, choose_rows, image_parts, score, train
from ..experiments.fitted import Fitted, LeftOut
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.recipe import losses as loss_figures
from ..experiments.text import percent
from ._image_features_findings import find

FIGURES = (*accuracies("train", "test"), *loss_figures("train", "test"), Figure("mean_auc", "test AUC", 4))
SIZES = {"patterns": 400, "layers": (512, 256), "epochs": 100, "limit": None, "mapped": 1000}


def two_classes(data):
    """Return CIFAR-10's airplanes and automobiles, the first two classes."""
    parts = {}
    for part in ("train", "test"):
        X, y = getattr(data, f"X_{part}"), getattr(data, f"y_{part}")
        rows = np.flatnonzero(y < len(BINARY))
        parts |= {f"X_{part}": X[rows], f"y_{part}": y[rows]}
    return replace(data, **parts, class_names=BINARY, title=", ".join(BINARY))


def fit(setting, data, seed, context):
    """Extract features, train on them in one way, and score.

    Raises
    ------
    LeftOut
        If the weights of a network trained on ImageNet are not found, or cannot be read here.
    """
    chosen = dict(setting.parameters)
    name, n_mapped = chosen.pop("way"), chosen.pop("mapped")
    way = next(way for way in WAYS if way.name == name)
    settings = CifarFeaturesSettings(
        weights=_weights(chosen["extractor"], context.data_folder),
        seed=seed,
        threads=context.n_threads,
        device=context.device,
        **chosen,
    )
    data = _subset(data, settings.limit)
    start = perf_counter()
    extractor = make_extractor(settings, context.n_threads, False).fit(data.X_train)
    parts = image_parts(data, settings, [way])
    features = {part: extractor.transform(images) for part, images in parts.items()}
    extracted = perf_counter()
    rows = choose_rows(way, settings, data, features)
    model, training = begin(way, settings, rows)

    def epoch_ended(is_best):
        context.tell(len(training["epochs"]), model.max_iter)
        return False

    train(model, rows, training, epoch_ended)
    probabilities = score(model, rows, training)
    silent = ~model.hidden_features(rows.X_test).any(axis=0)
    results = training["results"]
    durations = training["durations"] | {
        "extract": extracted - start,  # near zero where the features were kept from before
        "predict": results.pop("predict_seconds"),
    }
    for epoch in training["epochs"]:
        del epoch["seconds"], epoch["images_per_second"]
    for name in ("threads", "device"):
        del training["settings"][name]
    shown = {name: training[name] for name in ("settings", "watched", "epochs", "n_train", "n_validation")}
    return Fitted(
        results
        | {
            "training": shown | {"results": {"kept_epoch": results["kept_epoch"]}},
            "network": training["model"],
            "weights_digest": getattr(extractor, "weights_digest_", None),
            "probabilities": probabilities[:, 1],
            "silent_units": silent.mean(),  # share of the last hidden layer's that are 0 for all test images
            "map": _map(features["training"], n_mapped, seed) if way is AS_REPORTED else None,
        },
        durations,
    )


def inputs(setting, context):
    """Return the digest of the file of weights that a fit reads, None if it is not there."""
    extractor = setting.parameters["extractor"]
    if extractor not in PRETRAINED:
        return {}
    path = find_weights(extractor, context.data_folder)
    if path is None:
        return {"weights": None}
    with path.open("rb") as file:
        return {"weights": hashlib.file_digest(file, "blake2b").hexdigest()[:16]}


def _weights(extractor, folder):
    """Return the file of an extractor's weights, None if it needs none."""
    if extractor not in PRETRAINED:
        return None
    path = find_weights(extractor, folder)
    if path is None:
        raise LeftOut(
            f"There are no weights of {TITLES[extractor]} in the data folders; `fastmlp cifar-features "
            "--help` says where they are looked for."
        )
    if not readable(path):
        raise LeftOut(f"What reads {path.name}, the weights of {TITLES[extractor]}, is not installed.")
    return str(path)


def _subset(data, limit):
    """Return what is trained and tested on."""
    data = two_classes(data)
    return data if limit is None else limited(data, limit)


def _map(features, most, seed):
    """Map some training images to the plane by their features."""
    rows = subset(len(features), most, seed)
    table = StandardScaler().fit_transform(features[rows])
    return {"rows": rows, "points": maps({"": table}, seed, 1)[""].round(2)}


def draw(outcome):
    """Draw images and their map, losses, confusion matrices and ROC curves; return a dict of Figures."""
    settings = outcome.settings()
    data = _subset(outcome.data, settings[0].parameters["limit"])
    figures = {"samples.png": samples(data, 0)}
    mapped = {s.name: outcome.first(s.key)["map"] for s in outcome.settings(AS_REPORTED.name)}
    if mapped:
        figures["tsne.png"] = plots.embeddings(
            {name: each["points"] for name, each in mapped.items()},
            {name: data.y_train[each["rows"]] for name, each in mapped.items()},
            data.class_names,
            title=f"t-SNE of training images' features, after PCA to at most {COMPONENTS} components",
        )
    for way in WAYS:
        results = {s.name: outcome.first(s.key) for s in outcome.settings(way.name)}
        if not results:
            continue
        stem, title = "-".join(way.name.split()), f"{data.title}: {way.name}"
        probabilities = {name: np.array(one["probabilities"]) for name, one in results.items()}
        matrices = {
            f"{name}\n{percent(one['test_accuracy'])}": np.array(one["confusion_matrix"])
            for name, one in results.items()
        }
        if way is AS_REPORTED and settings[0].parameters["limit"] is None:
            stated = f"AlexNet, reported\n{percent(REPORTED['test_accuracy'])}"
            matrices = {stated: np.array(REPORTED["confusion_matrix"])} | matrices
        figures |= {
            f"loss-{stem}.png": plots.loss_curves(
                [losses(name, one["training"]) for name, one in results.items()], title=title
            ),
            f"confusion-{stem}.png": plots.confusions(
                matrices,
                data.class_names,
                title=f"{title}, {len(data.y_test):,} test images",
                n_columns=2 if len(matrices) > 3 else None,
            ),
            f"roc-{stem}.png": plots.roc_curves(
                data.y_test,
                {name: np.stack([1 - p, p], axis=1) for name, p in probabilities.items()},
                data.class_names,
                title=title,
            ),
        }
    return figures


def _settings():
    """Yield every extractor in both ways; what the report states is of AlexNet."""
    reported = {figure.name: REPORTED[figure.name] for figure in FIGURES if figure.name in REPORTED}
    for way in WAYS:
        for extractor in ("alexnet", "squeezenet", "patches", "pixels"):
            beside = reported if way is AS_REPORTED and extractor == "alexnet" else {}
            parameters = SIZES | {"extractor": extractor, "way": way.name}
            yield Setting(TITLES[extractor], parameters, beside, way.name)


RECIPE = Recipe(
    name="image-features",
    title="Features of airplanes and automobiles",
    shows="CIFAR-10, two classes: ImageNet networks, learned patterns or pixels under a small network",
    report="R1",
    data="cifar10",
    settings=tuple(_settings()),
    fit=fit,
    figures=FIGURES,
    find=find,
    draw=draw,
    inputs=inputs,
    seeds=1,
    quick={"limit": 25, "patterns": 20, "epochs": 2, "mapped": 50},
    duration="5 min",
    version=3,
)
