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
from .matrix import Images, Matrix, at
from .pass_kernels import bias
from .patches import corner, covering, padded, under
from .product import Reader, Store, no_numbers


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
    """Return the store of a forward product: bias and activation, Store; made for each activation."""
    apply, _ = activations.functions(real)

    @cuda.jit(device=True)
    def put(c, numbers, fetched, i, j, value):
        value += fetched[0]
        place = at(c.images, i // c.pixels, i % c.pixels, j)
        if c.z != c.images.offset:
            c.images.data[place - c.images.offset + c.z] = value
        c.images.data[place] = apply(code, value)

    return Store(no_numbers, bias(real), put)


@cache
def add_parts(real, store):
    """Return the kernel that adds up a gradient's parts in the order of the rows; a thread for a number."""
    zero, (begin, fetch, put) = real(0), store

    @cuda.jit
    def kernel(count, n, parts, n_parts, to):
        e = cuda.grid(1)
        if e < count:
            i, j = e // n, e % n
            total = zero
            for part in range(n_parts):
                total += parts.data[parts.offset + part * parts.size + i * parts.ld + j]
            put(to, begin(to), fetch(to, i, j), i, j, total)

    return kernel


@for_dtype
def functions(real):
    """Return readers and stores of the products, and the kernels between them, SimpleNamespace."""
    _, chain = activations.functions(real)
    zero, one = real(0), real(1)

    @cuda.jit(device=True)
    def patch(a, i):
        n = a.window.out_height * a.window.out_width
        row, column = corner(a.window, i % n)
        return a.images.offset + i // n * a.images.ld, row, column

    @cuda.jit(device=True)
    def in_patch(a, patch, p):
        w, place = a.window, p // a.window.channels
        pixel = under(w, patch[1], patch[2], place // w.kernel_width, place % w.kernel_width)
        if pixel < 0:
            return zero
        return a.images.data[np.uint64(patch[0] + pixel * a.images.pixel + p % w.channels)]

    @cuda.jit(device=True)
    def input_pixel(a, i):
        n = a.window.height * a.window.width
        row, column = padded(a.window, i % n)
        return a.images.offset + i // n * a.images.ld, row, column

    @cuda.jit(device=True)
    def above(a, pixel, p):
        patch = covering(a.window, pixel[1], pixel[2], p // a.filters)
        if patch < 0:
            return zero
        return a.images.data[np.uint64(pixel[0] + patch * a.images.pixel + p % a.filters)]

    @cuda.jit(device=True)
    def channel(b, j):
        return b.weights.offset + j * b.weights.ld, b.channels * b.weights.ld, 0

    @cuda.jit(device=True)
    def of_channel(b, channel, p):
        return b.weights.data[np.uint64(channel[0] + p // b.filters * channel[1] + p % b.filters)]

    @cuda.jit(device=True)
    def weight(a, i):
        w = a.patches.window
        place = i // w.channels
        return place // w.kernel_width, place % w.kernel_width, i % w.channels if i < a.k else -1

    @cuda.jit(device=True)
    def at_weight(a, weight, p):
        w, images = a.patches.window, a.patches.images
        n = w.out_height * w.out_width
        image = cuda.blockIdx.z * a.together + p // n
        if image >= a.n_images:
            return zero
        if weight[2] < 0:
            return one
        i, j = corner(w, p % n)
        pixel = under(w, i, j, weight[0], weight[1])
        return images.data[at(images, image, pixel, weight[2])] if pixel >= 0 else zero

    @cuda.jit(device=True)
    def filter_of(b, j):
        return b.images.offset + j, 0, 0

    @cuda.jit(device=True)
    def of_filter(b, start, p):
        image = cuda.blockIdx.z * b.together + p // b.pixels
        if image >= b.n_images:
            return zero
        return b.images.data[np.uint64(start[0] + image * b.images.ld + p % b.pixels * b.images.pixel)]

    @cuda.jit(device=True)
    def below(c, i, j):
        if not c.adds:
            return zero, zero, zero
        return c.images.data[at(c.images, i // c.pixels, i % c.pixels, j)], zero, zero

    @cuda.jit(device=True)
    def put_below(c, numbers, fetched, i, j, value):
        c.images.data[at(c.images, i // c.pixels, i % c.pixels, j)] = fetched[0] + value

    @cuda.jit(device=True)
    def nothing(c, i, j):
        return zero, zero, zero

    @cuda.jit(device=True)
    def put_part(c, numbers, fetched, i, j, value):
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
        patches=Reader(patch, in_patch, inner=True),
        sources=Reader(input_pixel, above, inner=True),
        kernels=Reader(channel, of_channel, inner=True),
        part_of_patches=Reader(weight, at_weight, inner=False),
        part_of_gradients=Reader(filter_of, of_filter, inner=False),
        pass_down=Store(no_numbers, below, put_below),
        keep_part=Store(no_numbers, nothing, put_part),
        through=through,
        copy=copy,
    )
