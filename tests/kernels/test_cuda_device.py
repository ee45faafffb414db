"""Asking for CUDA: what is missing is named; all kernels compile for a GPU, where the compiler is at hand."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import fastmlp
from fastmlp.cli.display import backend

from ..gpu import DESCRIPTION, TEXT

ROOT = Path(fastmlp.__file__).parent.parent
RUN = """
import sys
from fastmlp.cli import main
assert main(["run", "gradient-check", "--quick", "--device", "ref", "--out", sys.argv[1]]) == 0
"""
needs_numba_cuda = pytest.mark.skipif(find_spec("numba_cuda") is None, reason="needs the extra 'cuda'")


def python(*words, **settings):
    """Run Python in a process of its own, where CUDA is not simulated; return the finished process."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_ENABLE_CUDASIM"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment | settings, capture_output=True, text=True, check=False
    )


def test_a_run_says_that_a_gpu_trained():
    machine = {"cpu": "a processor", **DESCRIPTION}
    assert backend({"machine": machine, "n_threads": 2, "settings": {"device": "cuda"}}) == TEXT


@pytest.mark.parametrize("code", ["import fastmlp", RUN], ids=["import", "run"])
def test_without_the_device_no_cuda_is_imported(code, tmp_path):
    code += "\nimport sys; print([name for name in sys.modules if 'cuda' in name.split('.')])"
    finished = python("-c", code, tmp_path)
    assert (finished.stdout.splitlines()[-1:], finished.returncode) == (["[]"], 0), finished.stderr


def test_without_the_extra_it_is_named():
    code = (
        "import sys; sys.modules['numba_cuda'] = None\n"
        "from fastmlp import MLPClassifier\n"
        "MLPClassifier((2,), device='cuda').fit('no data', None)"  # which are not looked at
    )
    error = python("-c", code).stderr
    assert error.endswith("ImportError: device='cuda' needs numba-cuda: pip install 'fastmlp[cuda]'.\n")


@needs_numba_cuda
def test_a_record_says_that_cuda_was_simulated():
    code = "from fastmlp.experiments.environment import gpu; print(gpu('cuda'))"
    assert python("-c", code, NUMBA_ENABLE_CUDASIM="1").stdout == "{'gpu': 'no GPU, CUDA simulated'}\n"


@needs_numba_cuda
def test_without_a_gpu_it_says_so(request):
    if request.config.getoption("--device") == "cuda":
        pytest.skip("there is a GPU")
    code = "from fastmlp.kernels import backend; backend('cuda')"
    error = python("-c", code).stderr
    assert "OSError: device='cuda' found no NVIDIA GPU that CUDA can use; install its driver" in error


@needs_numba_cuda
def test_numba_cuda_takes_what_it_is_given():
    process = python("-m", "tests.kernels.cuda_host")
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.skipif(find_spec("nvidia") is None, reason="needs the compiler that numba-cuda[cu13] brings")
def test_every_kernel_compiles_for_a_gpu():
    process = python("-m", "tests.kernels.cuda_compile")
    assert process.returncode == 0, process.stdout + process.stderr
    assert " 0 failed" in process.stdout
