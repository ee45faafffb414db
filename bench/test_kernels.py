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
from fastmlp.kernels.cpu import gemm, patches, pooling
from fastmlp.layers import AvgPool2D, Conv2D, MaxPool2D
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
OTHERS = [case for case in CASES if case.module in SIZES and case.kernel not in PRODUCT_KERNELS | DISPATCHERS]


def bytes_of(case, m, n, dtype):
    """Bytes that one call has to read and write."""
    size = np.dtype(dtype).itemsize
    per_element = 1 + size if case.variant == "uint8" else case.moved * size
    return per_element * m * n


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.name)
def test_elementwise(case, dtype, benchmark, result, at_most):
    """Compared with a copy within as much memory; `bench.compare` takes the time relative to the clock."""
    m, n, ld = SIZES[case.module]
    arguments = case.arguments(m, n, dtype, ld)
    kernel = getattr(getattr(backend("cpu"), case.module), case.kernel)
    figures = beside_a_copy(
        kernel, arguments, bytes_of(case, m, n, dtype), m * n, case.flops, benchmark, at_most
    )
    result(ELEMENTWISE, kernel=case.name, shape=f"{m}x{n}", dtype=dtype, **figures)


def beside_a_copy(kernel, arguments, n_bytes, n_elements, flops, benchmark, at_most):
    """Measure a kernel in turn with a copy within as much memory; return the figures.

    More than 100 % is possible: what is updated in place is written to lines that were just read.  Elementary
    functions are bound by arithmetic and stay far below.
    """
    arrays = {name: value for name, value in arguments.items() if isinstance(value, np.ndarray)}
    memory = sum(array.nbytes for array in arrays.values())
    arguments = arguments | dict(zip(arrays, spread(*arrays.values()), strict=True))
    rate, _ = rate_of(n_bytes, kernel, tuple(arguments.values()))
    limits = {"copy": lambda: copy_rate(memory), "fma": lambda: fma_rate("float32")}
    turns = in_turn(benchmark, at_most(ROUNDS), **limits, rate=rate)
    nanoseconds = 1e9 * n_bytes / turns.median("rate") / n_elements
    return {
        "ns_per_element": nanoseconds,
        "gflops": flops / nanoseconds,
        "gbytes_per_second": turns.median("rate") / 1e9,
        "limit_gbytes_per_second": turns.median("copy") / 1e9,
        "limit_gflops": turns.median("fma") / 1e9,
        "share_of_copy": turns.ratio("rate", "copy"),
        "flops_per_byte": flops * n_elements / n_bytes,
    }


#: Layers on images, as MNIST's and SqueezeNet's: (layer, shape of the image).
IMAGES = [
    (Conv2D(32, 3), (28, 28, 1)),
    (Conv2D(64, 3, padding=1), (13, 13, 48)),
    (MaxPool2D(2), (26, 26, 16)),
    (MaxPool2D(3, 2, ceil_mode=True), (27, 27, 16)),
    (AvgPool2D(2), (26, 26, 16)),
]


def image_calls(layer, shape, dtype):
    """Yield a layer's kernels, forward and backward, their arguments by name, and the elements they touch."""
    window, rng = layer.window(shape), np.random.default_rng(0)

    def pixels(count, channels):
        return rng.normal(size=(count, channels)).astype(dtype)

    x, outputs = pixels(window.height * window.width, window.channels), window.out_height * window.out_width
    if isinstance(layer, Conv2D):
        col = pixels(outputs, window.kernel_height * window.kernel_width * window.channels)
        yield patches.im2col, {"window": window, "x": x, "first": 0, "col": col}, col.size
        yield patches.col2im, {"window": window, "col": col, "first": 0, "dx": x}, col.size
        return
    out, dout = pixels(outputs, window.channels), pixels(outputs, window.channels)
    if isinstance(layer, MaxPool2D):
        yield pooling.max_pool_forward, {"window": window, "x": x, "out": out}, x.size
        arguments = {"window": window, "x": x, "out": out, "dout": dout, "dx": x.copy()}
        yield pooling.max_pool_backward, arguments, x.size
    else:
        yield pooling.average_pool_forward, {"window": window, "x": x, "out": out}, x.size
        yield pooling.average_pool_backward, {"window": window, "dout": dout, "dx": x}, x.size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("direction", [0, 1], ids=["forward", "backward"])
@pytest.mark.parametrize("image", IMAGES, ids=lambda image: f"{type(image[0]).__name__} {image[1]}")
def test_images(image, direction, dtype, benchmark, result, at_most):
    """What convolutions and pooling do beside the products, on one image."""
    kernel, arguments, n_elements = list(image_calls(*image, dtype))[direction]
    n_bytes = sum(value.nbytes for value in arguments.values() if isinstance(value, np.ndarray))
    figures = beside_a_copy(kernel, arguments, n_bytes, n_elements, 1, benchmark, at_most)
    window = arguments["window"]
    moves = f"{window.kernel_height}x{window.kernel_width} on {'x'.join(map(str, image[1]))}"
    result(ELEMENTWISE, kernel=kernel.__name__, shape=moves, dtype=dtype, **figures)
