"""A run of `mnist` from its options to its files."""

import io
import json
import math
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from rich.console import Console

import fastmlp
from fastmlp.cli.mnist_display import MnistDisplay
from fastmlp.datasets import load_mnist
from fastmlp.experiments import mnist
from fastmlp.experiments.environment import usable_cores
from fastmlp.experiments.text import duration
from fastmlp.kernels.cpu import engine
from fastmlp.limits import default_threads
from fastmlp.network import Network

from .conftest import WORK_FOR_TWO_THREADS

ROOT = Path(fastmlp.__file__).parent.parent
DATA = os.environ.get("FASTMLP_DATA")  # before the tests' own fixture hides it

FILES = {"model.joblib", "curves.png", "confusion.png", "misclassified.png", "record.json"}
EPOCH_LINE = re.compile(
    r"^ +\d+ +\d+\.\d{4} +\d+\.\d{4} +\d+\.\d\d % +\S+ +\d+\.\d{3} +[\d,]+(  best)?$", re.M
)

RECORD = {
    "schema": dict,
    "experiment": str,
    "status": str,
    "started": str,
    "finished": str,
    "settings": dict,
    "seed": int,
    "data": dict,
    "versions": dict,
    "machine": dict,
    "n_threads": int,
    "model": dict,
    "epochs": list,
    "results": dict,
    "comparison": (dict, type(None)),
    "durations": dict,
    "files": list,
    "error": (str, type(None)),
}
EPOCH = {
    "epoch": int,
    "loss": float,
    "validation_loss": float,
    "validation_accuracy": float,
    "learning_rate": float,
    "seconds": float,
    "rows": int,
    "images_per_second": float,
}
RESULTS = {
    "best_epoch": int,
    "best_validation_accuracy": float,
    "test_accuracy": float,
    "test_loss": float,
    "n_misclassified": int,
    "labels": list,
    "confusion_matrix": list,
    "most_confused": list,
    "predict_seconds": float,
}


def check_types(entries, schema):
    assert set(entries) == set(schema)
    for name, kind in schema.items():
        assert isinstance(entries[name], kind), name


@pytest.mark.filterwarnings("ignore:This is NOT")
@pytest.mark.usefixtures("real_plots")
def test_record_and_files(train, digits):
    code, out, err, record, folder = train("--seed", "3", "--epochs", "4")
    assert (code, err) == (0, "")
    assert {path.name for path in folder.iterdir()} == FILES
    assert out.rstrip().splitlines()[-1] == str(folder)

    check_types(record, RECORD)
    assert record["schema"] == {"name": "fastmlp.run", "version": 1}
    assert (record["experiment"], record["status"], record["error"]) == ("mnist", "completed", None)
    assert record["started"] <= record["finished"]
    assert record["seed"] == record["settings"]["seed"] == 3
    assert record["settings"]["layers"] == [16]
    assert {"python", "numpy", "scipy", "numba", "scikit-learn", "fastmlp"} <= set(record["versions"])
    assert record["versions"]["fastmlp"] == fastmlp.__version__
    assert {"cpu", "cores", "instruction_set", "platform"} <= set(record["machine"])
    assert record["n_threads"] == record["machine"]["default_threads"] == default_threads()
    assert record["data"]["source"] == str(digits / "mnist")
    assert record["data"]["is_mnist"] is False
    assert [record["data"][f"n_{part}"] for part in ("train", "validation", "test")] == [360, 40, 100]
    assert record["model"]["layer_sizes"] == [64, 16, 10]
    assert record["model"]["n_parameters"] == 64 * 16 + 16 + 16 * 10 + 10
    assert {"prepare", "train", "train_processor", "draw"} == set(record["durations"])
    assert {*record["files"], "record.json"} == FILES

    assert [epoch["epoch"] for epoch in record["epochs"]] == [1, 2, 3, 4]
    for epoch in record["epochs"]:
        check_types(epoch, EPOCH)
        assert epoch["rows"] == 360
        assert math.isclose(epoch["images_per_second"], 360 / epoch["seconds"])

    results = record["results"]
    check_types(results, RESULTS)
    scores = [epoch["validation_accuracy"] for epoch in record["epochs"]]
    assert results["best_validation_accuracy"] == max(scores)
    assert results["best_epoch"] == 1 + scores.index(max(scores))
    matrix = np.array(results["confusion_matrix"])
    assert matrix.sum() == 100
    assert results["test_accuracy"] == np.trace(matrix) / 100
    assert results["n_misclassified"] == 100 - np.trace(matrix)
    assert f"Test accuracy {100 * results['test_accuracy']:.2f} %" in out

    assert record["model"]["load"] == 'joblib.load("model.joblib")'
    assert record["model"]["input"] == "raw pixels 0..255, which it scales itself (input_scale=0.003922)"
    file = (folder / "model.joblib").as_posix()
    assert f'Load the model with joblib.load("{file}"); it takes {record["model"]["input"]}.' in out
    model, data = joblib.load(folder / "model.joblib"), load_mnist(digits)
    assert model.score(data.X_test, data.y_test) == results["test_accuracy"]  # raw bytes, no scaling
    assert model.callbacks is None
    for name in FILES:
        if name.endswith(".png"):
            assert (folder / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_lines_of_a_run_that_is_not_on_a_terminal(train):
    code, out, _, record, _ = train()
    assert code == 0
    assert "\x1b" not in out
    assert len(EPOCH_LINE.findall(out)) == 3
    assert record["model"]["summary"] in out
    assert "360 images for training, 40 for validation, 100 for testing; 8 x 8 pixels, 10 classes" in out
    pair = record["results"]["most_confused"][0]
    assert re.search(rf"^ +{pair['true']} +{pair['predicted']} +{pair['count']} *$", out, re.M)
    for i, row in enumerate(record["results"]["confusion_matrix"]):
        cells = " +".join(str(n) if n or i == j else r"\." for j, n in enumerate(row))
        assert re.search(rf"^ +{i} +{cells} *$", out, re.M)


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        (("--l2", "0"), "dropout"),
        ((), "dropout and penalties"),
        (("--dropout", "0", "--l2", "0", "--l1", "1e-5"), "penalties"),
        (("--dropout", "0", "--l2", "0"), None),
    ],
)
def test_why_the_two_losses_differ(train, monkeypatch, words, extras):
    """In the lines above the epochs, and in the legend."""
    drawn = []
    monkeypatch.setattr("fastmlp.plots.save_figure", lambda figure, path: drawn.append(figure))
    _, out, *_ = train(*words)
    sentence = f"The loss of training is with {extras}, that of validation without.\n"
    assert (sentence in out) == ("The loss of training" in out) == (extras is not None)
    expected = f"training (with {extras})" if extras else "training"
    assert drawn[0].axes[0].lines[0].get_label() == expected


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.000234, "0.234 ms"),
        (0.00105, "1.05 ms"),
        (0.0999, "99.9 ms"),
        (0.3171, "0.317 s"),
        (1234.56, "1234.6 s"),
    ],
)
def test_no_time_is_shown_as_zero(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(("more", "warned"), [(0, False), (1, True)])
def test_more_threads_than_processors(train, more, warned):
    n_threads = usable_cores() + more
    code, out, *_ = train("--threads", n_threads)
    assert code == 0
    warning = f"Warning: {n_threads} threads are more than the {usable_cores()} usable processors"
    assert (warning in out) == warned


def test_paths_are_printed_as_they_are(cli, digits, tmp_path):
    odd = tmp_path / "[bold]x" / "[red]"
    odd.parent.mkdir()
    digits.rename(odd)
    words = ("--device", "ref", "--epochs", "1", "--layers", "8", "--threads", "1")
    code, out, err = cli("mnist", "--data", odd, "--out", tmp_path / "[green]", *words)
    assert (code, err) == (0, "")
    assert f"from {odd / 'mnist'}" in out
    assert ", 1 epoch, " in out
    assert "for 1 epoch, validation" in out
    assert "1 epochs" not in out
    assert out.rstrip().splitlines()[-1] == str(tmp_path / "[green]")
    assert "[bold]x" in "".join(line.strip("│ \n") for line in out.partition("NOTICE")[2].splitlines()[:5])


def test_epochs_are_marked_where_they_are_the_best_so_far(train):
    _, out, _, record, _ = train("--epochs", "12", "--learning-rate", "0.1")
    best, expected = -1, []
    for epoch in record["epochs"]:
        expected.append(epoch["validation_accuracy"] > best)
        best = max(best, epoch["validation_accuracy"])
    assert [line.endswith("best") for line in out.splitlines() if EPOCH_LINE.match(line)] == expected
    assert not all(expected)


def test_terminal_gets_a_progress_bar(train, monkeypatch):
    stream = io.StringIO()

    def terminal(**options):
        return Console(file=stream, force_terminal=True, width=100, **options)

    monkeypatch.setattr("fastmlp.cli.display.Console", terminal)
    code, *_ = train()
    assert code == 0
    assert "3/3" in stream.getvalue()
    assert "\x1b[?25h" in stream.getvalue()  # the cursor is back
    plain = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]|\r", "\n", stream.getvalue())
    assert len(EPOCH_LINE.findall(plain)) == 3


def test_notice_of_compilation_comes_before_the_progress_bar(train, monkeypatch):
    stream, train_epoch, calls = io.StringIO(), Network.train_epoch, []
    monkeypatch.setattr("fastmlp.cli.display.Console", partial(Console, file=stream, force_terminal=True))

    def train_epoch_compiling(self, *args):
        if not calls:
            stream.write("compiling ...\n")  # the kernels' notice goes to the same terminal
        calls.append(self)
        return train_epoch(self, *args)

    monkeypatch.setattr(Network, "train_epoch", train_epoch_compiling)
    code, *_ = train()
    assert (code, len(calls)) == (0, 1 + 3)  # a step on a copy, then the epochs
    shown = stream.getvalue()
    moments = [shown.index(words) for words in ("10 classes", "compiling", "ready in", "\x1b[?25l")]
    assert moments == sorted(moments)  # the bar begins by hiding the cursor


def test_bundled_digits_come_with_a_loud_notice(cli, tmp_path):
    code, out, err = cli("mnist", "--device", "ref", "--epochs", "8", "--layers", "32", "--batch-size", "16")
    assert (code, err) == (0, "")
    assert "NOTICE" in out
    text = " ".join(out.replace("│", " ").split())
    assert "This is NOT MNIST but scikit-learn's bundled set of 1,797 digits" in text
    assert "this test has no network" in text
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"mnist-\d{8}-\d{6}", folder.name)
    assert out.rstrip().splitlines()[-1] == str(Path("runs") / folder.name)
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    assert record["data"]["is_mnist"] is False
    assert record["data"]["input_scale"] == 1 / 16
    assert record["results"]["test_accuracy"] > 0.85


def deterministic(record):
    return [(epoch["loss"], epoch["validation_loss"]) for epoch in record["epochs"]], record["results"][
        "confusion_matrix"
    ]


def test_seed_decides_everything(cli, digits, tmp_path):
    runs = []
    for number, seed in enumerate(["1", "1", "2"]):
        words = ("--data", digits, "--device", "ref", "--epochs", "2", "--layers", "8", "--seed", seed)
        assert cli("mnist", *words, "--out", tmp_path / str(number))[0] == 0
        runs.append(deterministic(json.loads((tmp_path / str(number) / "record.json").read_text())))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_compiled_kernels_on_two_threads_agree_with_the_reference(cli, digits, tmp_path, monkeypatch):
    counts, choose = [], engine.useful_threads

    def useful_threads(*args):
        counts.append(choose(*args))
        return counts[-1]

    monkeypatch.setattr(engine, "useful_threads", useful_threads)
    losses = []
    for device in ("cpu", "ref"):
        words = ["--data", digits, "--device", device, "--epochs", 2, "--threads", 2, "--dtype", "float64"]
        code, *_ = cli("mnist", *words, *WORK_FOR_TWO_THREADS, "--out", tmp_path / device)
        assert code == 0
        record = json.loads((tmp_path / device / "record.json").read_text())
        assert record["n_threads"] == 2
        losses.append([epoch["loss"] for epoch in record["epochs"]])
    assert counts.count(2) >= 2  # both epochs
    np.testing.assert_allclose(*losses, rtol=1e-9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--layers", "none"), {"layers": [], "activation": [], "dropout": []}),
        (("--layers", "9,8", "--activation", "tanh,gelu"), {"activation": ["tanh", "gelu"]}),
        (("--layers", "9,8", "--activation", "silu"), {"activation": ["silu", "silu"]}),
        (("--layers", "9,8", "--dropout", "0.1,0.5"), {"dropout": [0.1, 0.5]}),
        (("--optimizer", "sgd", "--learning-rate", "0.1", "--momentum", "0.5"), {"momentum": 0.5}),
        (("--optimizer", "adamw", "--weight-decay", "0.1"), {"weight_decay": 0.1, "optimizer": "adamw"}),
        (("--l1", "1e-5", "--l2", "0", "--clip-norm", "1"), {"l1": 1e-5, "l2": 0.0, "clip_norm": 1.0}),
        (("--batch-size", "1000", "--validation", "0.25"), {"validation": 0.25}),
        (("--schedule", "constant", "--patience", "2"), {"schedule": "constant", "patience": 2}),
        (("--schedule", "constant"), {"schedule": "constant", "patience": None}),
        (("--dtype", "float64"), {"dtype": "float64"}),
    ],
)
def test_options_reach_the_record_and_train(train, words, expected):
    code, _, err, record, _ = train(*words)
    assert (code, err) == (0, "")
    assert {name: record["settings"][name] for name in expected} == expected
    assert record["epochs"][0]["loss"] > record["epochs"][-1]["loss"]


def test_options_reach_the_model(train):
    words = "--layers 9,8 --activation tanh,gelu --dropout 0,0.5 --optimizer adamw --learning-rate 0.002"
    words += " --weight-decay 0.1 --l2 0.01 --l1 0.02 --clip-norm 3 --batch-size 50 --epochs 2 --seed 5"
    words += " --threads 1 --momentum 0.3 --schedule constant"
    *_, folder = train(*words.split())
    params = joblib.load(folder / "model.joblib").get_params()
    expected = {
        "hidden_layer_sizes": (9, 8),
        "activation": ["tanh", "gelu"],
        "dropout": [0.0, 0.5],
        "solver": "adamw",
        "learning_rate_init": 0.002,
        "learning_rate": "constant",
        "weight_decay": 0.1,
        "alpha": 0.01,
        "l1": 0.02,
        "clip_norm": 3.0,
        "batch_size": 50,
        "max_iter": 2,
        "random_state": 5,
        "n_threads": 1,
        "momentum": 0.3,
        "device": "ref",
        "restore_best": True,
        "early_stopping": False,
        "input_scale": 1 / 255,
    }
    assert {name: params[name] for name in expected} == expected


def test_patience_stops_training_at_a_constant_rate(train):
    words = ("--schedule", "constant", "--patience", "1", "--learning-rate", "0.03", "--epochs", "60")
    code, _, _, record, _ = train(*words)
    assert (code, record["status"]) == (0, "completed")
    scores = [epoch["validation_accuracy"] for epoch in record["epochs"]]
    assert len(scores) < 60
    assert scores[-1] < max(scores)


def test_adaptive_schedule_lowers_the_rate(train):
    _, _, _, record, _ = train("--learning-rate", "0.03", "--epochs", "20", "--patience", "1")
    rates = [epoch["learning_rate"] for epoch in record["epochs"]]
    assert rates[0] == 0.03
    np.testing.assert_allclose(sorted(set(rates), reverse=True)[:2], [0.03, 0.006])


@pytest.mark.filterwarnings("ignore:This is NOT")
def test_saved_model_goes_on_like_the_one_in_memory(train, digits, monkeypatch):
    save, models, seen = mnist._save_model, [], []

    def keep(model, *where):
        models.append(model)
        save(model, *where)

    monkeypatch.setattr(mnist, "_save_model", keep)
    *_, record, folder = train("--learning-rate", "0.03", "--epochs", "20", "--patience", "1")
    data, reached = load_mnist(digits), record["epochs"][-1]["learning_rate"]
    models.append(joblib.load(folder / "model.joblib"))
    for model in models:
        model.set_params(early_stopping=False, callbacks=[seen.append])
        model.partial_fit(data.X_train, data.y_train)
    in_memory, loaded = models
    for first, second in zip(in_memory.coefs_, loaded.coefs_, strict=True):
        np.testing.assert_array_equal(first, second)
    assert seen[1].epoch == len(record["epochs"]) + 1
    assert seen[1].learning_rate == reached < 0.03


def test_record_exists_while_training(train, monkeypatch, tmp_path):
    peer_starts, seen = MnistDisplay.peer_starts, []

    def look(self, record):
        seen.append(json.loads((tmp_path / "out" / "record.json").read_text())["status"])
        peer_starts(self, record)

    monkeypatch.setattr(MnistDisplay, "peer_starts", look)
    code, *_ = train("--compare", "sklearn")
    assert (code, seen) == (0, ["running"])


@pytest.mark.skipif(os.name == "nt", reason="checks a POSIX shell's view")
def test_cli_py_is_the_same_program(digits, tmp_path):
    words = ["mnist", "--data", digits, "--device", "ref", "--epochs", "1", "--layers", "8", "--out", "x"]
    run = subprocess.run(
        [sys.executable, ROOT / "cli.py", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},  # a terminal without Unicode
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.rstrip().endswith("\nx")
    assert (tmp_path / "x" / "model.joblib").exists()


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="FASTMLP_DATA names no folder")
def test_defaults_reach_98_percent_on_real_mnist(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTMLP_DATA", DATA)
    code, out, err = cli("mnist", "--out", tmp_path / "out")
    assert code == 0, err
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["data"]["is_mnist"]
    assert "NOTICE" not in out
    assert (record["data"]["n_train"], record["data"]["n_test"]) == (55_000, 10_000)
    assert record["results"]["test_accuracy"] >= 0.98
