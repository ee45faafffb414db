"""The passes over images: convolution, pooling, copies of channels.

`layer` is a row of the plan's table; `x`, `a`, `z`, `d`, `dx` are matrices whose rows are images: pixel by
pixel, each with its channels and pads.
"""

import numpy as np

from ..contract import Col, Layer, Window
from . import patches, pooling


def window_of(layer, channels):
    """How a layer moves over its images."""
    columns = (
        Col.KERNEL_0, Col.KERNEL_1, Col.STRIDE_0, Col.STRIDE_1, Col.PAD_0, Col.PAD_1, Col.OUT_0, Col.OUT_1
    )  # fmt: skip
    return Window(layer[Col.IN_0], layer[Col.IN_1], channels, *(layer[column] for column in columns))


def pixels_of(row, height, width, pixel):
    """View of an image as its pixels (height * width, pixel)."""
    return row[: height * width * pixel].reshape(height * width, pixel)


def sides(layer, x, out):
    """Yield, image by image, the pixels of the input and of the output."""
    for one, other in zip(x, out, strict=True):
        yield (
            pixels_of(one, layer[Col.IN_0], layer[Col.IN_1], layer[Col.PIXEL_K]),
            pixels_of(other, layer[Col.OUT_0], layer[Col.OUT_1], layer[Col.PIXEL_N]),
        )


def groups_of(layer):
    """Yield, for every group of a convolution, its channels of the input and of the output."""
    channels, filters = layer[Col.IN_2] // layer[Col.GROUPS], layer[Col.N] // layer[Col.GROUPS]
    for g in range(layer[Col.GROUPS]):
        yield slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)


def patches_of(layer, pixels):
    """All patches of some channels of an image, (output pixels, k)."""
    window = window_of(layer, pixels.shape[1])
    col = np.empty((window.out_height * window.out_width, layer[Col.K]), pixels.dtype)
    patches.im2col(window, pixels, 0, col)
    return col


def convolve(layer, x, w, b, z):
    """Z = patches W + b; w (k, ld_w), b (ld_w,) or empty."""
    for source, target in sides(layer, x, z):
        for inputs, outputs in groups_of(layer):
            target[:, outputs] = patches_of(layer, source[:, inputs]) @ w[:, outputs]
            if len(b):
                target[:, outputs] += b[outputs]


def gradients(layer, x, w, d, dx, part):
    """Gradients of a convolution from that with respect to z, d.

    Those of the weights (k, ld_w) and of the bias (ld_w,) overwrite `part`; that of the input is added to dx,
    if there is one.
    """
    dw, db = part
    dw[:], db[:] = 0, 0
    for i, (source, dz) in enumerate(sides(layer, x, d)):
        db[: dz.shape[1]] += dz.sum(axis=0)
        for inputs, outputs in groups_of(layer):
            dw[:, outputs] += patches_of(layer, source[:, inputs]).T @ dz[:, outputs]
            if dx is not None:
                below = pixels_of(dx[i], layer[Col.IN_0], layer[Col.IN_1], layer[Col.PIXEL_K])[:, inputs]
                patches.col2im(window_of(layer, below.shape[1]), dz[:, outputs] @ w[:, outputs].T, 0, below)


def forward(layer, x, a):
    """Pool images, or copy their channels."""
    window = window_of(layer, layer[Col.N])
    for source, target in sides(layer, x, a):
        if layer[Col.KIND] == Layer.MAX_POOL:
            pooling.max_pool_forward(window, source, target)
        elif layer[Col.KIND] == Layer.AVERAGE_POOL:
            pooling.average_pool_forward(window, source, target)
        else:
            target[:, : layer[Col.N]] = source[:, : layer[Col.N]]


def backward(layer, x, a, d, dx):
    """Add the gradients of pooled or copied images to dx."""
    window = window_of(layer, layer[Col.N])
    for (source, out), (gradient, dout) in zip(sides(layer, x, a), sides(layer, dx, d), strict=True):
        if layer[Col.KIND] == Layer.MAX_POOL:
            pooling.max_pool_backward(window, source, out, dout, gradient)
        elif layer[Col.KIND] == Layer.AVERAGE_POOL:
            pooling.average_pool_backward(window, dout, gradient)
        else:
            gradient[:, : layer[Col.N]] += dout[:, : layer[Col.N]]
