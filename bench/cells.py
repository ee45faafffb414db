"""The workloads that training is timed on, and what they cost.

Standard library only: a process that is timed limits its threads before NumPy is imported.
"""

from itertools import pairwise, product
from typing import NamedTuple

#: Where an epoch would take more rows than this, it is short instead: all of MNIST's.
MOST_ROWS = 60_000
SECONDS = 0.15  # of one of our epochs on one core, roughly; what the rows of a cell are chosen for
N_CLASSES = 10

#: What a step takes on a fast core, for choosing rows: an estimate, never a result.
FLOPS_PER_SECOND = 200e9
SECONDS_PER_STEP = 1e-6
KEPT, MOVED = 12, 28  # bytes of a parameter under Adam: weight and two moments; read and written in a step
CACHE = 4e6  # bytes
CACHE_RATE, MEMORY_RATE = 100e9, 30e9  # bytes per second


class Cell(NamedTuple):
    """One workload: a network, a batch and so many rows of random data."""

    hidden: tuple[int, ...]
    batch: int
    rows: int
    features: int = 784
    task: str = "classification"  # of ten classes; or regression, of one value

    def __str__(self):
        return f"{self.network} batch {self.batch}"

    @property
    def network(self):
        """The widths in one word."""
        return "-".join(map(str, self.sizes))

    @property
    def sizes(self):
        """Widths of all layers, the inputs first."""
        return self.features, *self.hidden, N_CLASSES if self.task == "classification" else 1

    @property
    def words(self):
        """The options of `bench.peers` that describe it."""
        words = {**self._asdict(), "hidden": ",".join(map(str, self.hidden))}
        return [word for name, value in words.items() for word in (f"--{name}", str(value))]

    @property
    def flops(self):
        """Operations of an epoch's matrix products, a multiply-add being two.

        Forward, weight gradient and input gradient are 2 k n each for every row; the first layer needs no
        input gradient.
        """
        return self.rows * _flops_per_row(self.sizes)

    def shorter(self, steps=3):
        """Return the cell with the rows of a few steps, to see that it runs."""
        return self._replace(rows=min(self.rows, steps * self.batch))


def _flops_per_row(sizes):
    return 6 * sum(k * n for k, n in pairwise(sizes)) - 2 * sizes[0] * sizes[1]


def threads_text(threads):
    """Return "1 thread", "2 threads"."""
    return f"{threads} thread{'s' * (threads != 1)}"


def make_cell(hidden, batch, **options):
    """Make a cell with as many rows as keep one core busy for about `SECONDS`.

    Whole batches, at least three, and at most `MOST_ROWS` rows.

    Parameters
    ----------
    hidden : tuple of int
    batch : int
    **options
        `features` and `task` of `Cell`.

    Returns
    -------
    Cell
    """
    cell = Cell(hidden, batch, 0, **options)
    n_params = sum((k + 1) * n for k, n in pairwise(cell.sizes))
    rate = CACHE_RATE if KEPT * n_params < CACHE else MEMORY_RATE
    work = _flops_per_row(cell.sizes) * batch / FLOPS_PER_SECOND
    step = work + MOVED * n_params / rate + SECONDS_PER_STEP
    return cell._replace(rows=batch * max(3, min(round(SECONDS / step), MOST_ROWS // batch)))


def products(cell, *, most_rows, few_rows, lanes=16):
    """Return the matrix products of a step of training.

    Forward x w, weight gradient xᵀ dz and, above the first layer, the transposed input gradient w dzᵀ; of few
    rows the engine makes the latter as dot products, which are none of these.  Rows of w and of dzᵀ are
    padded to whole vectors.

    The weight gradient is listed in full.  The engine makes it with the same tiles in strips of
    `contract.STRIP` rows, each applied at once; the benchmarks of training contain what that costs.

    Parameters
    ----------
    cell : Cell
    most_rows : int
        The engine's `contract.MOST_ROWS`: a larger batch is done in parts.
    few_rows : int
        The engine's `plan.FEW_ROWS`: the largest batch that counts as few.
    lanes : int
        Elements of a vector.

    Returns
    -------
    list of (str, int, int, int)
        Kernel, and m, k, n of a product of (m, k) and (k, n).
    """

    def padded(length):
        return -(-length // lanes) * lanes

    shapes, rows = [], min(cell.batch, most_rows)
    for i, (k, n) in enumerate(pairwise(cell.sizes)):
        shapes += [("gemm_nn", rows, k, padded(n)), ("gemm_tn", k, rows, padded(n))]
        if i > 0 and cell.batch > few_rows:
            shapes.append(("gemm_nn", k, n, padded(rows)))
    return shapes


#: The cell of the README's table: the whole batches of MNIST's 60,000 rows.
MNIST = Cell((256, 128, 64), 128, MOST_ROWS // 128 * 128)

#: The cells of the GPU: whole batches of as many rows.
GPU = [
    Cell(hidden, batch, MOST_ROWS // batch * batch)
    for hidden, batch in (((256, 128, 64), 128), ((256, 128, 64), 1024), ((1024, 1024, 1024), 4096))
]

HIDDEN = [(64, 64), (100, 100, 100), (256, 128, 64), (512, 256), (1024, 1024, 1024)]
BATCHES = [1, 4, 32, 128, 512, 4096]

GRID = [
    MNIST if (hidden, batch) == MNIST[:2] else make_cell(hidden, batch)
    for hidden, batch in product(HIDDEN, BATCHES)
] + [
    make_cell((64, 64), 32, features=20, task="regression"),
    make_cell((64, 64), 200, features=20, task="regression"),
    make_cell((1024, 1024), 128, features=3072),  # CIFAR's shape
]
