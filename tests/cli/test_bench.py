"""`bench`: what it runs, writes and says when something is missing; nothing is timed for real."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from fastmlp.cli import bench
from fastmlp.cli.extras import ROOT


@pytest.fixture
def runs(monkeypatch):
    """Run nothing: keep the commands, and let the next ones end as told."""
    commands, codes = [], []

    def run(command, *, cwd, check):
        assert (cwd, check) == (ROOT, False)
        commands.append(command[1:])
        for word in command:
            if word.startswith("--benchmark-json="):
                with open(word.partition("=")[2], "w") as file:
                    file.write('{"benchmarks": []}')
        return SimpleNamespace(returncode=codes.pop(0) if codes else 0)

    monkeypatch.setattr(bench, "subprocess", SimpleNamespace(run=run))
    return commands, codes


def test_quick_run_with_a_report(tmp_path):
    """The real thing, short: products, training and prediction are measured and reported."""
    folder = tmp_path / "new" / "report"
    command = [sys.executable, ROOT / "cli.py", "bench", "--quick", "--report", folder]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    for title in ("Training", "Prediction", "Matrix products, one core"):
        assert f"{title} (one short round: not to be quoted)" in run.stdout
    assert {path.name for path in folder.iterdir()} == {"report.md", "report.png", "results.json"}
    tables = {
        entry["extra_info"]["table"]
        for entry in json.loads((folder / "results.json").read_text())["benchmarks"]
    }
    assert tables == {"Training", "Prediction", "Matrix products, one core"}
    assert "## Training" in (folder / "report.md").read_text()


def test_without_a_report_nothing_is_written(cli, runs, tmp_path):
    commands, _ = runs
    assert cli("bench") == (0, "", "")
    (command,) = commands
    assert command[:3] == ["-m", "pytest", "bench"]
    assert "short" in command
    assert not any("json" in word for word in command)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_benchmark_is_reported_all_the_same(cli, runs, tmp_path):
    commands, codes = runs
    codes += [1, 0]
    assert cli("bench", "--report", tmp_path)[0] == 1
    assert commands[1][1] == "bench.report"
    assert (tmp_path / "results.json").exists()


def test_ctrl_c(cli, runs):
    runs[1].append(bench.INTERRUPTED)
    assert cli("bench") == (130, "", "Interrupted.\n")


def test_an_installed_package_has_no_benchmarks(cli, monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    code, _, err = cli("bench")
    assert code == 1
    assert "run `python cli.py bench` in its clone" in err


def test_missing_pytest_benchmark(cli, monkeypatch):
    monkeypatch.setattr(bench, "NEEDED", {"no_such_module": "pytest-benchmark"})
    code, _, err = cli("bench")
    assert code == 1
    assert "need pytest-benchmark, not installed here" in err
    assert 'pip install -e ".[dev]"' in err


def test_a_folder_that_cannot_be_written_to(cli, runs, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = cli("bench", "--report", tmp_path / "file" / "folder")
    assert code == 1
    assert "Cannot write to the folder" in err
    assert runs[0] == []
