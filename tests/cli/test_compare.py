"""`mnist --compare sklearn`: the same run in both libraries."""

import io
import re
from functools import partial
from itertools import count
from statistics import median

import numpy as np
import pytest
import threadpoolctl
from rich.console import Console

from fastmlp.experiments import mnist, peer
from fastmlp.experiments.text import duration


@pytest.fixture
def spy(monkeypatch):
    """Collects what scikit-learn's classifier was made with and fitted to."""
    seen = {}

    class Spy(peer.TimedClassifier):
        def fit(self, X, y):
            seen.update(model=self, X=X, y=y)
            seen["threads"] = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
            return super().fit(X, y)

    monkeypatch.setattr(peer, "TimedClassifier", Spy)
    return seen


def test_both_are_shown_and_recorded(train):
    code, out, err, record, _ = train("--compare", "sklearn", "--epochs", "5", "--batch-size", "20")
    assert (code, err, record["status"]) == (0, "", "completed")
    theirs, seconds = record["comparison"], record["durations"]["train"]
    assert theirs["library"] == "scikit-learn"
    assert theirs["n_epochs"] == len(record["epochs"]) == 5
    assert theirs["speedup"] == pytest.approx(theirs["train_seconds"] / seconds)
    ours = record["results"]["test_accuracy"]
    both = f"{duration(seconds)} +{duration(theirs['train_seconds'])}"
    time = rf"training time +{both} +{theirs['speedup']:.2f} x"
    accuracy = rf"test accuracy +{100 * ours:.2f} % +{100 * theirs['test_accuracy']:.2f} %"
    assert re.search(time, out)
    assert re.search(accuracy, out)
    own = median(epoch["seconds"] for epoch in record["epochs"])
    other = median(theirs["epoch_seconds"])
    assert theirs["epoch_speedup"] == pytest.approx(other / own)
    ratio = theirs["epoch_speedup"]
    assert re.search(rf"median epoch +{duration(own)} +{duration(other)} +{ratio:.2f} x", out)
    assert [f"scikit-learn: epoch {n} of 5" in out for n in range(7)] == [False, *[True] * 5, False]


def test_every_epoch_of_scikit_learn_is_timed(train):
    *_, record, _ = train("--compare", "sklearn", "--epochs", "25")
    theirs = record["comparison"]
    assert len(theirs["epoch_seconds"]) == theirs["n_epochs"] == 25
    assert min(theirs["epoch_seconds"]) > 0
    assert sum(theirs["epoch_seconds"]) < theirs["train_seconds"]


def test_at_most_about_ten_lines_of_progress(train):
    _, out, *_ = train("--compare", "sklearn", "--epochs", "25")
    lines = re.findall(r"scikit-learn: epoch (\d+) of 25", out)
    assert [int(n) for n in lines] == [*range(3, 25, 3), 25]


def test_progress_on_a_terminal(train, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(
        "fastmlp.cli.display.Console", partial(Console, file=stream, force_terminal=True, width=100)
    )
    assert train("--compare", "sklearn")[0] == 0
    shown = stream.getvalue().partition("Training scikit-learn")[2]
    assert "3/3" in shown
    assert "epoch 3 of 3" not in shown
    assert shown.endswith("out\n")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_busy_machine_is_noticed(train, monkeypatch, share):
    train_sklearn = mnist.train_sklearn

    def on_a_share_of_a_core(*args, **options):
        seconds = {"train_seconds": 20.0, "train_processor_seconds": 20 * share, "epoch_seconds": [1.0] * 3}
        return train_sklearn(*args, **options) | seconds

    monkeypatch.setattr(mnist, "train_sklearn", on_a_share_of_a_core)
    _, out, *_ = train("--compare", "sklearn")
    remark = "The machine was busy (scikit-learn had 50 % of a core): do not quote these times."
    assert (remark in out) == ("was busy" in out) == (share < 1)


def test_processor_seconds(train, monkeypatch):
    """On a clock that ticks when it is read: here around the training, and around what follows an epoch."""
    monkeypatch.setattr(mnist, "process_time", count().__next__)
    monkeypatch.setattr(peer, "process_time", count().__next__)
    *_, record, _ = train("--compare", "sklearn", "--epochs", "3")
    assert record["durations"]["train_processor"] == 1
    assert record["comparison"]["train_processor_seconds"] == 4  # 7 between the first and the last


def test_defaults_become_comparable(train):
    *_, record, _ = train("--compare", "sklearn")
    assert record["settings"]["dropout"] == [0.0]
    assert record["settings"]["schedule"] == "constant"
    assert record["settings"]["patience"] is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_settings_are_the_same(train, spy, dtype):
    words = "--layers 9,8 --activation tanh --optimizer sgd --learning-rate 0.02 --momentum 0.7 --l2 0.003"
    words += f" --batch-size 50 --epochs 4 --seed 6 --threads 1 --dtype {dtype} --compare sklearn"
    code, _, err, *_ = train(*words.split())
    assert (code, err) == (0, "")
    expected = {
        "hidden_layer_sizes": (9, 8),
        "activation": "tanh",
        "solver": "sgd",
        "learning_rate_init": 0.02,
        "learning_rate": "constant",
        "momentum": 0.7,
        "alpha": 0.003,
        "batch_size": 50,
        "max_iter": 4,
        "random_state": 6,
    }
    params = spy["model"].get_params()
    assert {name: params[name] for name in expected} == expected
    assert spy["model"].n_iter_ == 4
    assert spy["X"].dtype == dtype
    assert spy["X"].shape == (360, 64)
    assert spy["X"].max() == pytest.approx(240 / 255)
    assert spy["threads"] == {1}


def test_without_regularization_both_follow_the_same_path(train, spy):
    """The same starting weights and batches: the two losses agree to rounding."""
    words = "--layers 12 --epochs 6 --dtype float64 --compare sklearn"
    *_, record, _ = train(*words.split())
    ours = [epoch["loss"] for epoch in record["epochs"]]
    np.testing.assert_allclose(ours, spy["model"].loss_curve_, rtol=1e-8)


def test_softmax_regression(train):
    code, _, err, record, _ = train("--layers", "none", "--compare", "sklearn")
    assert (code, err) == (0, "")
    assert record["comparison"]["test_accuracy"] > 0


def test_a_plateau_stops_neither(train):
    code, _, _, record, _ = train("--compare", "sklearn", "--epochs", "30", "--learning-rate", "1e-9")
    assert code == 0
    assert record["comparison"]["n_epochs"] == len(record["epochs"]) == 30
