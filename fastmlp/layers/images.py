"""Layer specs for images: convolution, pooling, and what lies between them and dense layers.

The shape of an image is (height, width, channels).  Sizes, strides and paddings are one number for both
directions, or a pair for height and width.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from numbers import Integral

from ..initializers import resolve
from ..kernels.contract import Window
from .basic import check_activation, check_count


@dataclass(frozen=True)
class Conv2D:
    """A convolution: each output pixel is `activation(patch @ w + b)`.

    Parameters
    ----------
    filters : int
        Channels of the output.
    kernel_size : int or (int, int)
        Rows and columns of a patch.
    stride : int or (int, int)
        Pixels from one patch to the next.
    padding : int, (int, int) or 'same'
        Pixels of zeros on every side.  'same': as many as it takes for ceil(size / stride) output pixels,
        the odd one below and right.
    groups : int
        Channels are split into so many groups, each of which is made from its own part of the input
        (Krizhevsky, Sutskever and Hinton 2012, section 3.2).
    activation : str
        One of `fastmlp.layers.ACTIVATIONS`.
    bias : bool
        Whether the layer adds a bias.
    weight_init, bias_init : str or callable
        As of `fastmlp.layers.Dense`; the weights have shape (kernel rows, kernel columns, input channels /
        groups, filters).

    Raises
    ------
    ValueError
        If a value is out of range or a name unknown.
    """

    filters: int
    kernel_size: int | tuple = 3
    stride: int | tuple = 1
    padding: int | tuple | str = 0
    groups: int = 1
    activation: str = "relu"
    bias: bool = True
    weight_init: str | Callable = "glorot_uniform"
    bias_init: str | Callable = "zeros"

    def __post_init__(self):
        check_count("Conv2D", "filters", self.filters)
        check_count("Conv2D", "groups", self.groups)
        if self.filters % self.groups:
            raise ValueError(f"Conv2D: groups={self.groups!r} must divide filters={self.filters!r}.")
        _check_window(self, self.kernel_size, "kernel_size")
        check_activation("Conv2D", self.activation)
        resolve(self.weight_init, "weight_init")
        resolve(self.bias_init, "bias_init")

    def window(self, input_shape):
        """How the kernel moves over an image of this shape, a `Window` over the channels of one group."""
        height, width, channels = _image(self, input_shape)
        if channels % self.groups:
            raise ValueError(f"Conv2D: groups={self.groups!r} must divide the input's {channels} channels.")
        shape = height, width, channels // self.groups
        return _window(self, shape, self.kernel_size, self.stride, self.padding, ceil_mode=False)

    def output_shape(self, input_shape):
        """Shape of one row's output."""
        window = self.window(input_shape)
        return window.out_height, window.out_width, int(self.filters)

    def weight_shape(self, input_shape):
        """Shape of the weights: (kernel rows, kernel columns, input channels / groups, filters)."""
        window = self.window(input_shape)
        return window.kernel_height, window.kernel_width, window.channels, int(self.filters)

    def n_params(self, input_shape):
        """Trainable parameters, pads excluded."""
        return prod(self.weight_shape(input_shape)) + self.bias * self.filters


@dataclass(frozen=True)
class _Pool2D:
    """What all pooling layers have in common: a window for every channel, and no parameters."""

    pool_size: int | tuple = 2
    stride: int | tuple | None = None
    padding: int | tuple | str = 0
    ceil_mode: bool = False

    def __post_init__(self):
        _check_window(self, self.pool_size, "pool_size")
        sizes = zip(_pair(self.pool_size), _pair(self.padding), strict=True) if self.padding != "same" else ()
        if any(2 * padding > size for size, padding in sizes):
            raise ValueError(
                f"{_name(self)}: padding={self.padding!r} must be at most half of "
                f"pool_size={self.pool_size!r}: else there are windows without a pixel."
            )

    def window(self, input_shape):
        """How the window moves over an image of this shape, a `Window`."""
        stride = self.pool_size if self.stride is None else self.stride
        shape = _image(self, input_shape)
        return _window(self, shape, self.pool_size, stride, self.padding, ceil_mode=self.ceil_mode)

    def output_shape(self, input_shape):
        """Shape of one row's output."""
        window = self.window(input_shape)
        return window.out_height, window.out_width, window.channels

    def n_params(self, input_shape):
        """Trainable parameters: none."""
        return 0


@dataclass(frozen=True)
class MaxPool2D(_Pool2D):
    """The largest pixel under each window, channel by channel.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of the window.
    stride : int or (int, int), optional
        Pixels from one window to the next; by default the window's size.
    padding : int, (int, int) or 'same'
        Pixels by which windows reach over the edge, where there is nothing; at most half of the window.
    ceil_mode : bool
        Whether a last window that is not full counts: the output's size is rounded up, not down.

    Raises
    ------
    ValueError
        If a value is out of range.
    """


@dataclass(frozen=True)
class AvgPool2D(_Pool2D):
    """The mean of the pixels under each window, channel by channel; those beyond the edge do not count.

    Parameters
    ----------
    pool_size, stride, padding, ceil_mode
        As of `MaxPool2D`.

    Raises
    ------
    ValueError
        If a value is out of range.
    """


@dataclass(frozen=True)
class GlobalAvgPool2D:
    """The mean of all pixels, channel by channel."""

    def window(self, input_shape):
        """Return one window over the whole image, a `Window`."""
        shape = _image(self, input_shape)
        return _window(self, shape, shape[:2], 1, 0, ceil_mode=False)

    def output_shape(self, input_shape):
        """Shape of one row's output: one pixel."""
        return 1, 1, _image(self, input_shape)[2]

    def n_params(self, input_shape):
        """Trainable parameters: none."""
        return 0


@dataclass(frozen=True)
class Flatten:
    """The elements of an image in one row: pixel by pixel, the channels of each beside each other."""

    def output_shape(self, input_shape):
        """Shape of one row's output."""
        return (prod(input_shape),)

    def n_params(self, input_shape):
        """Trainable parameters: none."""
        return 0


@dataclass(frozen=True)
class Concat:
    """Branches on the same input, whose channels are put beside each other.

    Parameters
    ----------
    branches : tuple of tuple of layer specs
        Each a list of layers for images; all must make images of the same height and width.

    Raises
    ------
    ValueError
        If a branch is empty.
    """

    branches: tuple

    def __post_init__(self):
        branches = list(self.branches) if hasattr(self.branches, "__iter__") else []
        are_lists = all(hasattr(branch, "__iter__") for branch in branches)
        branches = tuple(map(tuple, branches)) if are_lists else ()
        layers = [layer for branch in branches for layer in branch]
        if not branches or not all(branches) or not all(hasattr(layer, "output_shape") for layer in layers):
            raise ValueError(
                f"Concat: branches={self.branches!r} must be lists of layers, none of them empty."
            )
        object.__setattr__(self, "branches", branches)

    def output_shape(self, input_shape):
        """Shape of one row's output."""
        shapes = [_after(branch, _image(self, input_shape)) for branch in self.branches]
        if len({shape[:2] for shape in shapes}) > 1:
            raise ValueError(f"Concat: the branches make images of different sizes, {shapes}.")
        return *shapes[0][:2], sum(shape[2] for shape in shapes)

    def n_params(self, input_shape):
        """Trainable parameters, pads excluded."""
        total = 0
        for branch in self.branches:
            shape = input_shape
            for layer in branch:
                total, shape = total + layer.n_params(shape), layer.output_shape(shape)
        return total


def _after(layers, shape):
    """Shape of an image after the layers of a branch."""
    for layer in layers:
        shape = layer.output_shape(shape)
        if len(shape) != 3:
            raise ValueError(f"Concat: {layer!r} makes rows of shape {shape}; branches must make images.")
    return shape


def _name(layer):
    return type(layer).__name__


def _pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def _check_window(layer, size, size_name):
    """Raise a ValueError unless size, stride and padding are numbers, or pairs of them, in range."""
    for name, value, least in (
        (size_name, size, 1),
        ("stride", 1 if layer.stride is None else layer.stride, 1),
        ("padding", 0 if layer.padding == "same" else layer.padding, 0),
    ):
        pair = _pair(value)
        if len(pair) != 2 or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in pair):
            same = ", or 'same'" * (name == "padding")
            raise ValueError(f"{_name(layer)}: {name}={value!r} must be an integer or a pair of them{same}.")
        if min(pair) < least:
            raise ValueError(f"{_name(layer)}: {name}={value!r} must be >= {least}.")


def _image(layer, input_shape):
    """Check that the input is an image; return its shape."""
    if len(input_shape) != 3:
        raise ValueError(
            f"{_name(layer)}: its input has shape {tuple(input_shape)}, but must be an image (height, width, "
            "channels); declare input_shape, or put the layer before Flatten and the dense layers."
        )
    return tuple(map(int, input_shape))


def _window(layer, shape, size, stride, padding, *, ceil_mode):
    lines = [
        _line(layer, *line, ceil_mode)
        for line in zip(
            ("height", "width"),
            shape,
            _pair(size),
            _pair(stride),
            _pair(padding if padding != "same" else None),
            strict=False,
        )
    ]
    (top, out_height), (left, out_width) = lines
    return Window(*shape, *map(int, _pair(size)), *map(int, _pair(stride)), top, left, out_height, out_width)


def _line(layer, name, length, size, stride, padding, ceil_mode):
    """Pixels of padding before the first one, and pixels of the output, in one direction."""
    if padding is None:  # 'same'
        out = -(-length // stride)
        return max(0, (out - 1) * stride + size - length) // 2, out
    space = length + 2 * padding - size
    out = (-(-space // stride) if ceil_mode else space // stride) + 1
    if ceil_mode and (out - 1) * stride >= length + padding:  # the last window would lie in the padding alone
        out -= 1
    if out < 1:
        raise ValueError(
            f"{_name(layer)}: the input's {name} of {length} pixels, with padding {padding}, is smaller than "
            f"the window's {size}."
        )
    return int(padding), int(out)
