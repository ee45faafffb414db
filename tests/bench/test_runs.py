"""A run of the benchmarks in which one peer is not installed and another one crashes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Peers as the run sees them: its processes know nothing of a "ghost" and refuse to start.
PLUGIN = """
from bench.peers import PEERS
PEERS.clear()
PEERS.update({"sklearn": "sklearn", "absent": "no_such_module", "ghost": "sklearn"})
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The finished process and the result file."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "other_peers.py").write_text(PLUGIN)
    result = folder / "result.json"
    command = ["pytest", "bench/test_training.py", "-p", "other_peers", "-p", "no:cacheprovider", "--quick"]
    command += ["-m", "short", f"--benchmark-json={result}"]
    path = os.pathsep.join([str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, json.loads(result.read_text())


def test_one_row_says_what_happened_to_each_peer(run):
    done, _ = run
    header, _, row = [line for line in done.stdout.splitlines() if line.startswith("|")][:3]
    columns = [cell.strip() for cell in header.strip("|").split("|")]
    cells = dict(zip(columns, [cell.strip() for cell in row.strip("|").split("|")], strict=True))
    assert (cells["absent"], cells["ghost"]) == ("not installed", "failed")
    assert float(cells["sklearn"]) > 0
    assert cells["best peer"] == f"{cells['sklearn']} sklearn"
    assert cells["fastmlp"].endswith(" s")


def test_a_crash_is_a_failure_that_shows_its_reason(run):
    done, _ = run
    assert done.returncode == 1
    assert "1 failed, 1 passed, 1 skipped" in done.stdout
    assert "invalid choice: 'ghost'" in done.stdout


def test_the_result_file(run):
    _, result = run
    (entry,) = result["benchmarks"]
    assert entry["extra_info"]["peer"] == "sklearn"
    assert 0 < entry["extra_info"]["share_of_limit"] < 1
    assert {figure["peer"]: figure["missing"] for figure in result["missing"]} == {
        "absent": "not installed",
        "ghost": "failed",
    }
    assert result["quick"] is True
    assert result["machine_info"]["limits"]["fma_float32_gflops"] > 0
    assert result["machine_info"]["versions"]["fastmlp"]
