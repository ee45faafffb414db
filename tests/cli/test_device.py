"""--device cuda where there is no GPU, and what `info` says of one."""

import re

import pytest

from ..gpu import TEXT, absent, pretend

COMMANDS = [("mnist",), ("cifar-features",), ("run", "depth"), ("mnist", "--recipe", "depth")]


@pytest.mark.usefixtures("without_cuda")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_without_the_extra_nothing_begins(cli, tmp_path, words):
    """Missing data would be another error, with another exit code."""
    code, out, err = cli(
        *words, "--data", tmp_path / "nowhere", "--out", tmp_path / "out", "--device", "cuda"
    )
    assert (code, out) == (2, "")
    program = f"fastmlp {words[0]}"
    assert err == (
        f"{program}: error: argument --device: device='cuda' needs numba-cuda: pip install 'fastmlp[cuda]'.\n"
        f"see `{program} --help`\n"
    )
    assert not (tmp_path / "out").exists()


def test_without_a_gpu_nothing_begins(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("fastmlp.cli.running.backend", lambda device: absent())
    code, out, err = cli("mnist", "--out", tmp_path / "out", "--device", "cuda")
    assert (code, out) == (2, "")
    assert "argument --device: device='cuda' found no NVIDIA GPU\n" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("without_cuda")
def test_the_gpus_of_a_cluster_are_not_looked_for_here(cli, monkeypatch):
    monkeypatch.setattr("fastmlp.experiments.backends.check_backend", lambda backend: None)
    monkeypatch.setattr("fastmlp.cli.run._run_all", lambda names, arguments, display: 0)
    assert cli("run", "depth", "--backend", "dask", "--device", "cuda") == (0, "", "")


def gpu_line(out):
    return re.search("^  GPU +(.*)$", out, re.M)[1]


@pytest.mark.usefixtures("without_cuda")
def test_info_without_the_extra(cli):
    code, out, err = cli("info")
    assert (code, err) == (0, "")
    assert gpu_line(out) == "none usable: device='cuda' needs numba-cuda: pip install 'fastmlp[cuda]'."


def test_info_with_a_gpu(cli, monkeypatch):
    pretend(monkeypatch)
    assert gpu_line(cli("info")[1]) == TEXT


def test_info_with_a_broken_driver(cli, monkeypatch):
    class DriverError(Exception):
        pass

    def broken():
        raise DriverError("[999] unknown error")

    pretend(monkeypatch, broken)
    code, out, err = cli("info")
    assert (code, err) == (0, "")
    assert gpu_line(out) == "none usable: [999] unknown error"
