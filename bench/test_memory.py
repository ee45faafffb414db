"""Peak memory of fit over the data, each library in a process of its own."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .cells import MNIST
from .peers import PEERS
from .tables import MEMORY

#: (library, dtype of X)
WORKLOADS = [("fastmlp", "float32"), ("fastmlp", "float64"), ("fastmlp", "uint8")] + [
    (peer, "float32") for peer in PEERS
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps other counts of memory.")
@pytest.mark.parametrize(("library", "dtype"), WORKLOADS)
def test_peak(library, dtype, benchmark, result, quick):
    cell = MNIST.shorter(steps=150) if quick else MNIST  # data still far larger than the network
    named = {"library": library, "dtype": dtype, "rows": cell.rows}
    if library in PEERS and find_spec(PEERS[library]) is None:
        result(MEMORY, **named, data_megabytes=4e-6 * cell.rows * cell.features, missing="not installed")
        pytest.skip(f"{PEERS[library]} is not installed; python -m pip install -e '.[bench]'")
    command = [sys.executable, "-m", "bench.footprint", library, *cell.words]
    command += [] if dtype == "float32" else ["--variant", dtype]
    root, outputs = Path(__file__).parent.parent, []
    benchmark.pedantic(lambda: outputs.append(subprocess.check_output(command, cwd=root, text=True)))
    figures = json.loads(outputs[-1])
    bound = figures.get("bound_megabytes")
    result(MEMORY, **named, **figures, bound="" if bound is None else f"{bound:.1f}")
