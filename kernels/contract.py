"""What every backend offers, and the integer table that drives it.

A backend is a folder (`ref/`: NumPy only, `cpu/`: Numba) whose files have the same names and whose
kernels have the same signatures.  `KERNELS` lists them; a test compares the backends with this list.

Letters used in all signatures: m rows of the batch, k inputs, n outputs; x input, w weights, b bias,
z before the activation, a after it; a leading `d` marks the gradient of the loss.  Matrices are
two-dimensional, C-ordered and may be wider than their n valid columns: `ld`, the leading dimension,
is n rounded up to the vector width, so that no kernel of the engine needs a masked column.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np


class Activation(IntEnum):
    """Element-wise activations, in the order of their codes."""

    IDENTITY = 0
    RELU = 1
    TANH = 2
    LOGISTIC = 3
    LEAKY_RELU = 4
    ELU = 5
    SOFTPLUS = 6
    GELU = 7
    SILU = 8


#: Activations whose derivative needs z itself; the others are differentiated from a alone.
NEEDS_Z = frozenset({Activation.GELU, Activation.SILU})

LEAKY_SLOPE = 0.01  # slope of leaky_relu left of zero
ELU_ALPHA = 1.0  # elu tends to -ELU_ALPHA on the left


class Loss(IntEnum):
    """Losses; the first three and POISSON contain their output activation (the inverse link)."""

    SOFTMAX_CROSS_ENTROPY = 0  # labels
    LOGISTIC_CROSS_ENTROPY = 1  # targets in [0, 1], one or several outputs
    POISSON = 2  # exp link, half the Poisson deviance
    SQUARED_ERROR = 3  # half the squared error, summed over the outputs
    ABSOLUTE_ERROR = 4
    HUBER = 5


class Optimizer(IntEnum):
    """Update rules; the number of slots that each keeps per parameter is in `SLOTS`."""

    SGD = 0
    MOMENTUM = 1
    NESTEROV = 2
    ADAM = 3
    ADAMW = 4


SLOTS = {
    Optimizer.SGD: 0,
    Optimizer.MOMENTUM: 1,
    Optimizer.NESTEROV: 1,
    Optimizer.ADAM: 2,
    Optimizer.ADAMW: 2,
}


class Layer(IntEnum):
    """Opcodes of the plan."""

    DENSE = 0
    DROPOUT = 1
    CONV = 2  # from here on: layers of images
    MAX_POOL = 3
    AVERAGE_POOL = 4
    COPY = 5  # of the channels of every pixel to another place


class Precision(IntEnum):
    """What the operands of matrix products are rounded to; sums, parameters and all else are as they were."""

    FULL = 0  # not rounded
    TF32 = 1  # float32 with 10 bits of the fraction
    BF16 = 2  # the upper half of float32: 7 bits


class Mode(IntEnum):
    """What one run of the engine does with the rows that it visits."""

    TRAIN = 0  # forward, loss, backward, update after every batch
    GRADIENT = 1  # one loss and one gradient over all rows, as one batch
    EVALUATE = 2  # the loss over all rows, as one batch


class RowKind(IntEnum):
    """How the rows of a data set are stored."""

    DENSE = 0  # C-ordered, the parameters' dtype
    STRIDED = 1  # any strides, the parameters' dtype
    UINT8 = 2  # C-ordered bytes
    CSR32 = 3  # compressed sparse rows, 32-bit indices
    CSR64 = 4  # the same, 64-bit indices


class Col(IntEnum):
    """Columns of the plan's table: one row of int64 per layer; -1 where a column does not apply.

    Offsets count elements: W, B into the flat parameter vector, the others into the workspace.  An image is
    one row: its pixels one after the other, each with its channels and pads.
    """

    KIND = 0  # a `Layer`
    K = 1  # inputs: of a row, flattened; of a convolution's patch; else channels of a pixel
    N = 2  # outputs: of a row, flattened; of images, channels of a pixel; of DROPOUT, all that a row stores
    LD_K = 3  # leading dimension of the input: elements from row to row; 0: images go through one by one
    LD_N = 4  # leading dimension of the output and of its gradients, likewise
    W = 5  # weights (k, ld_w)
    B = 6  # bias (ld_w,)
    ACTIVATION = 7  # an `Activation`
    X = 8  # input (batch, ld_k): the previous layer's A, or the plan's INPUT
    Z = 9  # before the activation (batch, ld_n); equal to A where the derivative does not need it
    A = 10  # output (batch, ld_n)
    D = 11  # gradient with respect to the output, turned in place into that with respect to z
    D_IN = 12  # where the gradient with respect to the input goes: D of the layer below
    MASK = 13  # dropout's multipliers (batch, ld_n)
    FIRST_STRIP = 14  # number of the layer's first strip of parameters, see `STRIP`
    COLUMNS = 15  # columns of w that are computed: n rounded up to the plan's lanes, at most ld_w
    IN_0 = 16  # shape of the input, up to three axes, 0 where there are fewer
    IN_1 = 17
    IN_2 = 18
    OUT_0 = 19  # shape of the output, likewise
    OUT_1 = 20
    OUT_2 = 21
    LD_W = 22  # leading dimension of w and of its gradients
    PIXEL_K = 23  # elements from one pixel of the input to the next
    PIXEL_N = 24  # the same of the output
    KERNEL_0 = 25  # size of the kernel or window: height, width
    KERNEL_1 = 26
    STRIDE_0 = 27
    STRIDE_1 = 28
    PAD_0 = 29  # pixels of padding above and left
    PAD_1 = 30
    GROUPS = 31
    ADDS = 32  # 1: D_IN already holds what another layer put there, and is added to
    BLOCK = 33  # output pixels whose patches are made at a time
    PARTS = 34  # gradients of a convolution by blocks of rows: (ld_batch / lanes, k + 1, ld_w), the bias last


#: Rows of one strip of a weight matrix: the unit in which gradients are made, applied and owned by
#: threads.  A multiple of the micro-kernels' 6 rows.
STRIP = 48


#: Rows that are worked on at a time: their activations stay in the cache from layer to layer.
MOST_ROWS = 256


#: Elements of the threads' meeting point.
BARRIER = 48


class Window(NamedTuple):
    """How a convolution or a pooling layer moves over an image.

    An image is a matrix of pixels, row by row of the image, with their channels beside each other: (height *
    width, ld) with ld >= channels.
    """

    height: int  # of the input
    width: int
    channels: int
    kernel_height: int
    kernel_width: int
    stride_height: int
    stride_width: int
    top: int  # pixels of padding above and left of the image; below and right follow from the output
    left: int
    out_height: int
    out_width: int


class Plan(NamedTuple):
    """A network as data: everything a backend needs to run it, made by `fastmlp.plan`."""

    table: np.ndarray  # (layers, len(Col)) int64
    rates: np.ndarray  # (layers,) float64: dropout rate of the layer, else 0
    loss: int  # a `Loss`
    huber_delta: float
    batch: int  # the most rows that are worked on at a time; a larger batch is done in parts
    ld_batch: int  # `batch` rounded up to `lanes`: rows of every matrix, columns of the transposed
    lanes: int  # elements of 64 bytes: leading dimensions are multiples of it
    images: int  # 1: there are convolutions, pooling layers or copies of channels
    block: int  # rows that a thread takes through all layers at a time
    few: int  # 1: rows are so few that input gradients are dot products
    input: int  # offset of the gathered rows (ld_batch, ld_k of the first layer)
    values: int  # offset of the gathered target values (batch, n of the last layer)
    d_t: int  # offset of the scratch for a transposed gradient (widest ld_n, ld_batch)
    dx_t: int  # offset of the scratch for a transposed input gradient (widest ld_k, ld_batch)
    n_params: int  # elements of the flat parameter vector
    n_work: int  # elements of the workspace
    n_strips: int
    patches: (
        int  # offset of the scratch for convolutions (ld_batch / lanes, n_patches); for prediction one row
    )
    n_patches: int  # transposed weights, and patches of an image or their gradients
    multiply_adds: int  # of the forward pass of a row
    precision: int  # a `Precision`


class Rows(NamedTuple):
    """The data set, as the gather kernels read it; every value is multiplied by `scale`."""

    kind: int  # a `RowKind`
    data: np.ndarray  # (rows, k) dense, or the CSR values
    indices: np.ndarray  # CSR column numbers, else empty
    indptr: np.ndarray  # CSR row starts, else empty
    scale: float
    n_rows: int
    n_columns: int


class Targets(NamedTuple):
    """What the loss compares with; unused arrays are empty."""

    labels: np.ndarray  # (rows,) int64: softmax cross-entropy
    values: np.ndarray  # (rows, n) of the parameters' dtype, C-ordered: every other loss; empty: the rows
    weights: np.ndarray  # (rows,) float64 sample weights, or empty: all ones


class State(NamedTuple):
    """All memory of a run, allocated by `fastmlp.workspace`: what training changes, then scratch."""

    params: np.ndarray  # (n_params,)
    grads: np.ndarray  # (n_params,), or empty where the fused update needs none
    slot_0: np.ndarray  # (n_params,): the optimizer's velocity or first moment, or empty
    slot_1: np.ndarray  # (n_params,): its second moment, or empty
    work: np.ndarray  # (n_work,): activations, deltas, masks
    strips: np.ndarray  # (threads, STRIP * widest ld): gradient strips of the fused update
    labels: np.ndarray  # (batch,) int64: the gathered labels
    row_weights: np.ndarray  # (batch,) float64: the gathered sample weights / their sum
    row_losses: np.ndarray  # (batch,) float64
    partials: np.ndarray  # (2, n_strips) float64: penalty and squared norm of every strip
    barrier: np.ndarray  # (BARRIER,) int64: the threads' meeting point


class Update(NamedTuple):
    """One epoch's optimizer settings.

    The penalties are those of the objective `mean loss + (l2 |W|^2 / 2 + l1 |W|) / sum of weights`.
    """

    optimizer: int = int(Optimizer.SGD)
    rate: float = 0.0
    beta_1: float = 0.9  # also the momentum
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0  # ADAMW only, decoupled
    l2: float = 0.0
    l1: float = 0.0
    clip_norm: float = 0.0  # 0: no clipping
    step: int = 0  # optimizer steps already taken
    dropout: int = 0  # 1: dropout layers drop; 0: they pass their input on
    seed: int = 0  # of the dropout masks


#: Kernels of every backend: module -> names.  Signatures are those of `ref`.
KERNELS = {
    "gemm": ("gemm_nn", "gemm_tn", "gemm_nt", "transpose", "column_sums"),
    "activations": (
        "activation_forward",
        "activation_backward",
        *(f"{a.name.lower()}_{d}" for a in Activation for d in ("forward", "backward")),
    ),
    "losses": (
        "loss_and_gradient",
        "output_activation",
        "softmax",
        *(loss.name.lower() for loss in Loss),
    ),
    "regularizers": ("penalty",),
    "dropout": ("dropout_mask", "multiply"),
    "optimizers": ("sgd", "momentum", "nesterov", "adam", "adamw", "sum_of_squares", "scale"),
    "gather": ("gather_dense", "gather_csr", "all_finite"),
    "patches": ("im2col", "col2im"),
    "pooling": (
        "max_pool_forward",
        "max_pool_backward",
        "average_pool_forward",
        "average_pool_backward",
    ),
}
