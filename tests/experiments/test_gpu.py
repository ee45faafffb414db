"""What records say of the GPU, and that those of runs without one are silent about it."""

import json
from contextlib import nullcontext

import pytest

from fastmlp.experiments import environment, sweep
from fastmlp.experiments.record import new_record
from fastmlp.experiments.settings import TrainingSettings
from fastmlp.experiments.sweep import Execution, SweepSettings
from fastmlp.experiments.text import described_gpu

from ..gpu import DESCRIPTION, TEXT, absent, pretend, untrained

CUDA = SweepSettings(device="cuda")


def fits(folder):
    return [json.loads(path.read_text()) for path in sorted((folder / "fits").glob("*.json"))]


@pytest.fixture
def cluster(monkeypatch):
    """An execution on a cluster, whose machines are this one."""
    one_by_one = lambda tasks: (function(*args) for function, args, _ in tasks)  # noqa: E731
    monkeypatch.setattr(sweep, "parallel_fits", lambda *args: nullcontext(one_by_one))
    return Execution(backend="dask")


def test_without_a_gpu_nothing_is_said_of_one():
    machine = environment.machine()
    assert list(machine) == [
        "platform",
        "cpu",
        "cores",
        "logical_cores",
        "default_threads",
        "instruction_set",
    ]
    assert environment.machine("cpu") == environment.machine("ref") == machine
    assert described_gpu(machine) == ""


def test_the_gpu_is_described(monkeypatch):
    pretend(monkeypatch)
    machine = environment.machine("cuda")
    assert machine == environment.machine() | DESCRIPTION
    assert described_gpu(machine) == TEXT
    assert new_record("mnist", TrainingSettings(), {}, 1, device="cuda")["machine"] == machine


def test_a_recipe_and_its_fits_name_the_gpu(carry_out, tmp_path, monkeypatch):
    pretend(monkeypatch)
    record = carry_out(choice=CUDA, fit=untrained)
    assert record["status"] == "completed"
    assert record["machine"] == environment.machine("cuda")
    assert {fit["gpu"] for fit in record["fits"]} == {DESCRIPTION["gpu"]}
    assert all(fit["machine"] == record["machine"] for fit in fits(tmp_path / "run"))


def test_without_its_gpu_a_recipe_does_not_begin(carry_out, tmp_path, monkeypatch):
    pretend(monkeypatch, absent)
    with pytest.raises(OSError, match="found no NVIDIA GPU"):
        carry_out(choice=CUDA, fit=untrained)
    assert not (tmp_path / "run").exists()


def test_on_a_cluster_only_fits_name_a_gpu(carry_out, cluster, monkeypatch):
    pretend(monkeypatch)
    record = carry_out(choice=CUDA, fit=untrained, execution=cluster)
    assert record["machine"] == environment.machine()
    assert {fit["gpu"] for fit in record["fits"]} == {DESCRIPTION["gpu"]}


def test_a_cluster_without_a_gpu_fails_fit_by_fit(carry_out, cluster, monkeypatch):
    pretend(monkeypatch, absent)
    record = carry_out(choice=CUDA, fit=untrained, execution=cluster)
    assert (record["status"], len(record["fits"])) == ("failed", 6)
    assert {fit["error"] for fit in record["fits"]} == {"OSError: device='cuda' found no NVIDIA GPU"}
    assert not any("gpu" in fit for fit in record["fits"])
