"""A run of `cifar-features` from its options to its files, on small synthetic images."""

import io
import json
import os
import re
import signal
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from rich.console import Console
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_memory

from fastmlp.cli.cifar_features_display import CifarFeaturesDisplay
from fastmlp.datasets import load_cifar10
from fastmlp.datasets.cifar10_files import CLASSES, find_files
from fastmlp.experiments import cifar_features, extractors, feature_training
from fastmlp.experiments.cifar_features import REPORTED

from ..datasets.cifar10_format import BATCHES, batch_files, write_folder

DATA = os.environ.get("FASTMLP_DATA")  # before the tests' own fixture hides it
QUICK = ("--device", "ref", "--epochs", "6", "--layers", "16,8", "--batch-size", "20")
PLOTS = {"samples.png", "tsne.png", "loss.png", "confusion.png", "roc.png"}
FILES = PLOTS | {"model.joblib", "record.json"}
EPOCH_LINE = re.compile(
    r"^ +\d+ +\d+\.\d{4} +\d+\.\d{4} +\d+\.\d\d % +\S+ +\d+\.\d{3} +[\d,]+(  best)?$", re.M
)


@pytest.fixture
def cifar(tmp_path):
    """A folder with 40 training and 20 test images of every class, each class of its own colour."""
    rng = np.random.RandomState(0)
    colours = rng.randint(0, 256, (10, 3, 1))

    def batch(n_of_each):
        labels = rng.permutation(np.repeat(np.arange(10), n_of_each))
        pixels = colours[labels] + rng.normal(0, 60, (len(labels), 3, 1024))
        return pixels.clip(0, 255).astype(np.uint8).reshape(len(labels), -1), labels

    write_folder(
        tmp_path / "data",
        "bin",
        batch_files({name: batch(8 if "d" in name else 20) for name in BATCHES}, "bin"),
    )
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def quick_maps(request, monkeypatch):
    """Show the first two columns instead of t-SNE in tests that do not ask for `real_maps`."""
    if "real_maps" not in request.fixturenames:
        monkeypatch.setattr(
            "fastmlp.experiments.cifar_features_figures.maps",
            lambda tables, seed, n_threads: {name: rows[:, :2] for name, rows in tables.items()},
        )


@pytest.fixture
def real_maps():
    """Run t-SNE."""


@pytest.fixture
def extract(cli, cifar, tmp_path):
    """Run the command quickly; return exit code, output, error output, record, folder."""

    def call(*words, out="out", extractor="pixels"):
        chosen = ("--extractor", extractor) if extractor else ()
        code, text, err = cli(
            "cifar-features", "--data", cifar, "--out", tmp_path / out, *QUICK, *chosen, *words
        )
        path = tmp_path / out / "record.json"
        record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return code, text, err, record, tmp_path / out

    return call


class MeanColours(TransformerMixin, BaseEstimator):
    """Stands for a pretrained extractor: keeps results, reports progress."""

    def __init__(self, weights=None, memory=None, verbose=False, n_threads=None, device="cpu"):
        self.weights, self.memory, self.verbose = weights, memory, verbose
        self.n_threads, self.device = n_threads, device

    def fit(self, X, y=None):
        assert Path(self.weights).is_file()
        self.weights_digest_ = f"of {Path(self.weights).name}"
        return self

    def transform(self, X):
        return check_memory(self.memory).cache(mean_colours, ignore=["verbose"])(np.array(X), self.verbose)


def mean_colours(images, verbose):
    if callable(verbose):
        verbose(len(images) // 2, len(images))
        verbose(len(images), len(images))
    return images.mean(axis=(1, 2), dtype=np.float32)


@pytest.fixture
def weights(monkeypatch, cifar):
    """A file for every pretrained extractor, all of which are replaced."""
    monkeypatch.setattr(extractors, "KINDS", dict.fromkeys(extractors.KINDS, MeanColours))
    paths = {
        "squeezenet": cifar / "squeezenet" / "squeezenet_v1.0.npz",
        "alexnet": cifar / "alexnet" / "a.npz",
    }
    for path in paths.values():
        path.parent.mkdir()
        path.write_bytes(b"weights")
    return paths


@pytest.mark.usefixtures("real_plots", "real_maps")
def test_record_and_files(extract, cifar):
    code, out, err, record, folder = extract("--patterns", "8", "--seed", "3", extractor="patches")
    assert (code, err) == (0, "")
    assert {path.name for path in folder.iterdir()} == FILES
    assert {*record["files"], "record.json"} == FILES
    assert out.rstrip().splitlines()[-1] == str(folder)
    for name in PLOTS:
        assert (folder / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")

    assert (record["experiment"], record["status"], record["error"]) == ("cifar-features", "completed", None)
    assert record["seed"] == record["settings"]["seed"] == 3
    assert record["settings"]["classes"] == ["airplane", "automobile"]
    assert record["data"]["counts"] == {"train": [40, 40], "test": [20, 20]}
    assert record["data"]["source"] == str(cifar / "cifar-10-batches-bin")
    assert record["extraction"]["n_features"] == 4 * 8
    assert {name: part["n_images"] for name, part in record["extraction"]["parts"].items()} == {
        "training": 80,
        "test": 40,
        "mirrored": 80,
    }
    assert record["map"] == {"n_images": 80, "components": 50}
    assert record["reported"] == json.loads(json.dumps(REPORTED))
    assert {"python", "numpy", "scikit-learn", "fastmlp"} <= set(record["versions"])
    assert {"cpu", "cores", "instruction_set"} <= set(record["machine"])
    assert {"fit_extractor", "map", "draw"} == set(record["durations"])

    reported, sound = record["trainings"]["as reported"], record["trainings"]["sound"]
    assert list(record["trainings"]) == ["as reported", "sound"]
    assert (reported["n_train"], reported["n_validation"], reported["watched"]) == (80, 0, "test")
    assert (sound["n_train"], sound["n_validation"], sound["watched"]) == (2 * 72, 8, "validation")
    assert (reported["settings"]["learning_rate"], reported["settings"]["dropout"]) == (0.01, [0.0, 0.0])
    for training in (reported, sound):
        results, epochs = training["results"], training["epochs"]
        assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3, 4, 5, 6]
        assert training["model"]["layer_sizes"] == [32, 16, 8, 1]
        assert {"prepare", "train", "train_processor"} == set(training["durations"])
        matrix = np.array(results["confusion_matrix"])
        assert matrix.sum() == 40
        assert results["test_accuracy"] == np.trace(matrix) / 40
        assert set(results["auc"]) == {"airplane", "automobile"}
        assert results["mean_auc"] == pytest.approx(results["auc"]["automobile"])
        assert 0 <= results["train_accuracy"] <= 1
        assert results["train_loss"] > 0
    assert reported["results"]["kept_epoch"] == 6
    assert reported["epochs"][-1]["test_accuracy"] == reported["results"]["test_accuracy"]
    scores = [epoch["validation_accuracy"] for epoch in sound["epochs"]]
    assert sound["results"]["kept_epoch"] == 1 + scores.index(max(scores))

    model, data = (
        joblib.load(folder / "model.joblib"),
        load_cifar10(cifar, classes=("airplane", "automobile")),
    )
    names = np.array(data.class_names)[data.y_test]
    assert model.score(data.X_test, names) == sound["results"]["test_accuracy"]
    assert model["extractor"].memory is None
    assert f'joblib.load("{(folder / "model.joblib").as_posix()}")' in out


def test_lines_of_a_run_that_is_not_on_a_terminal(extract):
    code, out, _, record, _ = extract()
    assert code == 0
    assert "\x1b" not in out
    assert "80 images for training, 40 for testing; 32 x 32 pixels, 3 colours" in out
    for name in ("airplane", "automobile"):
        assert re.search(rf"^ +{name} +40 +20 *$", out, re.M)
    assert "pixels: raw pixels" in out
    assert re.search(r"^  80 training images in \S+ m?s \([\d,]+ images/s\)$", out, re.M)
    assert "from the cache" not in out
    assert "3,072 features of every image\n" in out
    assert len(EPOCH_LINE.findall(out)) == 6 + 6
    for training in record["trainings"].values():
        assert training["model"]["summary"] in out
        assert f"Test accuracy {100 * training['results']['test_accuracy']:.2f} %" in out
    assert "The report does not state the size of the batches." in out


def test_ten_lines_of_many_epochs_as_reported(extract):
    _, out, *_ = extract("--epochs", "50")
    shown = out.partition("Training, as reported")[2].partition("Test accuracy")[0]
    assert [int(line.split()[0]) for line in shown.splitlines() if EPOCH_LINE.match(line)] == [
        *range(5, 51, 5)
    ]


def test_reported_figures_beside_reproduced_ones(extract):
    _, out, _, record, _ = extract()
    table = out.partition("report R1")[2]
    results = [training["results"] for training in record["trainings"].values()]
    for name, shown in {
        "train accuracy": "97.18 %",
        "test accuracy": "95.15 %",
        "train loss": "0.0704",
        "test loss": "0.1450",
    }.items():
        key = name.replace(" ", "_")
        cells = [f"{100 * r[key]:.2f} %" if "accuracy" in name else f"{r[key]:.4f}" for r in results]
        assert re.search(rf"^ +{name} +{' +'.join(map(re.escape, [shown, *cells]))} *$", table, re.M)
    rows = [[r["confusion_matrix"][i] for r in results] for i in range(2)]
    for i, reported in enumerate(REPORTED["confusion_matrix"]):
        cells = " +".join(str(count) for row in [reported, *rows[i]] for count in row)
        assert re.search(rf"(confusion matrix)? +{cells} *$", table, re.M)
    reasons = out.partition("The figures differ from the report's because ")[2]
    assert reasons.startswith(
        "the features are another extractor's (raw pixels instead of AlexNet's); layers and epochs are not "
        "the report's; the sound setting standardises features"
    )
    assert "sum to 1,002 and 997, though there are 1,000 test images of each class" in out


@pytest.mark.parametrize("words", [("--classes", "cat", "dog"), ("--limit", "30")])
def test_the_report_is_about_all_airplanes_and_automobiles(extract, words):
    code, out, _, record, _ = extract(*words)
    assert code == 0
    assert record["reported"] is None
    assert "report R1" not in out
    assert "1,002" not in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("dog", "cat"), ["cat", "dog"]),
        (("ship,cat", "horse"), ["cat", "horse", "ship"]),
        (("all",), list(CLASSES)),
    ],
)
def test_classes(extract, monkeypatch, words, expected):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err, record, _ = extract("--classes", *words, "--limit", "20")
    assert (code, err) == (0, "")
    assert record["data"]["classes"] == record["trainings"]["sound"]["results"]["labels"] == expected
    assert record["data"]["counts"] == {"train": [20] * len(expected), "test": [20] * len(expected)}
    assert set(record["trainings"]["sound"]["results"]["auc"]) == set(expected)
    assert ("Errors of the training 'sound'" in out) == (len(expected) > 2)
    assert ("Confusion matrix (rows" in out) == (2 < len(expected) < 10)  # ten need more than 80 columns


def test_limit_takes_the_first_images(extract, cifar):
    *_, record, _ = extract("--limit", "25")
    assert record["data"]["counts"] == {"train": [25, 25], "test": [20, 20]}
    data = load_cifar10(cifar, classes=("airplane", "automobile"))
    few = cifar_features.limited(data, 25)
    for i in (0, 1):
        np.testing.assert_array_equal(few.X_train[few.y_train == i], data.X_train[data.y_train == i][:25])


def test_a_second_run_has_the_features_at_once(extract, weights):
    _, out, _, first, _ = extract(extractor="squeezenet")
    assert "from the cache" not in out
    assert "kept in" in out
    _, out, _, second, _ = extract(extractor="squeezenet", out="again")
    assert out.count("(from the cache)") == 2
    for record, cached in ((first, False), (second, True)):
        assert {part["from_cache"] for part in record["extraction"]["parts"].values()} == {cached}
    assert (
        first["trainings"]["sound"]["results"]["test_loss"]
        == second["trainings"]["sound"]["results"]["test_loss"]
    )


def test_seed_decides_everything(extract):
    runs = [extract("--seed", seed, out=f"run{i}")[3] for i, seed in enumerate("112")]
    losses = [
        [epoch["loss"] for training in run["trainings"].values() for epoch in training["epochs"]]
        for run in runs
    ]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_results_are_the_same_at_any_number_of_threads(extract, monkeypatch, tmp_path):
    losses = []
    for n_threads in ("1", "2"):
        # nothing may come from the cache
        monkeypatch.setattr(extractors, "user_cache", lambda n_threads=n_threads: tmp_path / n_threads)
        words = ("--patterns", "8", "--limit", "20", "--threads", n_threads)
        *_, record, _ = extract(*words, extractor="patches", out=f"run{n_threads}")
        assert record["n_threads"] == int(n_threads)
        assert not record["extraction"]["parts"]["training"]["from_cache"]
        losses.append([epoch["loss"] for epoch in record["trainings"]["sound"]["epochs"]])
    assert losses[0] == losses[1]


def test_dead_units_are_explained(extract, monkeypatch):
    evaluate, calls = feature_training.evaluate, []

    def evaluate_dead(model, X, y):
        results, probabilities = evaluate(model, X, y)
        calls.append(model)
        return results, np.full_like(probabilities, 0.5) if len(calls) == 1 else probabilities

    monkeypatch.setattr(feature_training, "evaluate", evaluate_dead)
    _, out, _, record, _ = extract()
    sentence = "The network trained {} answers the same for every image: its relu units are dead"
    assert sentence.format("as reported") in out
    assert sentence.format("sound") not in out
    results = [training["results"] for training in record["trainings"].values()]
    assert [r["same_for_all"] for r in results] == [True, False]
    assert results[0]["mean_auc"] == 0.5


# The extractor


def test_patches_without_weights_come_with_a_loud_notice(extract, tmp_path):
    code, out, err, record, _ = extract("--patterns", "8", extractor=None)
    assert (code, err) == (0, "")
    assert record["settings"]["extractor"] == "patches"
    assert record["settings"]["weights"] is None
    assert "patches: learned patterns of patches" in out
    assert "NOTICE" in out
    text = " ".join(out.replace("│", " ").split())
    assert "There are no weights of a network trained on ImageNet" in text
    assert "squeezenet_v1.0.npz" in text
    assert "--download" in text


def test_the_first_extractor_with_weights_is_the_default(extract, weights):
    for name, title in (("squeezenet", "SqueezeNet v1.0 (ImageNet)"), ("alexnet", "AlexNet (ImageNet)")):
        code, out, err, record, _ = extract(extractor=None, out=name)
        assert (code, err) == (0, "")
        assert "NOTICE" not in out
        assert f"{name}: {title}, weights from {weights[name]}" in out
        assert record["settings"]["extractor"] == name
        assert record["settings"]["weights"] == str(weights[name])
        assert set(record["extraction"]["parts"]) == {"training", "test"}  # they gain nothing from mirroring
        assert record["extraction"]["weights_digest"] == f"of {weights[name].name}"
        weights[name].unlink()


def test_weights_are_those_named(extract, weights, tmp_path):
    (tmp_path / "mine.npz").write_bytes(b"")
    *_, record, _ = extract("--weights", tmp_path / "mine.npz", extractor="alexnet")
    assert record["settings"]["weights"] == str(tmp_path / "mine.npz")


def test_weights_in_other_places(extract, weights, tmp_path, monkeypatch):
    """Where CIFAR-10 is not, though --data names one place."""
    other = tmp_path / "other" / "squeezenet"
    other.mkdir(parents=True)
    weights["squeezenet"].rename(other / "squeezenet_v1.0.npz")
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / "other"))
    *_, record, _ = extract(extractor="squeezenet")
    assert record["settings"]["weights"] == str(other / "squeezenet_v1.0.npz")


@pytest.mark.parametrize(
    ("extractor", "words", "message"),
    [
        (
            "squeezenet",
            (),
            "There are no weights of squeezenet in '{data}' or '{cache}' (FASTMLP_DATA is not set).",
        ),
        ("alexnet", (), "or let --download fetch the published one (233 MB"),
        (
            "squeezenet",
            ("--weights", "nowhere.npz"),
            "There is no file 'nowhere.npz'. Name a file with squeezenet's",
        ),
    ],
)
def test_missing_weights(extract, cifar, tmp_path, extractor, words, message):
    code, _, err, record, _ = extract(*words, extractor=extractor)
    assert code == 1
    assert message.format(data=cifar, cache=tmp_path / "no-cache") in err
    assert len(err.splitlines()) == 1
    assert record is None


def test_weights_that_cannot_be_read(extract, tmp_path):
    """The extractor's own error; the record has it."""
    (tmp_path / "damaged.npz").write_bytes(b"?")
    code, _, err, record, folder = extract("--weights", tmp_path / "damaged.npz", extractor="squeezenet")
    assert code == 1
    assert "damaged.npz" in err
    assert len(err.splitlines()) == 1
    assert record["status"] == "failed"
    assert "damaged.npz" in record["error"]
    assert {path.name for path in folder.iterdir()} == {"samples.png", "record.json"}


def test_download_needs_pytorch(extract, monkeypatch):
    monkeypatch.setattr(extractors, "find_spec", lambda name: None)
    monkeypatch.setattr(extractors, "fetch_alexnet", None)
    code, _, err, record, _ = extract("--download", extractor="alexnet")
    assert code == 1
    assert "which only PyTorch reads, and it is not installed here" in err
    assert record is None


def test_download(extract, weights, monkeypatch):
    path = weights["alexnet"].rename(weights["alexnet"].with_suffix(".elsewhere"))

    def fetch(progress):
        progress(100 << 20, 233 << 20)
        progress(233 << 20, 233 << 20)
        return path

    monkeypatch.setattr(extractors, "find_spec", lambda name: True)
    monkeypatch.setattr(extractors, "fetch_alexnet", fetch)
    code, out, _, record, _ = extract("--download", extractor="alexnet")
    assert code == 0
    assert "Fetching AlexNet's weights ..." in out
    assert record["settings"]["weights"] == str(path)


def test_terminal_gets_progress_bars(extract, weights, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(
        "fastmlp.cli.display.Console", partial(Console, file=stream, force_terminal=True, width=120)
    )
    code, *_ = extract(extractor="squeezenet")
    assert code == 0
    shown = stream.getvalue()
    assert "80/80" in shown
    assert "images/s" in shown
    assert "6/6" in shown
    assert "\x1b[?25h" in shown  # the cursor is back


def test_slow_extraction_is_reported_elsewhere_too(extract, weights, monkeypatch):
    monkeypatch.setattr("fastmlp.cli.cifar_features_display.SECONDS", 0)
    _, out, *_ = extract(extractor="squeezenet")
    assert re.search(r"^  training images: 40 of 80, [\d,]+ images/s$", out, re.M)


# What is wrong


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--classes airplane plane",
            "argument --classes: 'plane' is no class of CIFAR-10; choose from airplane, ",
        ),
        ("--classes cat", "argument --classes: cat alone is one class; name two or more to tell apart"),
        ("--classes cat,cat", "argument --classes: cat alone is one class"),
        ("--classes", "argument --classes: expected at least one argument"),
        ("--extractor vgg", "'vgg' is unknown; choose from squeezenet, alexnet, patches, pixels"),
        ("--limit 19", "argument --limit: '19' is not a whole number >= 20"),
        ("--epochs 0", "argument --epochs: '0' is not a whole number >= 1"),
        ("--layers wide", "'wide' is not a whole number >= 1; give widths such as 256,128, or none"),
        ("--weights x.npz", "argument --weights: it needs an extractor; add --extractor squeezenet or"),
        ("--extractor pixels --weights x.npz", "argument --weights: no weights are read by 'pixels'; add"),
        ("--download", "argument --download: only alexnet's weights can be fetched; add --extractor alexnet"),
    ],
)
def test_wrong_options(cli, tmp_path, words, message):
    code, out, err = cli("cifar-features", *words.split())
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("fastmlp cifar-features: error: ")
    assert message in first
    assert second == "see `fastmlp cifar-features --help`"
    assert not (tmp_path / "runs").exists()


def test_an_unknown_class_lists_all_ten(cli):
    _, _, err = cli("cifar-features", "--classes", "plane")
    assert f"choose from {', '.join(CLASSES)}, or all" in err


def test_help_names_classes_and_extractors(cli):
    text = " ".join(cli("cifar-features", "--help")[1].split())
    assert ", ".join(CLASSES) in text
    for name in extractors.TITLES:
        assert re.search(rf"\b{name}\b", text)
    assert "(default: airplane automobile)" in text


def test_no_cifar10_at_all(cli, tmp_path):
    code, _, err = cli("cifar-features", "--extractor", "pixels")
    assert code == 1
    assert err.startswith(
        f"fastmlp: error: CIFAR-10 is not in '{tmp_path / 'no-cache'}', and openml.org could not"
    )
    assert "cifar-10-binary.tar.gz" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_data_folder_without_cifar10(cli, tmp_path):
    code, _, err = cli("cifar-features", "--extractor", "pixels", "--data", tmp_path)
    assert code == 1
    assert err.startswith(f"fastmlp: error: There is no CIFAR-10 in '{tmp_path}'")


def test_unwritable_folder_is_found_before_the_run(extract, tmp_path, monkeypatch):
    monkeypatch.setattr(cifar_features, "run", None)
    (tmp_path / "out").write_text("")
    code, _, err, *_ = extract()
    assert code == 1
    assert err.startswith(f"fastmlp: error: Cannot write to the folder '{tmp_path / 'out'}'")


def test_another_run_is_never_overwritten(extract):
    assert extract()[0] == 0
    code, _, err, *_ = extract()
    assert code == 1
    assert "holds another run (record.json)" in err


def test_missing_extras(cli, monkeypatch):
    monkeypatch.setattr("fastmlp.cli.extras.find_spec", lambda name: None)
    assert cli("cifar-features")[2].startswith("fastmlp: error: The command line needs rich and matplotlib")


# Ctrl-C


def press_ctrl_c_in(monkeypatch, watched, at):
    """Deliver SIGINT while an epoch of the training that watches those images is reported."""
    report = CifarFeaturesDisplay.epoch_ended

    def epoch_ended(self, training, is_best):
        report(self, training, is_best)
        if training["watched"] == watched and len(training["epochs"]) == at:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(CifarFeaturesDisplay, "epoch_ended", epoch_ended)


@pytest.mark.parametrize(
    ("watched", "names"), [("test", ["as reported"]), ("validation", ["as reported", "sound"])]
)
def test_ctrl_c_keeps_what_was_trained(extract, cifar, monkeypatch, watched, names):
    press_ctrl_c_in(monkeypatch, watched, 2)
    code, out, err, record, folder = extract()
    assert (code, err) == (130, "")
    assert record["status"] == "interrupted"
    assert list(record["trainings"]) == names
    last = record["trainings"][names[-1]]
    assert len(last["epochs"]) == 2
    assert f"Interrupted after epoch 2 of {names[-1]!r}: what was trained was kept." in out
    assert {path.name for path in folder.iterdir()} == FILES
    model, data = (
        joblib.load(folder / "model.joblib"),
        load_cifar10(cifar, classes=("airplane", "automobile")),
    )
    assert (
        model.score(data.X_test, np.array(data.class_names)[data.y_test]) == last["results"]["test_accuracy"]
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("moment", "files"),
    [
        ("_extract", {"samples.png"}),
        ("draw_map", {"samples.png"}),
        ("begin", {"samples.png", "tsne.png"}),
        ("draw_results", {"samples.png", "tsne.png", "model.joblib"}),
    ],
)
def test_ctrl_c_outside_of_training(extract, monkeypatch, moment, files):
    def press(*args):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cifar_features, moment, press)
    code, out, err, record, folder = extract()
    assert (code, err) == (130, "Interrupted.\n")
    assert (record["status"], record["error"]) == ("interrupted", None)
    assert str(folder) in out
    assert {path.name for path in folder.iterdir()} == files | {"record.json"}


@pytest.mark.real_data
@pytest.mark.skipif(not DATA or find_files(DATA) is None, reason="FASTMLP_DATA names no folder with CIFAR-10")
def test_patches_on_real_cifar10(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTMLP_DATA", DATA)
    code, _, err = cli(
        "cifar-features", "--extractor", "patches", "--epochs", "40", "--out", tmp_path / "out"
    )
    assert code == 0, err
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["data"]["counts"] == {"train": [5000, 5000], "test": [1000, 1000]}
    assert record["trainings"]["sound"]["results"]["test_accuracy"] >= 0.9515
