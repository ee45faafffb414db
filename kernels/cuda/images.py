"""The launches of a step that work on images: convolutions, pooling, copies of channels."""

from typing import NamedTuple

from ..contract import Col, Layer, Window
from .convolution import (
    Downwards,
    Finished,
    Kernels,
    Part,
    PartOfGradients,
    PartOfPatches,
    Patches,
    Sources,
    add_parts,
    finish,
    functions,
)
from .launches import columns, on_elements, on_product
from .matrix import Images, Matrix, along_columns
from .pooling import inputs_of, kernels, outputs_of
from .product import Operand


def window_of(column, channels):
    """How a layer moves over its images, Window."""
    names = (
        Col.KERNEL_0, Col.KERNEL_1, Col.STRIDE_0, Col.STRIDE_1, Col.PAD_0, Col.PAD_1, Col.OUT_0, Col.OUT_1
    )  # fmt: skip
    return Window(column(Col.IN_0), column(Col.IN_1), channels, *map(column, names))


class _Sides(NamedTuple):
    """Images that a layer reads and makes, and their gradients."""

    x: Images
    a: Images
    d: Images
    d_in: Images
    in_pixels: int
    out_pixels: int


def _sides(column, work):
    ld_k, pixel_k = column(Col.LD_K), column(Col.PIXEL_K)
    ld_n, pixel_n = column(Col.LD_N), column(Col.PIXEL_N)
    return _Sides(
        Images(work, column(Col.X), ld_k, pixel_k),
        Images(work, column(Col.A), ld_n, pixel_n),
        Images(work, column(Col.D), ld_n, pixel_n),
        Images(work, column(Col.D_IN), ld_k, pixel_k),
        column(Col.IN_0) * column(Col.IN_1),
        column(Col.OUT_0) * column(Col.OUT_1),
    )


def _shifted(images, channels):
    return images._replace(offset=images.offset + channels)


def _groups(column):
    """Yield for every group its first channel of the input and of the output, and how many of each."""
    n = column(Col.GROUPS)
    channels, filters = column(Col.IN_2) // n, column(Col.N) // n
    for g in range(n):
        yield g * channels, g * filters, channels, filters


def forward(layer, m, work, params, arithmetic):
    """Yield the launches of a layer of images, forwards, Launch."""
    column, dtype = columns(layer), work.dtype
    sides, n = _sides(column, work), column(Col.N)
    if column(Col.KIND) == Layer.CONV:
        f, store = functions(dtype), finish(dtype.type, column(Col.ACTIVATION))
        for channel, first, channels, filters in _groups(column):
            patches = Patches(_shifted(sides.x, channel), window_of(column, channels))
            a = Operand(f.patches, patches)
            w = Operand(along_columns, Matrix(params, column(Col.W) + first, column(Col.LD_W)))
            bias = column(Col.B) + first if column(Col.B) >= 0 else -1
            to = Finished(
                _shifted(sides.a, first),
                column(Col.Z) + first,
                sides.out_pixels,
                params,
                bias,
            )
            sizes = m * sides.out_pixels, filters, column(Col.K)
            yield on_product(arithmetic, sizes, a, w, store, to)
        return
    if column(Col.KIND) == Layer.COPY:
        count = m * sides.out_pixels * n
        yield on_elements(functions(dtype).copy, count, n, sides.out_pixels, sides.x, sides.a, False)
        return
    window, pool = window_of(column, n), kernels(dtype)
    kernel = pool.largest if column(Col.KIND) == Layer.MAX_POOL else pool.mean
    yield on_elements(kernel, m * outputs_of(window), window, sides.x, sides.a)


def backward(layer, m, work, params, arithmetic):
    """Yield the launches that pass a gradient down through a layer of images, Launch."""
    column, dtype = columns(layer), work.dtype
    sides, n = _sides(column, work), column(Col.N)
    adds, below = bool(column(Col.ADDS)), column(Col.D_IN) >= 0
    f, kind = functions(dtype), column(Col.KIND)
    if kind == Layer.CONV:
        count = m * sides.out_pixels * n
        yield on_elements(
            f.through,
            count,
            n,
            sides.out_pixels,
            column(Col.ACTIVATION),
            column(Col.Z),
            column(Col.A),
            sides.d,
        )
        if below:
            for channel, first, channels, filters in _groups(column):
                window = window_of(column, channels)
                d = Operand(f.sources, Sources(_shifted(sides.d, first), window, filters))
                weights = Matrix(params, column(Col.W) + first, column(Col.LD_W))
                w = Operand(f.kernels, Kernels(weights, channels, filters))
                to = Downwards(_shifted(sides.d_in, channel), sides.in_pixels, adds)
                sizes = m * sides.in_pixels, channels, window.kernel_height * window.kernel_width * filters
                yield on_product(arithmetic, sizes, d, w, f.pass_down, to)
    elif below and kind == Layer.COPY:
        yield on_elements(f.copy, m * sides.out_pixels * n, n, sides.out_pixels, sides.d, sides.d_in, adds)
    elif below:
        window, pool = window_of(column, n), kernels(dtype)
        count = m * inputs_of(window)
        if kind == Layer.MAX_POOL:
            yield on_elements(pool.to_largest, count, window, sides.x, sides.a, sides.d, sides.d_in, adds)
        else:
            yield on_elements(pool.to_all, count, window, sides.d, sides.d_in, adds)


def weight_gradients(plan, layer, work, arithmetic, end):
    """Yield the launches that make the gradients of a convolution, by parts of the batch, Launch."""
    column, dtype = columns(layer), work.dtype
    f = functions(dtype)
    sides, k, n = _sides(column, work), column(Col.K), column(Col.N)
    rows, ld, together = k + (column(Col.B) >= 0), column(Col.LD_W), plan.lanes
    n_parts = -(-plan.batch // together)
    for channel, first, channels, filters in _groups(column):
        patches = Patches(_shifted(sides.x, channel), window_of(column, channels))
        x = Operand(f.part_of_patches, PartOfPatches(patches, together, plan.batch, k))
        gradients = PartOfGradients(_shifted(sides.d, first), sides.out_pixels, together, plan.batch)
        d = Operand(f.part_of_gradients, gradients)
        parts = Part(work, column(Col.PARTS) + first, ld, (k + 1) * ld)
        sizes = rows, filters, together * sides.out_pixels
        yield on_product(arithmetic, sizes, x, d, f.keep_part, parts, n_parts)
    parts = Part(work, column(Col.PARTS), ld, (k + 1) * ld)
    yield on_elements(add_parts(dtype.type, end.store), rows * n, n, parts, n_parts, end.to(column))
