"""The passes over images, row by row of the batch: convolution, pooling, copies of channels.

A convolution is the product of the image's patches with the weights.  Patches are made for `Col.BLOCK` output
pixels at a time, so that they stay in the cache; with 1 x 1 kernels the pixels are the patches.

`images` is None in programs for networks without images, which are compiled without what is here: it would
take them a third longer.
"""

from ..contract import Col, Layer, Window
from .gemm import column_sums, product, transpose
from .intrinsics import address, matrix, matrix_of, vector
from .jit import inline
from .patches import col2im, im2col
from .pooling import (
    average_pool_backward,
    average_pool_forward,
    max_pool_backward,
    max_pool_forward,
)


@inline
def window_of(layer, channels):
    """How a layer moves over its images."""
    return Window(
        layer[Col.IN_0], layer[Col.IN_1], channels, layer[Col.KERNEL_0], layer[Col.KERNEL_1],
        layer[Col.STRIDE_0], layer[Col.STRIDE_1], layer[Col.PAD_0], layer[Col.PAD_1],
        layer[Col.OUT_0], layer[Col.OUT_1],
    )  # fmt: skip


@inline
def is_pointwise(layer):
    """Whether every patch is one pixel, and every pixel a patch."""
    return (
        layer[Col.KERNEL_0] * layer[Col.KERNEL_1] == 1
        and layer[Col.STRIDE_0] * layer[Col.STRIDE_1] == 1
        and layer[Col.PAD_0] == 0
        and layer[Col.PAD_1] == 0
    )


@inline
def leading(length, lanes):
    """Elements from one patch to the next."""
    return (length + lanes - 1) // lanes * lanes


@inline
def convolve(plan, state, layer, row, patches, images):
    """Z of one image."""
    if images is None:
        return
    work, size, zero = state.work, state.work.itemsize, state.work.dtype.type(0)
    k, groups, pixels = layer[Col.K], layer[Col.GROUPS], layer[Col.OUT_0] * layer[Col.OUT_1]
    channels, filters = layer[Col.IN_2] // groups, layer[Col.N] // groups
    columns = layer[Col.COLUMNS] if groups == 1 else filters
    x_row, z_row, w_row = layer[Col.PIXEL_K] * size, layer[Col.PIXEL_N] * size, layer[Col.LD_W] * size
    x = address(work, layer[Col.X] + row * layer[Col.LD_K])
    z = address(work, layer[Col.Z] + row * layer[Col.LD_N])
    w = address(state.params, layer[Col.W])
    bias = address(state.params, layer[Col.B]) if layer[Col.B] >= 0 else 0
    window, ld, direct = window_of(layer, channels), leading(k, plan.lanes), is_pointwise(layer)
    block = pixels if direct else layer[Col.BLOCK]
    for g in range(groups):
        image = matrix_of(
            x + g * channels * size, zero, layer[Col.IN_0] * layer[Col.IN_1], layer[Col.PIXEL_K]
        )
        a, a_row = (x + g * channels * size, x_row) if direct else (address(patches, 0), ld * size)
        for first in range(0, pixels, block):
            p = min(block, pixels - first)
            if not direct:
                im2col(window, image, first, matrix(patches, 0, p, ld))
            product(
                p, columns, k, a, a_row, size, w + g * filters * size, w_row,
                z + first * z_row + g * filters * size, z_row,
                bias + g * filters * size if bias != 0 else 0, 0, zero, size,
            )  # fmt: skip


@inline
def convolution_gradients(plan, state, layer, row, scratch, images):
    """From D with respect to z of one image: add to the weights' gradient of its block of rows, pass D down.

    `scratch` holds the transposed weights, then has room for patches.
    """
    if images is None:
        return
    work, size, zero = state.work, state.work.itemsize, state.work.dtype.type(0)
    k, groups, pixels = layer[Col.K], layer[Col.GROUPS], layer[Col.OUT_0] * layer[Col.OUT_1]
    channels, filters = layer[Col.IN_2] // groups, layer[Col.N] // groups
    columns = layer[Col.COLUMNS] if groups == 1 else filters
    x_row, d_row, w_row = layer[Col.PIXEL_K] * size, layer[Col.PIXEL_N] * size, layer[Col.LD_W] * size
    n_in, below = layer[Col.IN_0] * layer[Col.IN_1], layer[Col.D_IN] >= 0
    x = address(work, layer[Col.X] + row * layer[Col.LD_K])
    d = address(work, layer[Col.D] + row * layer[Col.LD_N])
    dx = address(work, layer[Col.D_IN] + row * layer[Col.LD_K]) if below else 0
    part = layer[Col.PARTS] + row // plan.lanes * (k + 1) * layer[Col.LD_W]
    goes_on = row % plan.lanes != 0  # an image of the same block was there before
    window, ld, direct = window_of(layer, channels), leading(k, plan.lanes), is_pointwise(layer)
    patches = layer[Col.LD_W] * ld  # where they start
    block = pixels if direct else layer[Col.BLOCK]
    if below and not direct and layer[Col.ADDS] == 0:
        clear(matrix_of(dx, zero, n_in, layer[Col.PIXEL_K]))
    column_sums(
        matrix_of(d, zero, pixels, layer[Col.PIXEL_N]),
        vector(work, part + k * layer[Col.LD_W], layer[Col.LD_W]),
        goes_on,
    )
    for g in range(groups):
        image = matrix_of(x + g * channels * size, zero, n_in, layer[Col.PIXEL_K])
        a, a_row = (x + g * channels * size, x_row) if direct else (address(scratch, patches), ld * size)
        dw = address(work, part + g * filters)
        for first in range(0, pixels, block):
            p, di = min(block, pixels - first), d + first * d_row + g * filters * size
            if not direct:
                im2col(window, image, first, matrix(scratch, patches, p, ld))
            more = goes_on or first > 0
            product(
                k, columns, p, a, size, a_row, di, d_row, dw, w_row,
                dw if more else 0, w_row if more else 0, zero, size,
            )  # fmt: skip
            if below:
                wg = address(scratch, g * filters * ld)
                if direct:
                    dxg, adds = dx + g * channels * size, layer[Col.ADDS] != 0
                    width = ld if groups == 1 else channels
                    product(
                        p, width, filters, di, d_row, size, wg, ld * size, dxg, x_row,
                        dxg if adds else 0, x_row if adds else 0, zero, size,
                    )  # fmt: skip
                else:
                    product(p, ld, filters, di, d_row, size, wg, ld * size, a, a_row, 0, 0, zero, size)
                    gradient = matrix_of(dx + g * channels * size, zero, n_in, layer[Col.PIXEL_K])
                    col2im(window, matrix(scratch, patches, p, ld), first, gradient)


@inline
def transposed_weights(plan, state, layer, w_t, images):
    """Transpose the weights of a convolution, pads between K and whole vectors zero."""
    if images is None:
        return
    k, ld = layer[Col.K], leading(layer[Col.K], plan.lanes)
    out = matrix(w_t, 0, layer[Col.LD_W], ld)
    transpose(matrix(state.params, layer[Col.W], k, layer[Col.LD_W]), out)
    for j in range(layer[Col.LD_W]):
        for i in range(k, ld):
            out[j, i] = 0


@inline
def end_of_images(plan, start, images):
    """First row of the table, from `start` on, whose layer is not one of images."""
    if images is None:
        return start
    end = start
    while end < plan.table.shape[0] and plan.table[end, Col.KIND] >= Layer.CONV:
        end += 1
    return end


@inline
def images_forward(state, layer, row, images):
    """Pool or copy one image."""
    if images is None:
        return
    work, window = state.work, window_of(layer, layer[Col.N])
    n_in, n_out = layer[Col.IN_0] * layer[Col.IN_1], layer[Col.OUT_0] * layer[Col.OUT_1]
    x = matrix(work, layer[Col.X] + row * layer[Col.LD_K], n_in, layer[Col.PIXEL_K])
    out = matrix(work, layer[Col.A] + row * layer[Col.LD_N], n_out, layer[Col.PIXEL_N])
    if layer[Col.KIND] == Layer.MAX_POOL:
        max_pool_forward(window, x, out)
    elif layer[Col.KIND] == Layer.AVERAGE_POOL:
        average_pool_forward(window, x, out)
    else:
        for p in range(n_in):
            for c in range(layer[Col.N]):
                out[p, c] = x[p, c]


@inline
def images_backward(state, layer, lo, hi, images):
    """Pass the gradients of pooled or copied images down."""
    if images is None:
        return
    work, window = state.work, window_of(layer, layer[Col.N])
    n_in, n_out = layer[Col.IN_0] * layer[Col.IN_1], layer[Col.OUT_0] * layer[Col.OUT_1]
    for row in range(lo, hi):
        dx = matrix(work, layer[Col.D_IN] + row * layer[Col.LD_K], n_in, layer[Col.PIXEL_K])
        dout = matrix(work, layer[Col.D] + row * layer[Col.LD_N], n_out, layer[Col.PIXEL_N])
        if layer[Col.ADDS] == 0:
            clear(dx)
        if layer[Col.KIND] == Layer.MAX_POOL:
            x = matrix(work, layer[Col.X] + row * layer[Col.LD_K], n_in, layer[Col.PIXEL_K])
            out = matrix(work, layer[Col.A] + row * layer[Col.LD_N], n_out, layer[Col.PIXEL_N])
            max_pool_backward(window, x, out, dout, dx)
        elif layer[Col.KIND] == Layer.AVERAGE_POOL:
            average_pool_backward(window, dout, dx)
        else:
            for p in range(n_in):
                for c in range(layer[Col.N]):
                    dx[p, c] += dout[p, c]


@inline
def add_dropped(d, mask, drops, dx, images):
    """Add a gradient, multiplied by dropout's mask if there is one, to what another branch has put there."""
    if images is None:
        return
    for i in range(d.shape[0]):
        for j in range(d.shape[1]):
            dx[i, j] += d[i, j] * mask[i, j] if drops else d[i, j]


@inline
def clear(x):
    """Set a matrix to zero."""
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = 0
