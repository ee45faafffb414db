"""The parts of an experiment: split, evaluation, record, run folder, Ctrl-C."""

import ctypes
import json
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from fastmlp.datasets import ImageSet
from fastmlp.experiments import record as records
from fastmlp.experiments.evaluation import confused_pairs, evaluate
from fastmlp.experiments.interrupt import Interrupt
from fastmlp.experiments.load import signs_of_load
from fastmlp.experiments.settings import ADAPTIVE_PATIENCE, TrainingSettings, training_only
from fastmlp.experiments.split import Split


def image_set(n_rows, n_classes=3):
    """Images whose pixels are the number of their row."""
    X = np.repeat(np.arange(n_rows, dtype=np.uint8)[:, np.newaxis], 6, axis=1)
    y = np.arange(n_rows) % n_classes
    return ImageSet("test", "Test", X, y, X[:5], y[:5], (2, 3), 1 / 255, "nowhere", False)


# Split


@pytest.mark.parametrize(
    ("validation", "n_rows", "expected"),
    [(None, 100, 10), (None, 99, 9), (30, 100, 30), (30.0, 100, 30), (0.25, 100, 25), (0.999, 100, None)],
)
def test_split_sizes(validation, n_rows, expected):
    if expected is None:
        with pytest.raises(ValueError, match=r"validation=0.999 leaves nothing .* 100 training rows in all"):
            Split(image_set(n_rows), validation, 0)
        return
    split = Split(image_set(n_rows), validation, 0)
    assert (len(split.y_val), len(split.y)) == (expected, n_rows - expected)


def test_split_uses_every_row_once_and_keeps_labels():
    split = Split(image_set(200), None, 0)
    rows = np.r_[split.X[:, 0], split.X_val[:, 0]]
    np.testing.assert_array_equal(np.sort(rows), np.arange(200))
    np.testing.assert_array_equal(split.y, split.X[:, 0] % 3)
    np.testing.assert_array_equal(split.y_val, split.X_val[:, 0] % 3)
    assert split.X.dtype == np.uint8


def test_split_depends_on_the_seed_alone():
    first, same, other = (Split(image_set(200), 50, seed).X_val[:, 0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert set(first) != set(other)


def test_default_validation_set_of_mnist():
    X = np.zeros((60_000, 1), np.uint8)
    y = np.arange(60_000) % 10
    data = ImageSet("test", "Test", X, y, X[:5], y[:5], (1, 1), 1 / 255, "nowhere", False)
    assert len(Split(data, None, 0).y_val) == 5000


def test_split_refuses_a_class_without_training_rows():
    with pytest.raises(ValueError, match=r"None of the 2 training rows is of class \d.*validate on fewer"):
        Split(image_set(20, n_classes=10), 18, 0)


# Settings


def test_settings_give_every_layer_its_own():
    settings = TrainingSettings(layers=(9, 8, 7), activation=("tanh",), dropout=(0.5,))
    assert settings.activation == ("tanh", "tanh", "tanh")
    assert settings.dropout == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(("schedule", "expected"), [("adaptive", ADAPTIVE_PATIENCE), ("constant", None)])
def test_patience_depends_on_the_schedule(schedule, expected):
    assert TrainingSettings(schedule=schedule).patience == expected
    assert TrainingSettings(schedule=schedule, patience=7).patience == 7


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "dropout and penalties"),
        ({"dropout": (0.0,)}, "penalties"),
        ({"l2": 0.0}, "dropout"),
        ({"l2": 0.0, "l1": 0.1, "dropout": (0.0, 0.0, 0.0)}, "penalties"),
        ({"l2": 0.0, "dropout": (0.0, 0.0, 0.1)}, "dropout"),
        ({"l2": 0.0, "layers": ()}, ""),
    ],
)
def test_what_only_the_training_loss_has(settings, expected):
    assert training_only(asdict(TrainingSettings(**settings))) == expected


# Load


@pytest.mark.parametrize(
    ("own", "other", "epochs", "expected"),
    [
        ((10.0, 9.8), (30.0, 29.5), [1.0, 1.0, 1.4], ""),
        ((10.0, 5.5), (30.0, 29.5), [1.0] * 3, "fastmlp had 55 % of a core"),
        ((10.0, 9.8), (30.0, 15.0), [1.0] * 3, "scikit-learn had 50 % of a core"),
        ((10.0, 8.9), (30.0, 3.0), [1.0] * 3, "fastmlp had 89 % of a core; scikit-learn had 10 % of a core"),
        ((10.0, 17.0), (30.0, 55.0), [1.0] * 3, ""),  # two threads
        ((0.9, 0.1), (0.9, 0.1), [0.1] * 3, ""),  # too short to judge by
        (
            (10.0, 9.8),
            (30.0, 29.5),
            [1.0, 1.0, 1.6, 1.0],
            "scikit-learn's slowest epoch took 1.6 times as long as the median one",
        ),
        ((10.0, 9.8), (30.0, 29.5), [9.0, 1.0, 1.0], ""),  # the first may be slow on any machine
        ((10.0, 9.8), (30.0, 29.5), [9.0], ""),
    ],
)
def test_signs_of_load(own, other, epochs, expected):
    record = {
        "durations": {"train": own[0], "train_processor": own[1]},
        "comparison": {
            "library": "scikit-learn",
            "train_seconds": other[0],
            "train_processor_seconds": other[1],
            "epoch_seconds": epochs,
        },
    }
    assert signs_of_load(record) == expected


# Evaluation


def test_evaluation_agrees_with_scikit_learn():
    X, y = load_iris(return_X_y=True)
    y = np.array([4, 7, 9])[y]
    model = LogisticRegression(max_iter=1000).fit(X[:, :2], y)
    results, probabilities = evaluate(model, X[:, :2], y)
    predicted = model.predict(X[:, :2])
    assert results["test_accuracy"] == model.score(X[:, :2], y)
    assert results["test_loss"] == pytest.approx(log_loss(y, model.predict_proba(X[:, :2])))
    assert results["n_misclassified"] == np.sum(predicted != y)
    np.testing.assert_array_equal(probabilities, model.predict_proba(X[:, :2]))
    for pair in results["most_confused"]:
        count = np.sum((y == pair["true"]) & (predicted == pair["predicted"]))
        assert pair["count"] == count > 0


def test_certainty_in_the_wrong_class_is_a_finite_loss():
    class Certain:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.tile(np.float32([1, 0]), (len(X), 1))

    results, *_ = evaluate(Certain(), np.zeros((2, 1)), np.array([0, 1]))
    assert 40 < results["test_loss"] < 50  # half of -log(1e-38)
    assert results["test_accuracy"] == 0.5


def test_confused_pairs_are_sorted_and_complete():
    matrix = np.array([[50, 0, 3], [4, 60, 0], [3, 1, 70]])
    pairs = [(p["true"], p["predicted"], p["count"]) for p in confused_pairs(matrix, np.array([5, 6, 8]))]
    assert pairs == [(6, 5, 4), (5, 8, 3), (8, 5, 3), (8, 6, 1)]
    assert confused_pairs(np.eye(3, dtype=int), np.arange(3)) == []


# Record


def test_plain_makes_valid_json():
    @dataclass
    class Point:
        x: float
        y: tuple

    value = {
        "array": np.array([[1, 2], [3, 4]], np.uint8),
        "scalar": np.float32(0.5),
        "integer": np.int64(7),
        "flag": np.bool_(True),
        "nothing": [float("nan"), np.inf, -np.inf, np.float64("nan"), None],
        "point": Point(1.0, (2, 3)),
        "path": Path("a") / "b",
        3: "key",
    }
    text = json.dumps(records.plain(value), allow_nan=False)
    assert json.loads(text) == {
        "array": [[1, 2], [3, 4]],
        "scalar": 0.5,
        "integer": 7,
        "flag": True,
        "nothing": [None] * 5,
        "point": {"x": 1.0, "y": [2, 3]},
        "path": str(Path("a") / "b"),
        "3": "key",
    }


def test_record_is_replaced_as_a_whole(tmp_path):
    record = records.new_record("mnist", TrainingSettings(seed=4), {"name": "ünïcode"}, 2)
    records.write_record(tmp_path, record)
    read = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert (read["status"], read["seed"], read["n_threads"], read["finished"]) == ("running", 4, 2, None)
    assert read["data"]["name"] == "ünïcode"
    assert datetime.fromisoformat(read["started"]).tzinfo is not None
    records.finish(record, "failed", ValueError("too bad"))
    records.write_record(tmp_path, record)
    read = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert (read["status"], read["error"]) == ("failed", "too bad")
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


# Run folder


def test_runs_that_start_in_the_same_second_get_folders_of_their_own(tmp_path, monkeypatch):
    class Clock:
        @staticmethod
        def now():
            return datetime(2026, 1, 2, 3, 4, 5)

    monkeypatch.setattr(records, "datetime", Clock)
    names = [records.run_folder("mnist", parent=tmp_path / "runs").name for _ in range(3)]
    assert names == ["mnist-20260102-030405", "mnist-20260102-030405-2", "mnist-20260102-030405-3"]


def test_many_runs_at_once(tmp_path):
    folders = []
    threads = [
        threading.Thread(target=lambda: folders.append(records.run_folder("mnist", parent=tmp_path)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 16
    assert set(folders) == set(tmp_path.iterdir())


def test_given_folder_may_exist_but_not_hold_a_run(tmp_path):
    assert records.run_folder("mnist", tmp_path / "a" / "b") == tmp_path / "a" / "b"
    (tmp_path / "a" / "b" / "notes.txt").write_text("")
    assert records.run_folder("mnist", tmp_path / "a" / "b").is_dir()
    (tmp_path / "a" / "b" / "record.json").write_text("{}")
    with pytest.raises(FileExistsError, match=r"'.*b' holds another run \(record.json\). Choose another"):
        records.run_folder("mnist", tmp_path / "a" / "b")


# Ctrl-C


@pytest.fixture(autouse=True)
def sigint():
    """Python's own handling of Ctrl-C, whatever the tests were started with."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_first_ctrl_c_is_a_request_and_the_second_an_exception():
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        assert not interrupt.requested
        signal.raise_signal(signal.SIGINT)
        assert interrupt.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_at_once():
    reached = []

    def work():
        with Interrupt(at_once=True):
            signal.raise_signal(signal.SIGINT)
            reached.append("the next line")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not reached


@pytest.mark.parametrize("failure", [None, ValueError("half of it is missing")])
def test_swallowed_ctrl_c_is_raised_at_the_end(failure):
    before, reached = signal.getsignal(signal.SIGINT), []

    def work():
        with Interrupt(at_once=True):
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            reached.append("the end")
            if failure:
                raise failure

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached
    assert signal.getsignal(signal.SIGINT) is before


def test_callbacks_from_c_print_other_exceptions_only(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: seen.append(what.exc_type))
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGINT)
        ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()
        ctypes.CFUNCTYPE(None)(lambda: 1 / 0)()
    assert interrupt.requested
    assert seen == [ZeroDivisionError]


def test_handler_is_given_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), Interrupt():
        1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is before


def test_ignored_ctrl_c_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGINT)
        assert not interrupt.requested
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_are_left_alone():
    requested = []

    def work():
        with Interrupt() as interrupt:
            requested.append(interrupt.requested)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert requested == [False]
    assert signal.getsignal(signal.SIGINT) is before
