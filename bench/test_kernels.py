"""Every kernel on one core, as a share of what the core can do."""

from time import perf_counter

import numpy as np
import pytest
from numba import njit

from fastmlp.kernels import backend
from fastmlp.kernels.cpu import gemm
from fastmlp.workspace import aligned_copy, aligned_zeros
from tests.cases import CASES

from .limits import copy_rate, fma_rate
from .machine import pinned
from .turns import in_turn

ROUNDS = 50
DTYPES = ["float32", "float64"]
LENGTH = 0.5e-3  # seconds that one measurement should take: long beside a call, short beside a time slice

#: (kernel, m, k, n): the products of training at MNIST's shape with batch 128 (forward, weight gradient,
#: transposed input gradient), then one whose operands fill the caches and one that fits the innermost.
PRODUCTS = [
    ("gemm_nn", 128, 784, 256),
    ("gemm_nn", 128, 256, 128),
    ("gemm_tn", 784, 128, 256),
    ("gemm_nn", 256, 128, 128),
    ("gemm_nn", 128, 1024, 1024),
    ("gemm_nn", 64, 64, 64),
]


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
    """Return a function that measures `work` (operations or bytes of one call) per second."""

    def seconds(times):
        start = perf_counter()
        repeat(times, kernel, args)
        return perf_counter() - start

    seconds(1)  # compiles, and brings the operands into the cache
    times = max(1, round(LENGTH / min(seconds(1) for _ in range(3))))
    return lambda: work * times / seconds(times)


def random(rng, shape, dtype):
    array = aligned_zeros(shape, dtype)
    array[:] = rng.uniform(-1, 1, shape)
    return array


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("kernel", "m", "k", "n"), PRODUCTS)
def test_product(kernel, m, k, n, dtype, benchmark, row, quick):
    rng = np.random.default_rng(0)
    a = random(rng, (k, m) if kernel == "gemm_tn" else (m, k), dtype)
    b, c = random(rng, (k, n), dtype), aligned_zeros((m, n), dtype)
    rate = rate_of(2 * m * k * n, getattr(gemm, kernel), (a, b, c, False))
    turns = in_turn(benchmark, rate, lambda: fma_rate(dtype), rounds=1 if quick else ROUNDS)
    shape = f"{m}x{k}x{n}"
    benchmark.extra_info.update(
        kernel=kernel,
        shape=shape,
        dtype=dtype,
        gflops=turns.figure() / 1e9,
        limit_gflops=turns.reference() / 1e9,
        share_of_limit=turns.ratio(),
    )
    row(
        "Matrix products, one core",
        kernel=kernel,
        shape=shape,
        dtype=dtype,
        gflops=f"{turns.figure() / 1e9:.1f}",
        share_of_fma_limit=f"{turns.ratio():.1%}",
    )


#: (rows, valid columns, columns) of the operands of a module, at MNIST's shape: a hidden layer, the outputs,
#: the weights, the inputs of a batch.
SIZES = {
    "activations": (128, 256, 256),
    "losses": (128, 10, 16),
    "optimizers": (784, 256, 256),
    "regularizers": (784, 256, 256),
    "dropout": (128, 256, 256),
    "gather": (128, 784, 784),
    "gemm": (128, 256, 256),
}
PRODUCT_KERNELS = {kernel for kernel, *_ in PRODUCTS}
DISPATCHERS = {"activation_forward", "activation_backward", "loss_and_gradient", "output_activation"}
ELEMENTWISE = [case for case in CASES if case.kernel not in PRODUCT_KERNELS | DISPATCHERS]


def bytes_of(case, m, n, dtype):
    """Bytes that one call has to read and write."""
    size = np.dtype(dtype).itemsize
    per_element = 1 + size if case.variant == "uint8" else case.moved * size
    return per_element * m * n


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ELEMENTWISE, ids=lambda case: case.name)
def test_elementwise(case, dtype, benchmark, row, quick):
    """Compared with a copy within as much memory.

    More than 100 % is possible: what is updated in place is written to lines that were just read.  Elementary
    functions are bound by arithmetic and stay far below.
    """
    m, n, ld = SIZES[case.module]
    arguments = tuple(
        aligned_copy(value) if isinstance(value, np.ndarray) and value.flags.c_contiguous else value
        for value in case.arguments(m, n, dtype, ld).values()
    )
    kernel = getattr(getattr(backend("cpu"), case.module), case.kernel)
    n_bytes = bytes_of(case, m, n, dtype)
    memory = sum(value.nbytes for value in arguments if isinstance(value, np.ndarray))
    rate = rate_of(n_bytes, kernel, arguments)
    turns = in_turn(benchmark, rate, lambda: copy_rate(memory), rounds=1 if quick else ROUNDS)
    nanoseconds = 1e9 * n_bytes / turns.figure() / (m * n)
    benchmark.extra_info.update(
        kernel=case.name,
        shape=f"{m}x{n}",
        dtype=dtype,
        ns_per_element=nanoseconds,
        gbytes_per_second=turns.figure() / 1e9,
        limit_gbytes_per_second=turns.reference() / 1e9,
        share_of_limit=turns.ratio(),
    )
    row(
        "Element-wise kernels, one core",
        kernel=case.name,
        shape=f"{m}x{n}",
        dtype=dtype,
        ns_per_element=f"{nanoseconds:.3f}",
        gbytes_per_second=f"{turns.figure() / 1e9:.1f}",
        share_of_copy_rate=f"{turns.ratio():.0%}",
    )
