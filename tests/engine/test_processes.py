"""Programs are compiled once: what other processes load, and that it is the same program there."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from fastmlp.kernels.contract import Update

from .networks import LABEL_LOSS, make_network, problem
from .processes import python
from .training import train

#: Train with the optimizers that fuse most, and print a hash of the parameters; given "alone", with kernels
#: in the process that Python called before.
TRAINING = """
import hashlib, sys
import numpy as np
from fastmlp.kernels.cpu import activations, optimizers
from fastmlp.layers import Dense, Dropout
from tests.engine.networks import LABEL_LOSS, make_network, problem
from tests.engine.training import UPDATES, train
if "alone" in sys.argv:
    x = [np.ones(20, np.float32) for _ in range(4)]
    optimizers.adam(*x, 0.1, 0.9, 0.99, 1e-8)
    optimizers.nesterov(*x[:3], 0.1, 0.9)
    activations.gelu_forward(np.ones((2, 16), np.float32), np.ones((2, 16), np.float32))
rows, targets = problem(200, 30, 3, LABEL_LOSS, dtype="float32", weighted=True)
for name in ("adam", "nesterov", "adamw", "penalties"):
    layers = [Dense(40, "gelu"), Dropout(0.2), Dense(30, "logistic"), Dense(20, "elu")]
    network = make_network(layers, 30, 3, LABEL_LOSS, device="cpu", dtype="float32")
    train(network, rows, targets, UPDATES[name], batch_size=30)
    print(hashlib.md5(network.params.tobytes()).hexdigest())
"""

#: Predict, given "trained" after training; the reference must agree.
PREDICTION = """
import sys
import numpy as np
from fastmlp.layers import Dense
from tests.engine.networks import LABEL_LOSS, make_network, problem
from tests.engine.training import UPDATES, train
rows, targets = problem(300, 61, 3, LABEL_LOSS, dtype="float32")
outputs = []
for device in ("cpu", "ref"):
    network = make_network([Dense(100), Dense(50)], 61, 3, LABEL_LOSS, device=device, dtype="float32")
    if "trained" in sys.argv:
        train(network, rows, targets, UPDATES["momentum"], batch_size=100, n_epochs=1)
    outputs.append(network.predict(rows))
np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A cache folder with a training and a prediction program from two processes, and these processes."""
    folder = str(tmp_path_factory.mktemp("cache"))
    with ThreadPoolExecutor() as pool:
        processes = list(
            pool.map(lambda code: python(code, FASTMLP_CACHE_DIR=folder), (TRAINING, PREDICTION))
        )
    for process, purpose in zip(processes, ("training", "prediction"), strict=True):
        assert process.stderr.count("compiling") == 1
        assert f"compiling the {purpose} program for float32" in process.stderr
    return folder, *processes


def test_the_process_that_compiles_trains_to_the_same_bits(compiled):
    """One that compiled, one that loads, two that use kernels alone first: same seed, same bits."""
    folder, training, _ = compiled
    hashes = training.stdout.split()
    assert len(hashes) == 4
    for words in ([], ["alone"], ["alone"]):
        loading = python(TRAINING, *words, FASTMLP_CACHE_DIR=folder)
        assert "compiling" not in loading.stderr
        assert loading.stdout.split() == hashes


def test_programs_compiled_in_different_processes_work_together(compiled):
    """Where they meet, functions of one name are one: no name may stand for two bodies."""
    folder, *_ = compiled
    assert "compiling" not in python(PREDICTION, "trained", FASTMLP_CACHE_DIR=folder).stderr


def test_a_second_process_starts_without_compiling():
    code = """
import numpy as np
from fastmlp.kernels.contract import Update
from fastmlp.kernels.cpu.engine import program
from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets
network = Network([Dense(3, "identity")], (2,), "softmax_cross_entropy", dtype="float64")
rows, targets = as_rows(np.ones((4, 2)), "float64"), as_targets(np.array([0, 1, 2, 0]), "float64")
network.train_epoch(rows, targets, np.arange(4), Update(), 2)
print(sum(program.stats.cache_hits.values()), sum(program.stats.cache_misses.values()))
"""
    rows, targets = problem(4, 2, 3, LABEL_LOSS)
    network = make_network([], 2, 3, LABEL_LOSS, device="cpu")
    train(network, rows, targets, Update(), batch_size=2, n_epochs=1)
    finished = python(code)
    assert finished.stdout.split() == ["1", "0"]
    assert "compiling" not in finished.stderr


def test_without_the_jit_the_cpu_says_what_to_do():
    code = """
import numpy as np
from fastmlp.layers import Dense
from fastmlp.network import Network
from fastmlp.rows import as_rows
for device in ("ref", "cpu"):
    network = Network([Dense(3, "identity")], (2,), "softmax_cross_entropy", device=device)
    print(network.predict(as_rows(np.ones((1, 2), "f"), "float32")).shape)
"""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert finished.stdout == "(1, 3)\n"
    assert "NUMBA_DISABLE_JIT is set; unset it, or use device='ref'" in finished.stderr
