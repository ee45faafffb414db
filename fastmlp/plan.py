"""From layer specs to the integer table that drives every backend.

Every shape is inferred here, once; every offset into the parameter vector and the workspace is decided here.
"""

from math import ceil, prod
from typing import NamedTuple

import numpy as np

from .kernels.contract import MOST_ROWS, NEEDS_Z, STRIP, Activation, Col, Layer, Loss, Plan, Precision
from .layers import LAYERS, Concat, Conv2D, Dense, Dropout, Flatten, MaxPool2D

LINE = 64  # bytes of a cache line and of the widest vector
PAGE = 4096  # bytes after which addresses fall on the same lines of the innermost cache

#: The largest batch whose input gradients are made as dot products: 16 rows would fill a vector.
FEW_ROWS = 8

IMAGES = 1 << 24  # bytes of all images and gradients that are worked on at a time
PATCHES = 1 << 18  # bytes of a convolution's patches that are made at a time: they stay in a core's own cache
LEAST_PIXELS = 96  # but of so many output pixels, for the sake of the weights, which are read for each block
LEAST_BLOCKS = 4  # of as many rows as there are lanes: images that go on to dense layers together

#: Losses that contain their output activation: the last layer must leave z as it is.
WITH_LINK = frozenset({Loss.SOFTMAX_CROSS_ENTROPY, Loss.LOGISTIC_CROSS_ENTROPY, Loss.POISSON})


class _Arena:
    """Hands out consecutive ranges of one flat array."""

    def __init__(self):
        self.size, self._free = 0, []  # (start, end) in order, no two of them adjacent

    def take(self, count):
        start, self.size = self.size, self.size + count
        return start

    def take_again(self, count):
        """Hand out what was given back, if there is enough of it."""
        for i, (start, end) in enumerate(self._free):
            if end - start >= count:
                self._free[i : i + 1] = [(start + count, end)] if end - start > count else []
                return start
        return self.take(count)

    def give_back(self, start, count):
        merged = []
        for first, last in sorted([*self._free, (start, start + count)]):
            if merged and merged[-1][1] == first:
                first = merged.pop()[0]
            merged.append((first, last))
        self._free = merged


def round_up(count, multiple):
    """`count` rounded up to a multiple."""
    return -(-count // multiple) * multiple


def leading_dimension(count, dtype):
    """Elements from one row to the next: whole cache lines, not a multiple of a page.

    Rows a multiple of 4096 bytes apart would compete for the same few lines of the cache; two lines more
    keep the loads of neighboring rows apart.
    """
    size = np.dtype(dtype).itemsize
    n_bytes = round_up(count * size, LINE)
    return (n_bytes if n_bytes % PAGE else n_bytes + 2 * LINE) // size


def loss_code(loss):
    """The `Loss` of a lower-case name.

    Raises
    ------
    ValueError
        If there is no such loss.
    """
    try:
        return Loss[str(loss).upper()]
    except KeyError:
        names = ", ".join(code.name.lower() for code in Loss)
        raise ValueError(f"loss={loss!r} is unknown; use one of {names}.") from None


def make_plan(
    layers,
    input_shape,
    loss,
    *,
    batch,
    dtype,
    huber_delta=1.0,
    trains=True,
    images_share_memory=False,
    precision="full",
):
    """Lay out a network.

    Parameters
    ----------
    layers : list of layer specs
        The last one is Dense, if the network is to be trained.
    input_shape : tuple of int
        Shape of one row, up to three axes; of an image (height, width, channels).
    loss : str
        Lower-case name of a `Loss`.
    batch : int
        The most rows that are worked on at a time.
    dtype : dtype
        float32 or float64.
    huber_delta : float
        Where the Huber loss turns from square to linear.
    trains : bool
        Whether there is to be memory for gradients; else the last row of the table makes the outputs, row by
        row without gaps.
    images_share_memory : bool
        Of a plan that does not train: whether images go through the layers one by one, each in the memory of
        the one before, and a layer's images in the memory of those that no layer reads any more.
    precision : str
        Lower-case name of a `Precision`.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If the layers do not fit together; the message names the layer.
    """
    code = loss_code(loss)
    _check(layers, input_shape, code, batch, trains)
    layout, shape = _Layout(batch, dtype, trains, images_share_memory), tuple(input_shape)
    start = layout.place(shape, shape[-1], has_gradient=False)
    end = layout.walk(layers, start)
    plan = layout.plan(code, huber_delta, start, end if trains else layout.output(end))
    return plan._replace(precision=int(Precision[precision.upper()]))


def most_rows(plan):
    """Rows to work on at a time: of images no more than stay in the cache that the cores share.

    Parameters
    ----------
    plan : Plan
        Of the same network, for one row.

    Returns
    -------
    n_rows : int
        At most `MOST_ROWS`.
    """
    if not plan.images:
        return MOST_ROWS
    block = plan.n_work * (LINE // plan.lanes)  # bytes for so many rows as there are lanes
    # where images share memory, it is dense layers that need rows: their weights are read for each block
    least = 1 if plan.table[-1, Col.D] >= 0 else LEAST_BLOCKS
    return min(MOST_ROWS, max(least, IMAGES // block) * plan.lanes)


class _Place(NamedTuple):
    """Where the rows are that a layer makes, and the next one reads."""

    shape: tuple  # of a row
    pixel: int  # elements from one pixel to the next; of a flat row all of it
    ld: int  # elements from one row to the next; 0: all rows are made in the same memory
    offset: int  # in the workspace
    gradient: int  # offset of their gradient, or -1: nothing below is trained
    size: int  # elements of it all


class _Layout:
    """Goes through the layers and gives each its row of the table, its parameters and its memory."""

    def __init__(self, batch, dtype, trains, images_share_memory):
        self.batch, self.dtype = int(batch), np.dtype(dtype)
        self.trains, self.images_share_memory = trains, images_share_memory
        self.lanes = LINE // self.dtype.itemsize
        self.ld_batch = round_up(batch, self.lanes)
        self.params, self.work = _Arena(), _Arena()
        self.rows, self.rates, self.n_strips = [], [], 0
        self.widest_n = self.widest_k = 0  # of the gradients that are transposed
        self.n_patches = self.n_transposed = self.multiply_adds = 0

    def place(self, shape, pixel, has_gradient):
        """Room for rows of a shape; `pixel` elements from one pixel of an image to the next."""
        ld = leading_dimension(prod(shape[:2]) * pixel if len(shape) == 3 else prod(shape), self.dtype)
        size = self.ld_batch * ld
        offset = self.work.take(size)
        return _Place(shape, pixel, ld, offset, self.work.take(size) if has_gradient else -1, size)

    def images(self, shape, has_gradient):
        """Room for images; every pixel starts a cache line."""
        pixel = leading_dimension(shape[2], self.dtype)
        if not self.images_share_memory:
            return self.place(shape, pixel, has_gradient)
        size = leading_dimension(prod(shape[:2]) * pixel, self.dtype)
        return _Place(shape, pixel, 0, self.work.take_again(size), -1, size)

    def done_with(self, place):
        """Let others use the memory of images that no layer reads any more."""
        if place.ld == 0:
            self.work.give_back(place.offset, place.size)

    def walk(self, layers, first):
        """Add layers, each on top of the one before; return where the last one leaves its rows."""
        place = first
        for layer in layers:
            before = place
            if isinstance(layer, Dense):
                place = self.dense(layer, self.compact(place))
            elif isinstance(layer, Dropout):
                place = self.dropout(layer, place)
            elif isinstance(layer, Conv2D):
                place = self.convolution(layer, place)
            elif isinstance(layer, Concat):
                place = self.concat(layer, place)
            elif isinstance(layer, Flatten):
                place = self.compact(place)._replace(shape=layer.output_shape(place.shape))
            else:
                place = self.pooling(layer, place)
            if place is not before is not first:
                self.done_with(before)
        return place

    def row(self, kind, place, output, k, n):
        """Add a row of the table, from one place to another."""
        row = np.full(len(Col), -1, np.int64)
        row[[Col.KIND, Col.K, Col.N]] = kind, k, n
        row[[Col.X, Col.LD_K, Col.PIXEL_K, Col.D_IN]] = place.offset, place.ld, place.pixel, place.gradient
        row[[Col.A, Col.LD_N, Col.PIXEL_N, Col.D]] = output.offset, output.ld, output.pixel, output.gradient
        row[Col.Z] = row[Col.A]
        row[Col.IN_0 : Col.IN_2 + 1] = (*place.shape, 0, 0, 0)[:3]
        row[Col.OUT_0 : Col.OUT_2 + 1] = (*output.shape, 0, 0, 0)[:3]
        self.rows.append(row)
        self.rates.append(0.0)
        return row

    def weights(self, row, layer, output):
        """Give a row its weights and bias, and the memory that its activation needs."""
        k, n = row[[Col.K, Col.N]]
        row[Col.LD_W], row[Col.COLUMNS] = leading_dimension(n, self.dtype), round_up(n, self.lanes)
        row[Col.ACTIVATION] = activation = Activation[layer.activation.upper()]
        if activation in NEEDS_Z and self.trains:
            row[Col.Z] = self.work.take(self.ld_batch * output.ld)
        row[Col.W], row[Col.FIRST_STRIP] = self.params.take(k * row[Col.LD_W]), self.n_strips
        self.n_strips += ceil(k / STRIP) + layer.bias
        if layer.bias:
            row[Col.B] = self.params.take(row[Col.LD_W])

    def dense(self, layer, place):
        k, n = prod(place.shape), int(layer.units)
        output = self.place((n,), n, has_gradient=self.trains)
        self.multiply_adds += k * n
        self.weights(self.row(Layer.DENSE, place, output, k, n), layer, output)
        if self.trains:
            self.widest_n = max(self.widest_n, output.ld)
        if place.gradient >= 0:
            self.widest_k = max(self.widest_k, place.ld)
        return output

    def dropout(self, layer, place):
        if not self.trains:
            return place
        output = self.place(place.shape, place.pixel, place.gradient >= 0)
        stored = prod(place.shape[:2]) * place.pixel if len(place.shape) == 3 else prod(place.shape)
        row = self.row(Layer.DROPOUT, place, output, stored, stored)
        row[Col.MASK] = self.work.take(self.ld_batch * output.ld)
        self.rates[-1] = layer.rate
        return output

    def convolution(self, layer, place):
        k = prod(layer.weight_shape(place.shape)[:3])
        output = self.images(layer.output_shape(place.shape), has_gradient=self.trains)
        row = self.row(Layer.CONV, place, output, k, output.shape[2])
        self.weights(row, layer, output)
        self.geometry(row, layer.window(place.shape))
        row[Col.GROUPS] = layer.groups
        ld_k, pixels = round_up(k, self.lanes), prod(output.shape[:2])
        n_blocks = ceil(pixels / max(LEAST_PIXELS, PATCHES // (ld_k * self.dtype.itemsize)))
        row[Col.BLOCK] = ceil(pixels / n_blocks)
        self.n_patches = max(self.n_patches, int(row[Col.BLOCK]) * ld_k)
        self.multiply_adds += pixels * k * output.shape[2]
        if self.trains:
            row[Col.PARTS] = self.work.take(self.ld_batch // self.lanes * (k + 1) * row[Col.LD_W])
            self.n_transposed = max(self.n_transposed, int(row[Col.LD_W]) * ld_k)
        return output

    def pooling(self, layer, place):
        kind = Layer.MAX_POOL if isinstance(layer, MaxPool2D) else Layer.AVERAGE_POOL
        output = self.images(layer.output_shape(place.shape), place.gradient >= 0)
        row = self.row(kind, place, output, output.shape[2], output.shape[2])
        self.geometry(row, layer.window(place.shape))
        return output

    def geometry(self, row, window):
        """Say how a kernel moves; the sizes of the images are in the row already."""
        row[Col.KERNEL_0], row[Col.KERNEL_1] = window.kernel_height, window.kernel_width
        row[Col.STRIDE_0], row[Col.STRIDE_1] = window.stride_height, window.stride_width
        row[Col.PAD_0], row[Col.PAD_1] = window.top, window.left

    def compact(self, place):
        """Close the gaps between the pixels of images, if there are any, and give each row its own memory."""
        gapless = len(place.shape) < 3 or place.pixel == place.shape[2] or prod(place.shape[:2]) == 1
        if gapless and place.ld > 0:
            return place
        output = self.place(place.shape, place.shape[2], place.gradient >= 0)
        self.row(Layer.COPY, place, output, place.shape[2], place.shape[2])
        return output

    def concat(self, layer, place):
        """Put all branches on the same place, and what they make beside each other."""
        ends = [self.walk(branch, place) for branch in layer.branches]
        output = self.images(layer.output_shape(place.shape), any(end.gradient >= 0 for end in ends))
        first = 0
        for end in ends:
            if end is not place:
                self.done_with(end)
            channels = end.shape[2]
            part = output._replace(
                offset=output.offset + first, gradient=output.gradient + first if output.gradient >= 0 else -1
            )
            self.row(Layer.COPY, end, part, channels, channels)
            first += channels
        return output

    def output(self, place):
        """Rows that the last row of the table makes, all of them.

        It copies them, if all layers only give another name to the input, or if the last ones are branches,
        each of which makes a part.
        """
        place = self.compact(place)
        if self.rows and self.rows[-1][Col.A] == place.offset:
            return place
        flat = place._replace(shape=(1, 1, prod(place.shape)), pixel=prod(place.shape))
        output = self.place(flat.shape, flat.pixel, has_gradient=False)
        self.row(Layer.COPY, flat, output, flat.pixel, flat.pixel)
        return output

    def plan(self, code, huber_delta, start, end):
        """Put everything together."""
        added, n_patches = set(), self.n_patches + self.n_transposed
        images = any(row[Col.KIND] not in (Layer.DENSE, Layer.DROPOUT) for row in self.rows)
        for row in reversed(self.rows):  # in the order in which gradients are passed down
            row[Col.ADDS] = row[Col.D_IN] in added
            added.add(row[Col.D_IN])
        return Plan(
            table=np.array(self.rows),
            rates=np.array(self.rates),
            loss=int(code),
            huber_delta=float(huber_delta),
            batch=self.batch,
            ld_batch=self.ld_batch,
            lanes=self.lanes,
            few=int(self.batch <= FEW_ROWS),
            images=int(images),
            block=self.lanes if images else self.ld_batch,
            input=start.offset,
            values=self.work.take(round_up(self.ld_batch * prod(end.shape), self.lanes) * self.trains),
            d_t=self.work.take(self.widest_n * self.ld_batch),
            dx_t=self.work.take(self.widest_k * self.ld_batch),
            patches=self.work.take((self.ld_batch // self.lanes if self.trains else 1) * n_patches),
            n_patches=n_patches,
            multiply_adds=self.multiply_adds,
            precision=int(Precision.FULL),
            n_params=int(self.params.size),
            n_work=int(self.work.size),
            n_strips=self.n_strips,
        )


def _check(layers, input_shape, code, batch, trains):
    """Raise a ValueError that names what does not fit."""
    if trains and not (layers and isinstance(layers[-1], Dense)):
        raise ValueError("layers must end with a Dense layer, which makes the outputs.")
    for i, layer in enumerate(layers):
        if not isinstance(layer, LAYERS):
            names = ", ".join(kind.__name__ for kind in LAYERS)
            raise ValueError(f"layers[{i}]={layer!r} is not a layer; use one of {names}.")
    if not 1 <= len(input_shape) <= 3 or min(input_shape) < 1:
        raise ValueError(f"input_shape={input_shape!r} must have one to three axes, each >= 1.")
    if batch < 1:
        raise ValueError(f"batch={batch!r} must be >= 1.")
    if trains and code in WITH_LINK and layers[-1].activation != "identity":
        raise ValueError(
            f"layers[{len(layers) - 1}]: activation={layers[-1].activation!r} must be 'identity', "
            f"because the loss {code.name.lower()!r} contains the output activation."
        )
