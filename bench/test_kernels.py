"""Every kernel on one core, as a share of what the core can do.

    python -m pytest bench/test_kernels.py            # products of MNIST's shape, all other kernels
    python -m pytest bench/test_kernels.py --grid     # products of every network and batch of the grid

Times are those of the processor, where the system counts them finely: other processes are left out.
"""

import numpy as np
import pytest
from numba import njit

from fastmlp.kernels import backend
from fastmlp.kernels.contract import MOST_ROWS
from fastmlp.kernels.cpu import gemm
from fastmlp.plan import FEW_ROWS, leading_dimension
from tests.cases import CASES

from .cells import GRID, MNIST, products
from .limits import clock, copy_rate, fma_rate
from .machine import pinned
from .placement import spread
from .tables import ELEMENTWISE, PRODUCTS
from .turns import affordable, in_turn

ROUNDS = 200
BUDGET = 1.0  # seconds for the rounds of a kernel, where ten rounds are less
DTYPES = ["float32", "float64"]
LENGTH = 0.5e-3  # seconds that one measurement should take: long beside a call, short beside a time slice

SMALLEST = 64  # below it in any direction, a product is a small part of a step


def products_of(cells):
    """Return the shapes of the cells' products that matter, each once: (kernel, m, k, n)."""
    shapes = [shape for cell in cells for shape in products(cell, most_rows=MOST_ROWS, few_rows=FEW_ROWS)]
    return list(dict.fromkeys(shape for shape in shapes if min(shape[1:]) >= SMALLEST))


#: One that fits the innermost cache, those of MNIST's shape, and one whose operands fill the caches.
SHORT = [("gemm_nn", 64, 64, 64), *products_of([MNIST]), ("gemm_nn", 128, 1024, 1024)]


@pytest.fixture(scope="module", autouse=True)
def one_core():
    with pinned(1):
        yield


@njit(nogil=True)
def repeat(times, kernel, args):
    """Call a kernel from compiled code, as the engine does; its last value is returned, so it is needed."""
    for _ in range(times):
        value = kernel(*args)
    return value


def rate_of(work, kernel, args):
    """Return a function that measures `work` (operations or bytes of a call) per second, and its duration."""

    def seconds(times):
        repeat(1, kernel.compiled, args)  # compiles, and brings the operands into the cache
        start = clock()
        repeat(times, kernel.compiled, args)
        return clock() - start

    once = min(seconds(1) for _ in range(3))
    times = max(1, round(LENGTH / once))
    return lambda: work * times / seconds(times), times * once


def matrices(shapes, dtype):
    """Random matrices of the engine's leading dimensions."""
    rng = np.random.default_rng(0)
    wide = [rng.uniform(-1, 1, (m, leading_dimension(n, dtype))).astype(dtype) for m, n in shapes]
    return [matrix[:, :n] for matrix, (_, n) in zip(spread(*wide), shapes, strict=True)]


def pytest_generate_tests(metafunc):
    if "shape" in metafunc.fixturenames:
        shapes = products_of(GRID) if metafunc.config.getoption("grid") else SHORT
        metafunc.parametrize("shape", shapes, ids=[_id(*shape) for shape in shapes])


def _id(kernel, m, k, n):
    return f"{kernel}-{m}x{k}x{n}"


@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=pytest.mark.short), "float64"])
def test_product(shape, dtype, benchmark, result, at_most):
    kernel, m, k, n = shape
    shapes = [(k, m) if kernel == "gemm_tn" else (m, k), (k, n), (m, n)]
    a, b, c = matrices(shapes, dtype)
    flops = 2 * m * k * n
    rate, seconds = rate_of(flops, getattr(gemm, kernel), (a, b, c, False))
    rounds = at_most(affordable(seconds, BUDGET, least=10, most=ROUNDS))
    turns = in_turn(benchmark, rounds, limit=lambda: fma_rate(dtype), rate=rate)
    result(
        PRODUCTS,
        kernel=kernel,
        shape=f"{m}x{k}x{n}",
        dtype=dtype,
        gflops=turns.median("rate") / 1e9,
        limit_gflops=turns.median("limit") / 1e9,
        share_of_limit=turns.ratio("rate", "limit"),
        flops_per_byte=flops / (a.nbytes + b.nbytes + c.nbytes),
    )


#: (rows, valid columns, columns) of the operands of a module, about MNIST's shape: a hidden layer or weights,
#: outputs, inputs.  All operands of a kernel together stay well below a core's own cache of 1 MiB, and do not
#: just fill its innermost one of 48 KiB: where they fill a cache, or lie in one that other cores share,
#: unchanged code differs by up to half between runs.  What memory costs shows in the benchmarks of training.
SIZES = {
    "activations": (128, 128, 128),
    "losses": (64, 10, 16),
    "optimizers": (128, 128, 128),
    "regularizers": (128, 128, 128),
    "dropout": (128, 128, 128),
    "gather": (16, 784, 784),
    "gemm": (128, 128, 128),
}
PRODUCT_KERNELS = {kernel for kernel, *_ in SHORT}
DISPATCHERS = {"activation_forward", "activation_backward", "loss_and_gradient", "output_activation"}
OTHERS = [case for case in CASES if case.kernel not in PRODUCT_KERNELS | DISPATCHERS]


def bytes_of(case, m, n, dtype):
    """Bytes that one call has to read and write."""
    size = np.dtype(dtype).itemsize
    per_element = 1 + size if case.variant == "uint8" else case.moved * size
    return per_element * m * n


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.name)
def test_elementwise(case, dtype, benchmark, result, at_most):
    """Compared with a copy within as much memory; `bench.compare` takes the time relative to the clock.

    More than 100 % is possible: what is updated in place is written to lines that were just read.  Elementary
    functions are bound by arithmetic and stay far below.
    """
    m, n, ld = SIZES[case.module]
    arguments = case.arguments(m, n, dtype, ld)
    arrays = {name: value for name, value in arguments.items() if isinstance(value, np.ndarray)}
    memory = sum(array.nbytes for array in arrays.values())
    arguments |= dict(zip(arrays, spread(*arrays.values()), strict=True))
    kernel = getattr(getattr(backend("cpu"), case.module), case.kernel)
    n_bytes = bytes_of(case, m, n, dtype)
    rate, _ = rate_of(n_bytes, kernel, tuple(arguments.values()))
    limits = {"copy": lambda: copy_rate(memory), "fma": lambda: fma_rate("float32")}
    turns = in_turn(benchmark, at_most(ROUNDS), **limits, rate=rate)
    nanoseconds = 1e9 * n_bytes / turns.median("rate") / (m * n)
    result(
        ELEMENTWISE,
        kernel=case.name,
        shape=f"{m}x{n}",
        dtype=dtype,
        ns_per_element=nanoseconds,
        gflops=case.flops / nanoseconds,
        gbytes_per_second=turns.median("rate") / 1e9,
        limit_gbytes_per_second=turns.median("copy") / 1e9,
        limit_gflops=turns.median("fma") / 1e9,
        share_of_copy=turns.ratio("rate", "copy"),
        flops_per_byte=case.flops * m * n / n_bytes,
    )
