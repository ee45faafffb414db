"""Every instruction set that this machine can run passes the tests of the kernels and the engine.

Each runs in a process of its own, because the choice is made when the kernels are imported; Numba is told to
generate code for a processor of that class, so that the elementwise kernels are narrower too.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastmlp.kernels.cpu import isa

PROCESSORS = {"avx2": ("haswell", "+avx2,+fma"), "generic": ("x86-64", "")}
ROOT = Path(__file__).resolve().parent.parent


def in_process(*command, **settings):
    """Run Python in the repository's root; return the finished process."""
    environment = os.environ | settings
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="without the JIT there are no instructions")
@pytest.mark.parametrize("name", list(isa.INSTRUCTION_SETS))
def test_kernels_and_engine(name):
    if list(isa.INSTRUCTION_SETS).index(name) <= list(isa.INSTRUCTION_SETS).index(isa.NAME):
        pytest.skip(f"{name} is what the other tests run on, or wider than this machine's {isa.detect()}")
    processor, features = PROCESSORS[name]
    finished = in_process(
        "-m", "pytest", "-q", "-x", "tests/kernels", "tests/engine",
        FASTMLP_ISA=name, NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-3000:]
    assert " passed" in finished.stdout


@pytest.mark.parametrize("name", ["sse9", "AVX2"])
def test_unknown_instruction_set(name):
    finished = in_process("-c", "import fastmlp.kernels.cpu.isa", FASTMLP_ISA=name)
    assert finished.returncode != 0
    assert f"FASTMLP_ISA='{name}' cannot be used on this machine; choose one of" in finished.stderr
