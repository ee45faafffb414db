"""What the benchmarks of the GPU can be seen to do without one."""

import json
import subprocess
import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench import cuda_mnist, peers
from bench.cells import GPU, Cell
from bench.cuda_limits import FMA, LIMITS, limit_of
from bench.cuda_peers import PRECISIONS, fastmlp_options
from bench.worker import Worker, WorkerError

ROOT = Path(__file__).parents[2]
CELL = Cell((2,), 2, 4, features=3)


@pytest.fixture
def simulated(monkeypatch):
    """Processes of a test run CUDA as threads of Python."""
    if find_spec("numba_cuda") is None:
        pytest.skip("needs numba-cuda")
    monkeypatch.setenv("NUMBA_ENABLE_CUDASIM", "1")


def test_cells_are_whole_batches():
    assert all(cell.rows % cell.batch == 0 and 0 <= 60_000 - cell.rows < cell.batch for cell in GPU)


def test_a_precision_is_named_only_where_it_is_not_full():
    assert fastmlp_options("full") == {"device": "cuda"}
    assert fastmlp_options("tf32") == {"device": "cuda", "precision": "tf32"}


def test_every_precision_has_a_limit():
    assert [limit_of(precision, False) for precision in PRECISIONS] == [FMA, "cuBLAS tf32", "cuBLAS bf16"]
    assert {limit_of(precision, True) for precision in PRECISIONS} == {FMA}
    assert {limit_of(precision, False) for precision in PRECISIONS} <= set(LIMITS)


def test_an_unknown_precision_is_refused(capfd):
    with pytest.raises(WorkerError, match="ended with status 2"):
        Worker("bench.cuda_peers", "fastmlp", "--precision", "half")
    assert "invalid choice: 'half'" in capfd.readouterr().err


def test_fastmlp_answers_from_within_a_fit(simulated):
    with Worker("bench.cuda_peers", "fastmlp", *CELL.words) as worker:
        assert float(worker.greeting) > 0
        assert worker.ask() > 0
        assert worker.ask() > 0
    assert worker.process.poll() == 0


def test_multiply_adds(simulated):
    """x <- x / 2 + 1 / 2 ends at 1 in every chain."""
    code = (
        "from bench.cuda_fma import CHAINS, REPEATS, multiply_adds\n"
        "operations, run = multiply_adds(turns=2, threads=2, blocks=1)\n"
        "assert operations == 2 * CHAINS * REPEATS * 2 * 2\n"
        "assert (run().copy_to_host() == CHAINS).all()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_collecting_them_looks_for_no_gpu():
    code = (
        "import sys, bench.test_cuda\n"
        "raise SystemExit(bool({'numba.cuda', 'torch', 'jax'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # does not converge in so few epochs
def test_mnist_until_enough_is_known(monkeypatch, capsys):
    """Easy images, on the CPU: two fits of as many epochs, the second of which is asked for."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 50)
    X = (100 * y[:, None] + rng.integers(50, size=(100, 4))).astype(np.uint8)
    images = SimpleNamespace(X_train=X, y_train=y, X_test=X, y_test=y, input_scale=1 / 255)
    monkeypatch.setattr(cuda_mnist.sys, "stdin", ["\n", "accuracy\n"])
    settings = {"hidden_layer_sizes": (4,), "learning_rate_init": 0.01, "batch_size": 10, "random_state": 0}
    cuda_mnist.train(images, 50, settings)
    figures, seconds, accuracy = capsys.readouterr().out.splitlines()
    assert 1 < json.loads(figures)["epochs"] < 50
    assert float(seconds) > 0
    assert float(accuracy) >= cuda_mnist.TARGET


@pytest.mark.parametrize("change", ["nothing", "loss", "step"])
def test_what_changes_an_epoch_of_pytorch(change):
    """The loss may be computed otherwise, and a step be recorded; the same training comes of it."""
    torch = pytest.importorskip("torch")
    args = Namespace(hidden=(8,), batch=4, rows=40, features=3, task="classification", variant=None)
    X, y = peers.make_data(args)
    losses, seen = [], []

    def change_loss(function):
        return lambda rows, targets: 2 * function(rows, targets) / 2

    def record(step, index):
        seen.extend(index.tolist())
        return step

    options = {"loss": {"change_loss": change_loss}, "step": {"record": record}}.get(change, {})
    torch.manual_seed(0)
    model, data, targets, measure = peers.torch_network(args, X, y)
    epoch = peers.torch_epoch(model, data, targets, measure, args.batch, **options)
    for _ in range(20):
        epoch()
        losses.append(measure(model(data), targets).item())
    assert losses[-1] < losses[0]
    assert all(parameter.grad is None for parameter in model.parameters())
    assert seen == (list(range(args.batch)) if change == "step" else [])
