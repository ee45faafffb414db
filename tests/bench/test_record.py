"""Results of record: small files, one for each subject, that can be compared like the originals."""

import json

import pytest

from bench import compare
from bench.record import main

from .files import epoch, gpu_epoch, product, result, save

MISSING = {"table": "Training", "cell": "a", "threads": 1, "peer": "jax", "missing": "not installed"}


@pytest.fixture
def recorded(tmp_path, capsys):
    """Record a result; return the exit code, the files by name, and the error output."""

    def call(content):
        path = save(tmp_path / "all.json", content)
        code = main([path, "--out", str(tmp_path / "kept")])
        files = {file.name: file for file in (tmp_path / "kept").glob("*")}
        return code, files, capsys.readouterr().err

    return call


def test_one_file_for_each_subject(recorded):
    content = result(product(240, 250), epoch("sklearn", 0.123456789, 3), missing=[MISSING])
    code, files, err = recorded(content)
    assert (code, err) == (0, "")
    assert set(files) == {f"{subject}-some-cpu-some9-2031-02-03.json" for subject in ("kernels", "training")}
    training = json.loads(files["training-some-cpu-some9-2031-02-03.json"].read_text())
    assert [entry["extra_info"]["seconds"] for entry in training["benchmarks"]] == [0.12346]
    assert training["missing"] == [MISSING]
    assert training["machine_info"]["versions"] == content["machine_info"]["versions"]
    assert "cpu" not in training["machine_info"]
    assert "data" not in str(training["benchmarks"])


def test_figures_of_a_gpu_bear_its_name(recorded):
    content = result(gpu_epoch("jax", 0.1, 2))
    content["machine_info"]["gpu"] = {"name": "Some GPU 80GB"}
    assert set(recorded(content)[1]) == {"cuda-some-gpu-80gb-2031-02-03.json"}


def test_a_record_is_small(recorded):
    peers = [f"peer {i}" for i in range(264)]
    content = result(*(epoch(peer, 0.123456789, 1.23456789) for peer in peers))
    _, files, _ = recorded(content)
    assert all(file.stat().st_size < 200_000 for file in files.values())
    assert len(files) == 1


def test_a_record_compares_like_its_original(recorded, tmp_path, capsys):
    content = result(product(240, 250))
    _, files, _ = recorded(content)
    slower = save(tmp_path / "new.json", result(product(200, 250)))
    assert compare.main([str(*files.values()), slower]) == 1
    assert "1 compared" in capsys.readouterr().out


@pytest.mark.parametrize("shortened", [{"quick": True}, {"most_rounds": 3}])
def test_short_runs_are_not_recorded(shortened, recorded):
    code, files, err = recorded(result(product(240, 250), **shortened))
    assert (code, files) == (1, {})
    assert "--" + next(iter(shortened)).replace("_", "-") in err
