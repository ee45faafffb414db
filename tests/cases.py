"""What every kernel of the contract is called with, in tests and in benchmarks: one table.

A case makes seeded arguments of any size, says which of them the kernel writes, how close the backends must
be, and what one element of its work costs.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fastmlp.kernels.contract import KERNELS, Activation, Loss
from fastmlp.layers import MaxPool2D

DEPTH = 48  # inner dimension of the matrix products


class Case(NamedTuple):
    """One kernel; `arguments` makes a call of it."""

    module: str  # of every backend
    kernel: str
    inputs: Callable  # (rng, m, n, ld, dtype) -> arguments by name, in the order of the signature
    overwritten: tuple[str, ...] = ()  # arguments that are written without being read
    updated: tuple[str, ...] = ()  # arguments that are read and written
    tolerance: str = "rounded"  # a key of `tolerances.TOLERANCES`
    flops: int = 1  # operations per element, an elementary function being one
    moved: int = 2  # numbers read or written per element
    variant: str = ""  # tells cases of one kernel apart

    @property
    def name(self):
        """Unique, readable name."""
        return f"{self.module}.{self.kernel}" + (f" {self.variant}" if self.variant else "")

    def arguments(self, m, n, dtype, ld=None, seed=0):
        """Arguments by name for m rows of n elements, in matrices of `ld` columns; vectors have m * n.

        What the kernel overwrites is NaN, so that reading it shows.
        """
        rng = np.random.RandomState(seed)
        arguments = self.inputs(rng, m, n, n if ld is None else ld, np.dtype(dtype))
        for name in self.overwritten:
            arguments[name].fill(np.nan)
        return arguments

    def call(self, backend, arguments):
        """Run the kernel of a backend's package on the arguments and return its value."""
        return getattr(getattr(backend, self.module), self.kernel)(*arguments.values())

    def written(self, arguments):
        """Those of the arguments that the kernel writes, by name."""
        return {name: arguments[name] for name in self.overwritten + self.updated}


def normal(rng, shape, dtype, scale=1.0):
    """Normal numbers of the dtype, clipped to 6 standard deviations."""
    return np.clip(scale * rng.normal(size=shape), -6 * scale, 6 * scale).astype(dtype)


def _forward(rng, m, n, ld, dtype):
    return {"z": normal(rng, (m, ld), dtype, 2.0), "a": np.empty((m, ld), dtype)}


def _backward(activation):
    def inputs(rng, m, n, ld, dtype):
        from fastmlp.kernels.ref.activations import activation_forward

        z = normal(rng, (m, ld), dtype, 2.0)
        a = np.empty_like(z)
        activation_forward(activation, z, a)
        return {"z": z, "a": a, "da": normal(rng, (m, ld), dtype), "dz": np.empty((m, ld), dtype)}

    return inputs


def _loss(loss):
    def inputs(rng, m, n, ld, dtype):
        positive = loss in (Loss.LOGISTIC_CROSS_ENTROPY, Loss.POISSON)
        weights = rng.uniform(0.5, 1.5, m)
        return {
            "n": n,
            "z": normal(rng, (m, ld), dtype),
            "labels": rng.randint(n, size=m),
            "values": rng.uniform(0, 1, (m, n)).astype(dtype) if positive else normal(rng, (m, n), dtype),
            "weights": weights / weights.sum(),
            "delta": 0.75,
            "dz": np.full((m, ld), np.nan, dtype),
            "losses": np.full(m, np.nan),
        }

    return inputs


def _softmax(rng, m, n, ld, dtype):
    return {"n": n, "z": normal(rng, (m, ld), dtype, 2.0), "out": np.empty((m, n), dtype)}


def _with_code(code, inputs):
    return lambda *sizes: {"code": int(code), **inputs(*sizes)}


def _vectors(*names, **scalars):
    def inputs(rng, m, n, ld, dtype):
        vectors = {name: normal(rng, m * n, dtype) for name in names}
        if "v" in vectors:  # Adam's second moment
            vectors["v"] = np.abs(vectors["v"])
        return {**vectors, **scalars}

    return inputs


def _mask(rng, m, n, ld, dtype):
    place = {"seed": 2**40 + 5, "step": 2**33 + 1, "layer": 3, "first_row": 7}
    return {**place, "n": n, "rate": 0.3, "mask": np.empty((m, ld), dtype)}


def _multiply(rng, m, n, ld, dtype):
    x, mask = normal(rng, (m, ld), dtype), rng.randint(2, size=(m, ld)).astype(dtype)
    return {"x": x, "mask": mask, "out": np.empty((m, ld), dtype)}


def _gather(make):
    def inputs(rng, m, n, ld, dtype):
        x, rows = make(rng, 2 * m + 1, n, dtype), rng.randint(2 * m + 1, size=m)
        return {"x": x, "rows": rows, "scale": 0.25, "out": np.full((m, ld), np.nan, dtype)}

    return inputs


def _matrix(rng, m, n, ld, dtype):
    return {"x": normal(rng, (m, ld), dtype)}


def _dense(rng, m, n, dtype):
    return normal(rng, (m, n), dtype)


def _bytes(rng, m, n, dtype):
    return rng.randint(256, size=(m, n)).astype(np.uint8)


def _strided(rng, m, n, dtype):
    return np.asfortranarray(normal(rng, (2 * m, n), dtype))[::-2]


def _csr(rng, m, n, ld, dtype):
    """Rows of up to n entries in random columns: some empty, some with entries of the same column."""
    counts = rng.randint(n + 1, size=2 * m + 1)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    indices = rng.randint(n, size=indptr[-1]).astype(np.int32)
    return {
        "data": normal(rng, indptr[-1], dtype),
        "indices": indices,
        "indptr": indptr,
        "rows": rng.randint(2 * m + 1, size=m),
        "k": n,
        "scale": 0.25,
        "out": np.full((m, ld), np.nan, dtype),
    }


def _product(transposed):
    def inputs(rng, m, n, ld, dtype):
        a, b = normal(rng, (m, DEPTH), dtype), normal(rng, (DEPTH, ld), dtype)
        a = np.ascontiguousarray(a.T) if transposed else a
        return {"a": a, "b": b, "c": np.empty((m, ld), dtype), "accumulate": False}

    return inputs


def _transpose(rng, m, n, ld, dtype):
    return {"a": normal(rng, (m, n), dtype), "out": np.empty((n, m), dtype)}


def _dots(rng, m, n, ld, dtype):
    rows = {"a": normal(rng, (m, DEPTH), dtype), "b": normal(rng, (n, DEPTH), dtype)}
    return rows | {"c": np.empty((m, ld), dtype)[:, :n]}


def _columns(rng, m, n, ld, dtype):
    return {"dz": normal(rng, (m, ld), dtype), "out": np.empty(ld, dtype), "accumulate": False}


#: Ways of a window over an image: arguments of the layer specs.
WINDOWS = {
    "3x3": {"size": 3},
    "1x1": {"size": 1},
    "1x1 stride 2": {"size": 1, "stride": 2},
    "padded": {"size": (3, 2), "stride": (1, 2), "padding": (1, 0)},
    "same": {"size": (2, 3), "stride": 2, "padding": "same"},
    "stride over size": {"size": 2, "stride": 3},
    "whole": {"size": (4, 5)},
}


def window(channels, way, *, height=4, width=5, ceil_mode=False):
    """How a window moves over a small image."""
    way = WINDOWS[way]
    pool = MaxPool2D(way["size"], way.get("stride", 1), way.get("padding", 0), ceil_mode)
    return pool.window((height, width, channels))


def _pixels(rng, window, ld, dtype, out=False):
    height, width = (window.out_height, window.out_width) if out else (window.height, window.width)
    return normal(rng, (height * width, ld), dtype)


def _patches(way, backward):
    def inputs(rng, m, n, ld, dtype):
        moves = window(n, way)
        k = moves.kernel_height * moves.kernel_width * n
        rows = moves.out_height * moves.out_width
        first = min(m, rows - 1)
        pixels, col = _pixels(rng, moves, ld, dtype), normal(rng, (rows - first, k + ld - n), dtype)
        if backward:
            return {"window": moves, "col": col, "first": first, "dx": pixels}
        return {"window": moves, "x": pixels, "first": first, "col": col}

    return inputs


def _pool(way, names, ceil_mode=False):
    def inputs(rng, m, n, ld, dtype):
        from fastmlp.kernels.ref.pooling import max_pool_forward

        moves = window(n, way, ceil_mode=ceil_mode)
        x, out = _pixels(rng, moves, ld, dtype), _pixels(rng, moves, ld, dtype, out=True)
        max_pool_forward(moves, x, out)
        arrays = {"x": x, "out": out, "dout": _pixels(rng, moves, ld, dtype, out=True), "dx": np.copy(x)}
        return {"window": moves, **{name: arrays[name] for name in names}}

    return inputs


def _image_cases():
    for way in WINDOWS:
        yield Case("patches", "im2col", _patches(way, False), (), ("col",), "exact", flops=0, variant=way)
        yield Case("patches", "col2im", _patches(way, True), (), ("dx",), "rounded", variant=way)
        forward, backward = _pool(way, ("x", "out")), _pool(way, ("x", "out", "dout", "dx"))
        yield Case("pooling", "max_pool_forward", forward, (), ("out",), "exact", variant=way)
        yield Case("pooling", "max_pool_backward", backward, (), ("dout", "dx"), "rounded", variant=way)
        yield Case("pooling", "average_pool_forward", forward, (), ("out",), "rounded", variant=way)
        average = _pool(way, ("dout", "dx"))
        yield Case("pooling", "average_pool_backward", average, (), ("dx",), "rounded", variant=way)


EXACT = ("identity", "relu", "leaky_relu")
TAILS = {"gelu": "tail"}
SLOPES_BY_FUNCTIONS = ("softplus", "gelu", "silu")


def _activation_cases():
    for activation in Activation:
        name = activation.name.lower()
        exact = name in EXACT
        tolerance = "exact" if exact else TAILS.get(name, "elementary")
        yield Case("activations", f"{name}_forward", _forward, ("a",), tolerance=tolerance)
        slope = "exact" if exact else "cancelled" if name in SLOPES_BY_FUNCTIONS else "rounded"
        inputs = _backward(activation)
        yield Case("activations", f"{name}_backward", inputs, ("dz",), tolerance=slope, flops=4, moved=3)
    inputs = _with_code(Activation.TANH, _forward)
    yield Case("activations", "activation_forward", inputs, ("a",), tolerance="elementary")
    inputs = _with_code(Activation.TANH, _backward(Activation.TANH))
    yield Case("activations", "activation_backward", inputs, ("dz",), flops=4, moved=3)


def _loss_cases():
    written = ("dz", "losses")
    for loss in Loss:
        inputs = _loss(loss)
        yield Case("losses", loss.name.lower(), inputs, updated=written, tolerance="loss", flops=6, moved=3)
    inputs = _with_code(Loss.SOFTMAX_CROSS_ENTROPY, _loss(Loss.SOFTMAX_CROSS_ENTROPY))
    yield Case("losses", "loss_and_gradient", inputs, updated=written, tolerance="loss", flops=6)
    yield Case("losses", "softmax", _softmax, ("out",), tolerance="elementary", flops=4)
    inputs = _with_code(Loss.LOGISTIC_CROSS_ENTROPY, _softmax)
    yield Case("losses", "output_activation", inputs, ("out",), tolerance="elementary", flops=4)


def _optimizer_cases():
    momentum = {"rate": 0.1, "mu": 0.9}
    adam = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
    for name, vectors, scalars, flops in (
        ("sgd", "w", {"rate": 0.1}, 2),
        ("momentum", "wu", momentum, 4),
        ("nesterov", "wu", momentum, 6),
        ("adam", "wmv", {"rate": 1e-3, **adam}, 12),
        ("adamw", "wmv", {"rate": 1e-3, "decay": 1e-2, **adam}, 14),
    ):
        inputs = _vectors("w", "g", *vectors[1:], **scalars)
        moved = 2 * len(vectors) + 1
        yield Case("optimizers", name, inputs, (), tuple(vectors), "updated", flops, moved)
    yield Case("optimizers", "sum_of_squares", _vectors("x"), tolerance="summed", flops=2, moved=1)
    yield Case("optimizers", "scale", _vectors("x", factor=0.7), (), ("x",), "exact")


CASES = [
    *_activation_cases(),
    *_loss_cases(),
    *_optimizer_cases(),
    *_image_cases(),
    Case("regularizers", "penalty", _vectors("w", "g", l2=0.3, l1=0.2), (), ("g",), flops=8, moved=3),
    Case("dropout", "dropout_mask", _mask, ("mask",), (), "exact", flops=0, moved=1),
    Case("dropout", "multiply", _multiply, ("out",), (), "exact", moved=3),
    Case("gather", "gather_dense", _gather(_dense), (), ("out",), "exact"),
    Case("gather", "gather_dense", _gather(_strided), (), ("out",), "exact", variant="strided"),
    Case("gather", "gather_dense", _gather(_bytes), (), ("out",), "exact", variant="uint8"),
    Case("gather", "gather_csr", _csr, (), ("out",), "rounded"),
    Case("gather", "all_finite", _matrix, moved=1),
    Case("gemm", "gemm_nn", _product(False), ("c",), (), "product", flops=2 * DEPTH),
    Case("gemm", "gemm_tn", _product(True), ("c",), (), "product", flops=2 * DEPTH),
    Case("gemm", "gemm_nt", _dots, ("c",), (), "product", flops=2 * DEPTH),
    Case("gemm", "transpose", _transpose, ("out",), (), "exact", flops=0),
    Case("gemm", "column_sums", _columns, ("out",), (), "product", moved=1),
]


def cases_of(module):
    """Cases of one module of the backends."""
    return [case for case in CASES if case.module == module]


def missing():
    """Kernels of the contract without a case."""
    covered = {(case.module, case.kernel) for case in CASES}
    return sorted({(module, name) for module, names in KERNELS.items() for name in names} - covered)
