"""Convolutions as products of patches that nobody stores: what the products read and write, and how.

Launched by `images`.
"""

from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ..contract import Window
from . import activations
from .device import cuda, for_dtype
from .matrix import Images, Matrix, at, plain
from .patches import patch_at, source


class Patches(NamedTuple):
    """Images as the matrix of their patches: a row for an output pixel, a column for a place and channel."""

    images: Images
    window: Window  # channels of a group


class Sources(NamedTuple):
    """Gradients of the output seen from the input: a row for an input pixel, columns by place and filter."""

    images: Images
    window: Window
    filters: int


class Kernels(NamedTuple):
    """Weights with a row for every place and filter, a column for every channel."""

    weights: Matrix
    channels: int
    filters: int


class Finished(NamedTuple):
    """Where a convolution puts what it makes, and the bias and activation that it goes through."""

    images: Images
    z: int  # offset before the activation
    pixels: int
    params: np.ndarray
    bias: int


class Part(NamedTuple):
    """Where the gradients of weights and bias by some rows of the batch go."""

    data: np.ndarray
    offset: int
    ld: int
    size: int  # elements of a part


class PartOfPatches(NamedTuple):
    """Patches, turned, of `together` images for each part, with a last row of ones."""

    patches: Patches
    together: int
    n_images: int
    k: int


class PartOfGradients(NamedTuple):
    """The gradients that belong to them."""

    images: Images
    pixels: int
    together: int
    n_images: int


class Downwards(NamedTuple):
    """Where the gradient with respect to an input goes."""

    images: Images
    pixels: int
    adds: bool


@cache
def finish(real, code):
    """Return the store of a forward product: bias and activation; made for each activation."""
    apply, _ = activations.functions(real)

    @cuda.jit(device=True)
    def store(c, i, j, value):
        if c.bias >= 0:
            value += c.params[c.bias + j]
        place = at(c.images, i // c.pixels, i % c.pixels, j)
        if c.z != c.images.offset:
            c.images.data[place - c.images.offset + c.z] = value
        c.images.data[place] = apply(code, value)

    return store


@cache
def add_parts(real, store):
    """Return the kernel that adds up a gradient's parts in the order of the rows; a thread for a number."""
    zero = real(0)

    @cuda.jit
    def kernel(count, n, parts, n_parts, to):
        e = cuda.grid(1)
        if e < count:
            i, j = e // n, e % n
            total = zero
            for part in range(n_parts):
                total += parts.data[parts.offset + part * parts.size + i * parts.ld + j]
            store(to, i, j, total)

    return kernel


@for_dtype
def functions(real):
    """Return loads and stores of the products, and the kernels that stand between them, SimpleNamespace."""
    _, chain = activations.functions(real)
    zero, one = real(0), real(1)

    @cuda.jit(device=True)
    def patch_element(a, i, p):
        w = a.window
        n = w.out_height * w.out_width
        pixel = source(w, i % n, p // w.channels)
        return a.images.data[at(a.images, i // n, pixel, p % w.channels)] if pixel >= 0 else zero

    @cuda.jit(device=True)
    def source_element(a, i, p):
        w = a.window
        n = w.height * w.width
        patch = patch_at(w, i % n, p // a.filters)
        return a.images.data[at(a.images, i // n, patch, p % a.filters)] if patch >= 0 else zero

    @cuda.jit(device=True)
    def kernel_element(b, p, j):
        return plain(b.weights, p // b.filters * b.channels + j, p % b.filters)

    @cuda.jit(device=True)
    def pass_down(c, i, j, value):
        place = at(c.images, i // c.pixels, i % c.pixels, j)
        c.images.data[place] = c.images.data[place] + value if c.adds else value

    @cuda.jit(device=True)
    def part_of_patches(a, i, p):
        n = a.patches.window.out_height * a.patches.window.out_width
        image = cuda.blockIdx.z * a.together + p // n
        if image >= a.n_images:
            return zero
        return patch_element(a.patches, image * n + p % n, i) if i < a.k else one

    @cuda.jit(device=True)
    def part_of_gradients(b, p, j):
        image = cuda.blockIdx.z * b.together + p // b.pixels
        return b.images.data[at(b.images, image, p % b.pixels, j)] if image < b.n_images else zero

    @cuda.jit(device=True)
    def keep_part(c, i, j, value):
        c.data[c.offset + cuda.blockIdx.z * c.size + i * c.ld + j] = value

    @cuda.jit
    def through(count, n, pixels, code, z, a, d):
        """Gradient with respect to z from that with respect to a, in place."""
        e = cuda.grid(1)
        if e < count:
            place = at(d, e // n // pixels, e // n % pixels, e % n)
            off = place - d.offset
            d.data[place] = chain(code, d.data[z + off], d.data[a + off], d.data[place])

    @cuda.jit
    def copy(count, n, pixels, x, out, adds):
        e = cuda.grid(1)
        if e < count:
            image, pixel, channel = e // n // pixels, e // n % pixels, e % n
            value, place = x.data[at(x, image, pixel, channel)], at(out, image, pixel, channel)
            out.data[place] = out.data[place] + value if adds else value

    return SimpleNamespace(
        patch_element=patch_element,
        source_element=source_element,
        kernel_element=kernel_element,
        pass_down=pass_down,
        part_of_patches=part_of_patches,
        part_of_gradients=part_of_gradients,
        keep_part=keep_part,
        through=through,
        copy=copy,
    )
