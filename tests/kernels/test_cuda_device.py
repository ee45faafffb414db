"""Asking for CUDA: what is missing is named; all kernels compile for a GPU, where the compiler is at hand."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import fastmlp
from fastmlp.cli.display import backend

ROOT = Path(fastmlp.__file__).parent.parent


def python(*words, **settings):
    """Run Python in a process of its own, where CUDA is not simulated; return the finished process."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_ENABLE_CUDASIM"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment | settings, capture_output=True, text=True, check=False
    )


def test_a_run_says_that_a_gpu_trained():
    record = {"machine": {"cpu": "a processor"}, "n_threads": 2, "settings": {"device": "cuda"}}
    assert backend(record) == "an NVIDIA GPU"


def test_importing_fastmlp_imports_no_cuda():
    code = "import sys, fastmlp; print([name for name in sys.modules if 'cuda' in name.split('.')])"
    assert python("-c", code).stdout == "[]\n"


def test_without_the_extra_it_is_named():
    code = (
        "import sys; sys.modules['numba_cuda'] = None\n"
        "from fastmlp import MLPClassifier\n"
        "MLPClassifier((2,), device='cuda').fit([[0.0], [1.0]] * 5, [0, 1] * 5)"
    )
    error = python("-c", code).stderr
    assert error.endswith("ImportError: device='cuda' needs numba-cuda: pip install 'fastmlp[cuda]'.\n")


@pytest.mark.skipif(find_spec("numba_cuda") is None, reason="needs the extra 'cuda'")
def test_without_a_gpu_it_says_so(request):
    if request.config.getoption("--device") == "cuda":
        pytest.skip("there is a GPU")
    code = "from fastmlp.kernels import backend; backend('cuda')"
    error = python("-c", code).stderr
    assert "OSError: device='cuda' found no NVIDIA GPU that CUDA can use; install its driver" in error


@pytest.mark.skipif(find_spec("nvidia") is None, reason="needs the compiler that numba-cuda[cu13] brings")
def test_every_kernel_compiles_for_a_gpu():
    process = python("-m", "tests.kernels.cuda_compile")
    assert process.returncode == 0, process.stdout + process.stderr
    assert " 0 failed" in process.stdout
