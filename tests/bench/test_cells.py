"""The grid of workloads: what it contains, rows, operations, products."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.cells import BATCHES, GRID, HIDDEN, MNIST, make_cell, products
from bench.cells import MOST_ROWS as MOST_ROWS_OF_A_CELL
from fastmlp.kernels.contract import MOST_ROWS
from fastmlp.plan import FEW_ROWS

ROOT = Path(__file__).parents[2]
ENGINE = {"most_rows": MOST_ROWS, "few_rows": FEW_ROWS}


def test_the_grid():
    dense = {(cell.hidden, cell.batch) for cell in GRID if cell.features == 784}
    assert dense == {(hidden, batch) for hidden in HIDDEN for batch in BATCHES}
    others = [str(cell) for cell in GRID if cell.features != 784]
    assert others == ["20-64-64-1 batch 32", "20-64-64-1 batch 200", "3072-1024-1024-10 batch 128"]
    assert MNIST in GRID


@pytest.mark.parametrize("cell", GRID, ids=str)
def test_rows_are_whole_batches(cell):
    assert cell.rows % cell.batch == 0
    assert cell.rows >= 3 * cell.batch
    assert cell.rows <= max(MOST_ROWS_OF_A_CELL, 3 * cell.batch)


def test_rows_follow_the_work():
    """The larger the network, the fewer rows; the larger the batch, the more, for updates take time, too."""
    by_network = [make_cell(hidden, 32).rows for hidden in HIDDEN]
    assert by_network == sorted(by_network, reverse=True)
    by_batch = [make_cell((512, 256), batch).rows for batch in BATCHES]
    assert by_batch == sorted(by_batch)


def test_operations_of_an_epoch():
    """6 for every weight and row, but 4 in the first layer, which needs no input gradient: 63 GFLOP."""
    assert MNIST.flops == 59_904 * (6 * (784 * 256 + 256 * 128 + 128 * 64 + 64 * 10) - 2 * 784 * 256)
    one_layer = make_cell((), 8, features=5, task="regression")
    assert one_layer.flops == 4 * 5 * one_layer.rows


def test_the_products_of_a_step_are_its_operations():
    cell = make_cell((64, 32), 128, features=48, task="classification")._replace(rows=128)
    work = sum(2 * m * k * n for _, m, k, n in products(cell, lanes=2, **ENGINE))
    assert work == cell.flops


def test_products_are_padded_to_whole_vectors():
    cell = make_cell((100,), 200)
    assert products(cell, **ENGINE) == [
        ("gemm_nn", 200, 784, 112),
        ("gemm_tn", 784, 200, 112),
        ("gemm_nn", 200, 100, 16),
        ("gemm_tn", 100, 200, 16),
        ("gemm_nn", 100, 10, 208),
    ]


def test_products_of_large_batches_are_made_in_parts():
    assert products(make_cell((100,), 4096), **ENGINE) == products(make_cell((100,), MOST_ROWS), **ENGINE)


@pytest.mark.parametrize("rows", [1, FEW_ROWS])
def test_input_gradients_of_few_rows_are_no_products(rows):
    assert products(make_cell((100,), rows), **ENGINE) == [
        ("gemm_nn", rows, 784, 112),
        ("gemm_tn", 784, rows, 112),
        ("gemm_nn", rows, 100, 16),
        ("gemm_tn", 100, rows, 16),
    ]
    assert ("gemm_nn", 100, 10, 16) in products(make_cell((100,), FEW_ROWS + 1), **ENGINE)


def test_a_shorter_cell_runs_a_few_steps():
    assert MNIST.shorter().rows == 384
    assert MNIST.shorter(steps=10**9) == MNIST


MODULES = ["peers", "predictors", "image_networks", "footprint", "cuda_peers", "cuda_limits", "cuda_mnist"]


@pytest.mark.parametrize("module", MODULES)
def test_processes_that_are_timed_import_no_library_before_their_settings(module):
    code = f"import sys, bench.{module}; raise SystemExit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
