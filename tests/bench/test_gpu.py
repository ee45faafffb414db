"""Which GPU there is, and who can use it: without one, by a program that stands in for NVIDIA's tool."""

import sys

import pytest

from bench import gpu

VALUES = "Some GPU, 1.2.3, 9.0, 1000 MiB, 1980 MHz, 700.00 W"


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """`tool(text, code)` puts an nvidia-smi on the path that prints this, and nothing else there."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(text, code=0):
        script = tmp_path / "nvidia-smi"
        script.write_text(f"#!{sys.executable}\nprint({text!r})\nraise SystemExit({code})\n")
        script.chmod(0o755)

    return put


@pytest.fixture
def probes(monkeypatch):
    """Programs that ask libraries, to be changed."""
    gpu.lacks.cache_clear()
    yield lambda **programs: monkeypatch.setattr(gpu, "PROBES", programs)
    gpu.lacks.cache_clear()


def test_without_a_tool(tool):
    assert gpu.describe() == {}
    assert gpu.why_not() == "There is no NVIDIA GPU: nvidia-smi shows none."


def test_a_tool_that_finds_no_driver(tool):
    tool("NVIDIA-SMI has failed", code=9)
    assert gpu.describe() == {}


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_the_first_gpu(tool, monkeypatch):
    tool(f"{VALUES}\nAnother, 1.2.3, 8.0, 10 MiB, 1 MHz, 1.00 W")
    found = gpu.describe()
    assert (found["name"], found["driver_version"], found["power.limit"]) == ("Some GPU", "1.2.3", "700.00 W")
    monkeypatch.setattr(gpu, "find_spec", lambda name: None)
    assert gpu.why_not() == "numba-cuda is not installed; python -m pip install -e '.[cuda]'"
    monkeypatch.setattr(gpu, "find_spec", lambda name: name == "numba_cuda")
    assert gpu.why_not() == ""


def test_packages_that_say_which_cuda_it_was(monkeypatch):
    monkeypatch.setattr(gpu, "PACKAGES", ("numba",))
    assert "numba" in gpu.packages()
    assert all(name.startswith("numba") for name in gpu.packages())


def test_libraries_that_cannot_use_it(probes):
    probes(no_such_library="", numpy="raise RuntimeError", scipy="")
    assert gpu.lacks("no_such_library") == "not installed"
    assert gpu.lacks("numpy") == "without CUDA"
    assert gpu.lacks("scipy") == ""
