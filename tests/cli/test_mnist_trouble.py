"""What `mnist` does when something is wrong: a clear sentence, the right exit code, nothing half-written."""

import ctypes
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import joblib
import numpy as np
import pytest

import fastmlp
from fastmlp.cli.mnist_display import MnistDisplay
from fastmlp.datasets import load_mnist
from fastmlp.experiments import mnist
from fastmlp.experiments.split import Split
from fastmlp.network import Network

from .conftest import WORK_FOR_TWO_THREADS

ROOT = Path(fastmlp.__file__).parent.parent


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--layers 0", "argument --layers: '0' is not a whole number >= 1"),
        ("--layers 256,-1", "argument --layers: '-1' is not a whole number >= 1"),
        ("--layers wide", "'wide' is not a whole number >= 1; give widths such as 256,128, or none"),
        (
            "--activation sigmoid",
            "argument --activation: 'sigmoid' is unknown; choose from identity, relu, tanh",
        ),
        ("--activation relu,", "argument --activation: '' is unknown"),
        (
            "--layers 9,8 --activation relu,relu,tanh",
            "activation has length 3, but the number of hidden layers is 2; give one for all",
        ),
        (
            "--layers 9,8,7 --dropout 0.1,0.2",
            "dropout has length 2, but the number of hidden layers is 3; give one for all, or",
        ),
        ("--dropout 1", "argument --dropout: '1' is not a number >= 0 and < 1"),
        ("--dropout nan", "argument --dropout: 'nan' is not a number >= 0 and < 1"),
        ("--optimizer rmsprop", "argument --optimizer: 'rmsprop' is unknown; choose from adam, adamw, sgd"),
        ("--learning-rate 0", "argument --learning-rate: '0' is not a number > 0"),
        ("--learning-rate inf", "argument --learning-rate: 'inf' is not a number > 0"),
        ("--learning-rate fast", "argument --learning-rate: 'fast' is not a number > 0"),
        ("--momentum 1.5", "argument --momentum: '1.5' is not a number >= 0 and <= 1"),
        ("--l2 -1", "argument --l2: '-1' is not a number >= 0"),
        ("--clip-norm 0", "argument --clip-norm: '0' is not a number > 0"),
        ("--batch-size 0", "argument --batch-size: '0' is not a whole number >= 1"),
        ("--epochs 2.5", "argument --epochs: '2.5' is not a whole number >= 1"),
        ("--patience 0", "argument --patience: '0' is not a whole number >= 1"),
        ("--seed -1", "argument --seed: '-1' is not a whole number between 0 and 4,294,967,295"),
        (
            "--seed 4294967296",
            "argument --seed: '4294967296' is not a whole number between 0 and 4,294,967,295",
        ),
        ("--threads 0", "argument --threads: '0' is not a whole number >= 1"),
        ("--dtype float16", "argument --dtype: 'float16' is unknown; choose from float32, float64"),
        ("--device tpu", "argument --device: 'tpu' is unknown; choose from cpu, cuda, ref"),
        (
            "--validation 0",
            "argument --validation: '0' is neither a share between 0 and 1 nor a number of rows",
        ),
        ("--validation 1.5", "argument --validation: '1.5' is neither a share between 0 and 1 nor a number"),
        ("--compare torch", "argument --compare: invalid choice: 'torch'"),
        (
            "--layers 256 128 64",
            "unrecognized arguments: 128 64; separate several values of an option by commas, such as 256,128",
        ),
    ],
)
def test_wrong_options(cli, tmp_path, words, message):
    code, out, err = cli("mnist", *words.split())
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("fastmlp mnist: error: ")
    assert message in first
    assert second == "see `fastmlp mnist --help`"
    assert not (tmp_path / "runs").exists()


def test_an_unknown_option_is_no_stray_value(cli):
    _, _, err = cli("mnist", "--speed", "11")
    assert err.startswith("fastmlp mnist: error: unrecognized arguments: --speed 11\n")


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ("--dropout 0.1", "dropout"),
        ("--activation gelu", "activation gelu"),
        ("--layers 9,8 --activation relu,tanh", "an activation per layer"),
        ("--optimizer adamw --l1 0.1 --clip-norm 1", "optimizer adamw; l1; clip-norm"),
        ("--schedule adaptive", "schedule adaptive"),
        ("--patience 3", "patience"),
    ],
)
def test_settings_that_scikit_learn_lacks(cli, tmp_path, words, lacking):
    code, out, err = cli("mnist", "--compare", "sklearn", *words.split())
    assert (code, out) == (2, "")
    assert f"cannot train with: {lacking}. Leave these out to compare, or leave out --compare." in err
    assert not (tmp_path / "runs").exists()


def fail(*args, **kwargs):
    raise AssertionError("training has begun")


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_unwritable_folder_is_found_before_training(cli, digits, tmp_path, monkeypatch, out):
    monkeypatch.setattr(mnist, "run", fail)
    (tmp_path / "file").write_text("")
    code, _, err = cli("mnist", "--data", digits, "--out", tmp_path / out)
    assert code == 1
    assert err.startswith(f"fastmlp: error: Cannot write to the folder '{tmp_path / out}'")
    assert f": '{tmp_path / 'file'}' is a file. Choose another folder." in err
    assert len(err.splitlines()) == 1


def test_unwritable_default_folder(cli, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "run", fail)
    (tmp_path / "runs").write_text("")
    code, _, err = cli("mnist", "--data", digits)
    assert code == 1
    assert "Cannot write to the folder 'runs'" in err


def test_another_run_is_never_overwritten(train, tmp_path):
    assert train()[0] == 0
    before = (tmp_path / "out" / "record.json").read_bytes()
    code, out, err, *_ = train()
    assert code == 1
    assert "holds another run (record.json). Choose another folder, or delete" in err
    assert "epoch" not in out
    assert (tmp_path / "out" / "record.json").read_bytes() == before


def test_data_folder_without_files(cli, tmp_path):
    code, _, err = cli("mnist", "--data", tmp_path / "nowhere")
    assert code == 1
    assert err.startswith(f"fastmlp: error: The folder '{tmp_path / 'nowhere'}' does not exist.")
    (tmp_path / "nowhere").mkdir()
    code, _, err = cli("mnist", "--data", tmp_path / "nowhere")
    assert code == 1
    assert err.startswith(f"fastmlp: error: There is no MNIST in '{tmp_path / 'nowhere'}'")
    assert not (tmp_path / "runs").exists()


def test_truncated_file(cli, digits, tmp_path):
    path = digits / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    code, _, err = cli("mnist", "--data", digits)
    assert code == 1
    assert f"fastmlp: error: The file '{path}' is truncated" in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (
            "400",
            "validation=400 leaves nothing to train on: there are 400 training rows in all. Choose fewer",
        ),
        ("99999", "validation=99999 leaves nothing to train on: there are 400 training rows in all."),
        ("0.001", "validation=0.001 of 400 training rows is none; at least one is needed"),
    ],
)
def test_validation_that_leaves_nothing(cli, digits, tmp_path, validation, message):
    code, _, err = cli("mnist", "--data", digits, "--validation", validation)
    assert code == 1
    assert message in err
    assert not (tmp_path / "runs").exists()


def test_validation_that_takes_all_of_a_class(cli, digits):
    code, _, err = cli("mnist", "--data", digits, "--validation", "395")
    assert code == 1
    assert re.search(r"None of the 5 training rows is of class \d.*; validate on fewer rows", err)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_training_that_diverges(train):
    code, out, err, record, folder = train("--optimizer", "sgd", "--learning-rate", "1e30")
    assert code == 1
    expected = "Training diverged before any epoch gave usable weights: lower the learning rate (now 1e+30)"
    assert err.startswith(f"fastmlp: error: {expected}, or set")
    assert len(err.splitlines()) == 1
    assert "NOTICE" in out
    assert record["status"] == "failed"
    assert record["error"].startswith(expected)
    assert record["epochs"][-1]["loss"] is None  # JSON has no NaN
    assert not (folder / "model.joblib").exists()
    assert str(folder) in out


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_closed_pipe_ends_the_run_with_a_record(digits, tmp_path):
    words = [
        "mnist",
        "--data",
        digits,
        "--device",
        "ref",
        "--layers",
        "8",
        "--epochs",
        "100000",
        "--out",
        "x",
    ]
    with subprocess.Popen(
        [sys.executable, "-u", ROOT / "cli.py", *words], cwd=tmp_path, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1
    assert json.loads((tmp_path / "x" / "record.json").read_text(encoding="utf-8"))["status"] == "failed"


def test_traceback_on_request(cli, tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        cli("mnist", "--data", tmp_path / "nowhere", "--traceback")


def test_an_error_without_a_message_is_named(cli, digits, monkeypatch):
    def exhaust(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(mnist, "run", exhaust)
    code, _, err = cli("mnist", "--data", digits)
    assert (code, err) == (1, "fastmlp: error: MemoryError\n")


@pytest.mark.parametrize("missing", [["rich"], ["matplotlib"], ["rich", "matplotlib"]])
def test_missing_extras(cli, tmp_path, monkeypatch, missing):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "fastmlp.cli.extras.find_spec", lambda name: None if name in missing else find_spec(name)
    )
    needs = f"fastmlp: error: The command line needs {' and '.join(missing)}, not installed here. Install"
    command = 'python -m pip install -e ".[cli]"'
    clone = tmp_path / "clone"
    clone.mkdir()
    monkeypatch.setattr("fastmlp.cli.extras.ROOT", clone)
    assert cli("mnist")[::2] == (
        1,
        f"{needs} fastmlp with the extra 'cli' from its clone: "
        'python -m pip install "PATH/OF/CLONE[cli]"\n',
    )
    (clone / "pyproject.toml").write_text("")
    assert cli("mnist") == (1, "", f"{needs} it in {clone} with: {command}\n")
    monkeypatch.chdir(clone)
    assert cli("mnist") == (1, "", f"{needs} it with: {command}\n")
    assert not (clone / "runs").exists()
    assert not (tmp_path / "runs").exists()


def test_cli_py_that_is_not_installed(tmp_path):
    (tmp_path / "cli.py").write_text((ROOT / "cli.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "fastmlp").mkdir()
    (tmp_path / "fastmlp" / "__init__.py").write_text("")
    without_packages = [sys.executable, "-E", "-S"]
    run = subprocess.run(
        [*without_packages, "cli.py", "info"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("fastmlp is not installed here (No module named 'fastmlp.cli'). ")
    assert run.stderr.endswith('run: python -m pip install -e ".[cli]"\n')
    assert len(run.stderr.splitlines()) == 1


# Ctrl-C


def press_ctrl_c_when(monkeypatch, condition, times=1):
    """Deliver SIGINT while an epoch is reported: the first of which condition(epoch, is_best) holds."""
    report, pressed = MnistDisplay.epoch_ended, []

    def epoch_ended(self, record, is_best):
        report(self, record, is_best)
        if not pressed and condition(len(record["epochs"]), is_best):
            pressed.append(True)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(MnistDisplay, "epoch_ended", epoch_ended)


@pytest.mark.filterwarnings("ignore:This is NOT")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_keeps_the_best_model_so_far(train, digits, monkeypatch, times):
    press_ctrl_c_when(monkeypatch, lambda epoch, is_best: epoch == 2, times)
    code, out, err, record, folder = train("--epochs", "50", "--compare", "sklearn")
    assert (code, err) == (130, "")
    assert record["status"] == "interrupted"
    assert len(record["epochs"]) == 2
    assert record["comparison"] is None
    assert "Interrupted after epoch 2: the best model so far was kept." in out
    assert {path.name for path in folder.iterdir()} == {*record["files"], "record.json"}
    assert len(record["files"]) == 4
    model, data = joblib.load(folder / "model.joblib"), load_mnist(digits)
    assert model.score(data.X_test, data.y_test) == record["results"]["test_accuracy"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.filterwarnings("ignore:This is NOT")
def test_ctrl_c_keeps_the_best_epoch_and_not_the_last(train, digits, monkeypatch):
    press_ctrl_c_when(monkeypatch, lambda epoch, is_best: not is_best)
    *_, record, folder = train("--epochs", "50", "--learning-rate", "0.1", "--schedule", "constant")
    scores = [epoch["validation_accuracy"] for epoch in record["epochs"]]
    assert len(scores) < 50
    assert record["results"]["best_validation_accuracy"] == max(scores)
    assert record["results"]["best_epoch"] == 1 + int(np.argmax(scores))
    split = Split(load_mnist(digits), None, 0)
    model = joblib.load(folder / "model.joblib")
    assert model.score(split.X_val, split.y_val) == max(scores)


@pytest.mark.parametrize("moment", ["prepare", "_draw"])
def test_ctrl_c_outside_of_training(train, monkeypatch, moment):
    def press(*args):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(mnist, moment, press)
    code, out, err, record, folder = train()
    assert (code, err) == (130, "Interrupted.\n")
    assert record["status"] == "interrupted"
    assert record["finished"] is not None
    assert str(folder) in out
    assert (folder / "model.joblib").exists() == (moment == "_draw")
    assert (record["results"] is None) == (moment == "prepare")


def raise_in_python():
    signal.raise_signal(signal.SIGINT)


def raise_in_a_callback_from_c():
    """Where an exception goes no further, as in those of the compiler."""
    ctypes.CFUNCTYPE(None)(raise_in_python)()


@pytest.mark.parametrize("press", [raise_in_python, raise_in_a_callback_from_c])
def test_ctrl_c_while_kernels_are_compiled(train, monkeypatch, press):
    """They are compiled inside `partial_fit`, which takes Ctrl-C for the end of training."""
    train_epoch, calls = Network.train_epoch, []

    def train_epoch_compiling(self, *args):
        calls.append(self)
        press()
        return train_epoch(self, *args)

    monkeypatch.setattr(Network, "train_epoch", train_epoch_compiling)
    code, out, err, record, folder = train()
    assert (code, err, len(calls)) == (130, "Interrupted.\n", 1)
    assert (record["status"], record["epochs"], record["error"]) == ("interrupted", [], None)
    assert "interrupted by user" not in out
    assert [path.name for path in folder.iterdir()] == ["record.json"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_scikit_learn_trains(train, monkeypatch):
    from sklearn.neural_network import MLPClassifier

    backprop = MLPClassifier._backprop

    def press(self, *args):
        signal.raise_signal(signal.SIGINT)
        return backprop(self, *args)

    monkeypatch.setattr(MLPClassifier, "_backprop", press)
    code, _, err, record, folder = train("--compare", "sklearn")
    assert (code, err) == (130, "Interrupted.\n")
    assert record["status"] == "interrupted"
    assert record["comparison"] is None
    assert record["results"]["test_accuracy"] > 0
    assert {path.name for path in folder.iterdir()} == {*record["files"], "record.json"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to another process")
@pytest.mark.filterwarnings("ignore:This is NOT")
@pytest.mark.parametrize("device", ["ref", "cpu"])
def test_ctrl_c_from_outside(digits, tmp_path, device):
    """A process that trains, on two threads where there are threads, gets SIGINT and ends."""
    words = ["mnist", "--data", digits, "--device", device, "--threads", 2, *WORK_FOR_TWO_THREADS]
    words += ["--epochs", 100_000, "--out", "x"]
    with subprocess.Popen(
        [sys.executable, "-u", ROOT / "cli.py", *map(str, words)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # it may have been ignored
    ) as process:
        deadline = threading.Timer(120, process.kill)  # then the exit code is -9
        deadline.start()
        for line in process.stdout:
            if re.match(r" +3 +\d", line):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait() == 130
        deadline.cancel()
    record = json.loads((tmp_path / "x" / "record.json").read_text(encoding="utf-8"))
    assert record["status"] == "interrupted"
    assert 3 <= len(record["epochs"]) < 100_000
    assert f"Interrupted after epoch {len(record['epochs'])}:" in rest
    assert {path.name for path in (tmp_path / "x").iterdir()} == {*record["files"], "record.json"}
    assert (tmp_path / "x" / "curves.png").read_bytes().startswith(b"\x89PNG")
    model, data = joblib.load(tmp_path / "x" / "model.joblib"), load_mnist(digits)
    assert model.score(data.X_test, data.y_test) == record["results"]["test_accuracy"]
