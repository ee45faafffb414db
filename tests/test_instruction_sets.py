"""On every instruction set that this machine can run, kernels and networks do the same.

Each runs in a process of its own, because the choice is made when the kernels are imported; Numba is told to
generate code for a processor of that class, so that the elementwise kernels are narrower too.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fastmlp.kernels.cpu import isa

PROCESSORS = {"avx2": ("haswell", "+avx2,+fma"), "generic": ("x86-64", "")}
WIDER = list(isa.INSTRUCTION_SETS)[: list(isa.INSTRUCTION_SETS).index(isa.NAME) + 1]
ROOT = Path(__file__).resolve().parent.parent

#: What depends on the width of vectors: all kernels, and networks that use every pass of the engine; not how
#: programs are cached, data checked or threads stopped.  Of the programs for images only those of float64,
#: whose vectors are the shortest: the others would take a sixth of the time.
TESTS = [
    "tests/kernels",
    "--ignore=tests/kernels/test_cache.py",
    "--ignore=tests/kernels/test_contract.py",
    "--ignore=tests/kernels/test_cuda_device.py",
    "--ignore=tests/kernels/test_rounding.py",
    "--ignore=tests/kernels/test_parts.py",
    "tests/engine/test_training.py",
    "tests/engine/test_same_bits.py::test_same_bits_at_any_number_of_threads",
    "tests/engine/test_images.py::test_training_agrees_with_the_reference",
    "tests/engine/test_images.py::test_same_bits_at_any_number_of_threads",
    *("-k", "not test_images or float64"),
]


def in_process(*command, **settings):
    """Run Python in the repository's root; return the finished process."""
    environment = os.environ | settings
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def runs():
    """The tests on all narrower instruction sets, side by side: most of their time, one thread compiles."""

    def run(name):
        processor, features = PROCESSORS[name]
        settings = {"FASTMLP_ISA": name, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features}
        return in_process("-m", "pytest", "-q", "-x", *TESTS, **settings)

    with ThreadPoolExecutor() as pool:
        yield {name: pool.submit(run, name) for name in isa.INSTRUCTION_SETS if name not in WIDER}


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="without the JIT there are no instructions")
@pytest.mark.parametrize("name", list(isa.INSTRUCTION_SETS))
def test_kernels_and_networks(name, runs):
    if name in WIDER:
        pytest.skip(f"{name} is what the other tests run on, or wider than this machine's {isa.detect()}")
    finished = runs[name].result()
    assert finished.returncode == 0, finished.stdout[-3000:]
    assert " passed" in finished.stdout


@pytest.mark.parametrize("name", ["sse9", "AVX2"])
def test_unknown_instruction_set(name):
    finished = in_process("-c", "import fastmlp.kernels.cpu.isa", FASTMLP_ISA=name)
    assert finished.returncode != 0
    assert f"FASTMLP_ISA='{name}' cannot be used on this machine; choose one of" in finished.stderr
