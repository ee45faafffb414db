"""Pooling: the largest, or the mean, of the pixels under a window over an image; see the reference.

A thread for a number of the output forwards, of the input backwards: no two threads add to one number.
"""

from types import SimpleNamespace

from .device import cuda, for_dtype, on_host
from .matrix import at, pixels_of
from .patches import patch_at, source


@cuda.jit(device=True)
def _first_largest(window, x, out, image, patch, channel):
    """The first pixel under the window that is the largest; -1 if none is, because of NaN."""
    for place in range(window.kernel_height * window.kernel_width):
        pixel = source(window, patch, place)
        if pixel >= 0 and x.data[at(x, image, pixel, channel)] == out.data[at(out, image, patch, channel)]:
            return pixel
    return -1


@for_dtype
def kernels(real):
    """Return kernels over images, SimpleNamespace; backwards, `adds` keeps what is there."""
    zero = real(0)

    @cuda.jit(device=True)
    def share(window, patch):
        """1 / pixels under the window."""
        count = 0
        for place in range(window.kernel_height * window.kernel_width):
            if source(window, patch, place) >= 0:
                count += 1
        return real(1 / count)

    @cuda.jit(device=True)
    def place_of(e, n_pixels, n_channels):
        """Image, pixel and channel of a thread."""
        return e // (n_pixels * n_channels), e // n_channels % n_pixels, e % n_channels

    @cuda.jit
    def largest(count, window, x, out):
        image, patch, channel = place_of(cuda.grid(1), window.out_height * window.out_width, window.channels)
        if cuda.grid(1) < count:
            best, found = zero, False
            for place in range(window.kernel_height * window.kernel_width):
                pixel = source(window, patch, place)
                if pixel >= 0:
                    value = x.data[at(x, image, pixel, channel)]
                    if not found or (best == best and not value <= best):  # NaN stays
                        best, found = value, True
            out.data[at(out, image, patch, channel)] = best

    @cuda.jit
    def to_largest(count, window, x, out, dout, dx, adds):
        image, pixel, channel = place_of(cuda.grid(1), window.height * window.width, window.channels)
        if cuda.grid(1) < count:
            to = at(dx, image, pixel, channel)
            total = dx.data[to] if adds else zero
            for place in range(window.kernel_height * window.kernel_width):
                patch = patch_at(window, pixel, place)
                if patch >= 0 and _first_largest(window, x, out, image, patch, channel) == pixel:
                    total += dout.data[at(dout, image, patch, channel)]
            dx.data[to] = total

    @cuda.jit
    def use_up(count, window, x, out, dout):
        image, patch, channel = place_of(cuda.grid(1), window.out_height * window.out_width, window.channels)
        if cuda.grid(1) < count and _first_largest(window, x, out, image, patch, channel) >= 0:
            dout.data[at(dout, image, patch, channel)] = zero

    @cuda.jit
    def mean(count, window, x, out):
        image, patch, channel = place_of(cuda.grid(1), window.out_height * window.out_width, window.channels)
        if cuda.grid(1) < count:
            total = zero
            for place in range(window.kernel_height * window.kernel_width):
                pixel = source(window, patch, place)
                if pixel >= 0:
                    total += x.data[at(x, image, pixel, channel)]
            out.data[at(out, image, patch, channel)] = total * share(window, patch)

    @cuda.jit
    def to_all(count, window, dout, dx, adds):
        image, pixel, channel = place_of(cuda.grid(1), window.height * window.width, window.channels)
        if cuda.grid(1) < count:
            to = at(dx, image, pixel, channel)
            total = dx.data[to] if adds else zero
            for place in range(window.kernel_height * window.kernel_width):
                patch = patch_at(window, pixel, place)
                if patch >= 0:
                    total += share(window, patch) * dout.data[at(dout, image, patch, channel)]
            dx.data[to] = total

    return SimpleNamespace(largest=largest, to_largest=to_largest, mean=mean, to_all=to_all, use_up=use_up)


def inputs_of(window):
    """Numbers in an image."""
    return window.height * window.width * window.channels


def outputs_of(window):
    """Numbers that are made of an image."""
    return window.out_height * window.out_width * window.channels


def max_pool_forward(window, x, out):
    """Largest pixel under the window; NaN if there is one.  `out` is overwritten."""
    on_host(kernels(x.dtype).largest, outputs_of(window), window, pixels_of(x), pixels_of(out))


def max_pool_backward(window, x, out, dout, dx):
    """Add the gradient of every output to the first pixel under its window that is the largest.

    `dx` is added to; `dout` is used up: what has gone to a pixel is zero afterwards.
    """
    images = pixels_of(x), pixels_of(out), pixels_of(dout)
    on_host(kernels(x.dtype).to_largest, inputs_of(window), window, *images, pixels_of(dx), True)
    on_host(kernels(x.dtype).use_up, outputs_of(window), window, *images)


def average_pool_forward(window, x, out):
    """Mean of the pixels under the window.  `out` is overwritten."""
    on_host(kernels(x.dtype).mean, outputs_of(window), window, pixels_of(x), pixels_of(out))


def average_pool_backward(window, dout, dx):
    """Add the gradient of every output, shared among the pixels under its window, to `dx`."""
    on_host(kernels(dx.dtype).to_all, inputs_of(window), window, pixels_of(dout), pixels_of(dx), True)
