"""`warmup`: what it compiles, that later processes find it, and what stands in its way."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from llvmlite import binding

import fastmlp
from fastmlp.cli import warmup
from fastmlp.kernels.cpu.cache import cache_folder
from tests.kernels.sizes import needs_jit

CLI = Path(fastmlp.__file__).parent.parent / "cli.py"


@needs_jit
def test_compiles_what_is_missing_for_later_processes(cli, tmp_path):
    """Of the prediction only: compiling the engine as well would take several times as long."""
    assert cli("warmup", "--dtype", "float32")[0] == 0
    copy = tmp_path / "kernels" / cache_folder().name
    shutil.copytree(cache_folder(), copy)
    for path in copy.glob("predict.*"):
        path.unlink()

    def warm_up():
        environment = {**os.environ, "FASTMLP_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, CLI, "warmup", "--dtype", "float32"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    first, second = warm_up(), warm_up()
    assert re.match(r"float32: compiled the prediction program in \d+\.\d s\n", first.stdout)
    assert f"kept in {copy} for the processor {binding.get_host_cpu_name()} (" in first.stdout
    assert list(copy.glob("predict.*.nbc"))
    notice = r"fastmlp: compiling the prediction program for float32 \(.* once; kept in .*\) \.\.\.\n"
    assert re.fullmatch(notice, first.stderr)
    assert re.match(r"float32: programs compiled before, loaded in \d+\.\d s\n", second.stdout)
    assert second.stderr == ""


@needs_jit
def test_both_dtypes_by_default(cli):
    code, out, _ = cli("warmup")
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()[:2]] == ["float32", "float64"]
    assert out.splitlines()[2].startswith(f"kept in {cache_folder()} ")


def test_a_dtype_twice_is_compiled_once(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path))
    warmed = []
    monkeypatch.setattr(warmup, "_warm_up", lambda dtype, folder: warmed.append(dtype) or (1.25, [], 0))
    code, out, _ = cli("warmup", "--dtype", "float64", "float64")
    assert (code, warmed) == (0, ["float64"])
    assert out.startswith("float64: programs compiled before, loaded in 1.2 s\n")


def test_a_folder_that_cannot_be_written(cli, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(warmup, "_warm_up", lambda *args: pytest.fail("compiled in vain"))
    code, out, err = cli("warmup")
    assert (code, out) == (1, "")
    assert err.startswith(f"fastmlp: error: Compiled programs cannot be kept in {tmp_path / 'file'}")
    assert "set FASTMLP_CACHE_DIR to a folder that can be written" in err


def test_what_was_compiled_but_not_kept_is_an_error(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(
        warmup, "_warm_up", lambda *args: (9.0, ["the training program", "the prediction program"], 1)
    )
    code, out, err = cli("warmup")
    assert (code, out) == (1, "")
    assert re.search("1 of 2 programs were kept in .*; is the disk full", err)


def test_nothing_to_do_without_a_compiler(cli, monkeypatch):
    monkeypatch.setattr("numba.core.config.DISABLE_JIT", 1)
    code, out, err = cli("warmup")
    assert (code, out) == (1, "")
    assert err == "fastmlp: error: NUMBA_DISABLE_JIT is set, so nothing is compiled; unset it.\n"


def test_an_unknown_dtype(cli):
    code, _, err = cli("warmup", "--dtype", "float16")
    assert code == 2
    assert "invalid choice: 'float16'" in err
