"""A network: the plan of its layers, its parameters, and the backend that runs them."""

from math import prod

import numpy as np

from . import kernels
from .forward import Forward
from .initializers import draw
from .kernels.contract import SLOTS, Col, Loss, Mode, Precision, RowKind, Update
from .layers import shape_after, with_weights
from .limits import thread_limit
from .plan import FEW_ROWS, loss_code, make_plan, most_rows
from .workspace import aligned_copy, aligned_zeros, make_state


class Network:
    """A network laid out in memory, ready to be trained and applied.

    Parameters
    ----------
    layers : list of layer specs
        Of `fastmlp.layers`; the last one is Dense, if there is a loss.
    input_shape : tuple of int
        Shape of one row.
    loss : str or None
        Lower-case name of a `Loss`; None for a network that is applied and not trained.
    dtype : dtype, default=float32
        float32 or float64.
    huber_delta : float, default=1.0
        Where the Huber loss turns from square to linear.
    device : {'cpu', 'cuda', 'ref'}, default='cpu'
        Backend.
    n_threads : int, optional
        Most threads to use; by default those of `limits.default_threads`.  The results
        are bit for bit the same at any number.
    precision : {'full', 'tf32', 'bf16'}, default='full'
        What the operands of matrix products are rounded to, on devices 'cuda' and 'ref', of float32;
        parameters, sums and everything else stay float32.

    Attributes
    ----------
    params : ndarray of shape (n_params,)
        All parameters, layer by layer, aligned; matrices are padded to the vector width with zeros that stay
        zero.
    weights : list of ndarray
        Views of `params`, one per layer that has weights: (k, n) of Dense, (rows, columns, channels, filters)
        of Conv2D.
    biases : list of ndarray of shape (n,), or None where a layer has no bias
        Views of `params`.
    """

    def __init__(
        self,
        layers,
        input_shape,
        loss,
        *,
        dtype=np.float32,
        huber_delta=1.0,
        device="cpu",
        n_threads=None,
        precision="full",
    ):
        self.layers = list(layers)
        self.input_shape = tuple(input_shape)
        self.loss = loss
        self.dtype = np.dtype(dtype)
        self.huber_delta = huber_delta
        self.device = device
        self.n_threads = n_threads
        self.precision = precision
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype={self.dtype} is not supported; use float32 or float64.")
        if n_threads is not None and n_threads < 1:
            raise ValueError(f"n_threads={n_threads!r} must be >= 1, or None.")
        check_precision(precision, device, self.dtype)
        kernels.backend(device)
        plan = self.plan_for(1)
        self.n_inputs = prod(self.input_shape)
        self.n_outputs = prod(shape_after(self.layers, self.input_shape))
        self._adopt(aligned_zeros(plan.n_params, self.dtype), plan)

    def plan_for(self, batch):
        """Lay the network out for as many rows at a time.

        Parameters
        ----------
        batch : int

        Returns
        -------
        Plan
            Without memory for gradients, if there is no loss.
        """
        return make_plan(
            self.layers,
            self.input_shape,
            self.loss or "squared_error",
            batch=batch,
            dtype=self.dtype,
            huber_delta=self.huber_delta,
            trains=self.loss is not None,
            precision=self.precision,
        )

    def _adopt(self, params, plan):
        """Use `params` as the parameter vector, `plan` for one row; nothing else is kept from before."""
        self._one = plan
        self.params, self.weights, self.biases, self._pads = params, [], [], []
        shapes = [layer.weight_shape(shape) for layer, shape in with_weights(self.layers, self.input_shape)]
        for row, shape in zip(plan.table[plan.table[:, Col.W] >= 0], shapes, strict=True):
            k, n, ld, w, b = (int(row[col]) for col in (Col.K, Col.N, Col.LD_W, Col.W, Col.B))
            self.weights.append(params[w : w + k * ld].reshape(k, ld)[:, :n].reshape(shape))
            self.biases.append(params[b : b + n] if b >= 0 else None)
            self._pads.append(params[w : w + k * ld].reshape(k, ld)[:, n:])
            if b >= 0:
                self._pads.append(params[b + n : b + ld])
        self._slots = []  # the optimizer's memory
        self._grads = np.empty(0, params.dtype)  # the whole gradient, where a run needs it
        self._prepared = {}  # training or not -> (plan, state)
        self._forwards = {}  # (first layer, last layer) -> Forward

    def __getstate__(self):
        """Everything but scratch memory and views, which are made again."""
        made_again = ("_one", "weights", "biases", "_pads", "_grads", "_prepared", "_forwards")
        return {name: value for name, value in self.__dict__.items() if name not in made_again}

    def __setstate__(self, kept):
        """Restore parameters and optimizer into aligned memory."""
        self.__dict__.update(kept)
        slots = kept["_slots"]
        self._adopt(aligned_copy(kept["params"]), self.plan_for(1))
        self._slots = [aligned_copy(slot) for slot in slots]

    def initialize(self, random_state):
        """Draw all weights and biases, layer by layer, the weights first.

        Parameters
        ----------
        random_state : RandomState
        """
        layers = [layer for layer, _ in with_weights(self.layers, self.input_shape)]
        for layer, weights, bias in zip(layers, self.weights, self.biases, strict=True):
            weights[:] = draw(layer.weight_init, random_state, weights.shape, "weight_init")
            if bias is not None:
                bias[:] = draw(layer.bias_init, random_state, bias.shape, "bias_init")
        self.reset_optimizer()

    def clear_pads(self):
        """Zero what lies between the layers' outputs and their leading dimensions.

        It always is zero, until training diverges and leaves NaN there, which no finite weights would cure.
        """
        for pad in self._pads:
            pad[...] = 0

    def reset_optimizer(self):
        """Forget the optimizer's memory."""
        self._slots = []

    def resident(self, *objects):
        """Context in which Rows and Targets are copied to a device once, and not for every run.

        Parameters
        ----------
        *objects : Rows or Targets

        Returns
        -------
        context manager
        """
        return kernels.backend(self.device).engine.resident(*objects)

    def train_epoch(self, rows, targets, order, update, batch_size):
        """Visit the rows in `order` and update the parameters after every batch.

        Parameters
        ----------
        rows : Rows
        targets : Targets
        order : ndarray of shape (n_visited,), int64
        update : Update
            `update.step` counts the steps taken before; this epoch takes ceil(n_visited / batch_size).
        batch_size : int

        Returns
        -------
        loss : float
            Mean of the batches' objectives before each update, weighted by their rows; NaN or infinity
            where training diverged.
        """
        return self._run(Mode.TRAIN, rows, targets, order, update._replace(dropout=1), batch_size)

    def gradient(self, rows, targets, update=None):
        """Objective over all rows and its gradient, dropout off.

        Parameters
        ----------
        rows : Rows
        targets : Targets
        update : Update, optional
            Its penalties are part of the objective; by default there are none.

        Returns
        -------
        loss : float
        gradient : ndarray of shape (n_params,)
            Laid out like `params`; overwritten by the next call.
        """
        order = np.arange(rows.n_rows)
        loss = self._run(Mode.GRADIENT, rows, targets, order, update or Update())
        return loss, self._grads

    def evaluate(self, rows, targets, update=None):
        """Objective over all rows, dropout off.

        Parameters
        ----------
        rows : Rows
        targets : Targets
        update : Update, optional
            Its penalties are part of the objective; by default there are none.

        Returns
        -------
        loss : float
        """
        return self._run(Mode.EVALUATE, rows, targets, np.arange(rows.n_rows), update or Update())

    def predict(self, rows, check=False):
        """Outputs of all rows, after the output activation.

        Parameters
        ----------
        rows : Rows
        check : bool
            Whether to look for NaN and infinity in the rows, if they are C-ordered floats: faster on the way
            than before.

        Returns
        -------
        outputs : ndarray of shape (n_rows, n_outputs), or None
            None if there are some.
        """
        return self.part(0, len(self.layers))(rows, check)

    def part(self, first, last):
        """The forward pass of the layers first..last (exclusive), made ready once.

        Parameters
        ----------
        first, last : int

        Returns
        -------
        Forward
            Takes what the layer before `first` makes, and reads this network's parameters; the output
            activation that the loss contains is applied behind the network's last layer.
        """
        if (first, last) not in self._forwards:
            self._forwards[first, last] = Forward(self, first, last)
        return self._forwards[first, last]

    def _run(self, mode, rows, targets, order, update, batch_size=None):
        order = np.require(order, np.int64, ["C_CONTIGUOUS", "WRITEABLE"])
        self._check(mode, rows, targets, order)
        engine = kernels.backend(self.device).engine
        batch_size = max(1, min(batch_size or len(order), len(order)))
        n_rows = engine.rows_at_once(self._one, most_rows(self._one), batch_size)
        threads = thread_limit(self.n_threads)
        training = mode == Mode.TRAIN
        # Taken out while in use: a second thread that evaluates the same network makes its own.
        plan, state = self._prepared.pop(training, (None, None))
        if not _serves(plan, state, n_rows, threads, mode):
            plan = self.plan_for(n_rows)
            state = make_state(plan, self.params, threads)
        state = self._with_memory(plan, state, engine, mode, update, batch_size)
        loss = engine.run(mode, plan, state, rows, targets, order, update, batch_size, threads)
        self._prepared[training] = plan, state
        return loss

    def _check(self, mode, rows, targets, order):
        """Raise a ValueError where kernels would read what is not there."""
        if rows.data.dtype != self.dtype and rows.kind != RowKind.UINT8:
            raise ValueError(f"X is {rows.data.dtype}, but the network is {self.dtype}.")
        if rows.n_columns != self.n_inputs:
            raise ValueError(f"X has {rows.n_columns} features, but the network expects {self.n_inputs}.")
        if len(order) and not (order.min() >= 0 and order.max() < rows.n_rows):
            raise ValueError(
                f"order has row numbers from {order.min()} to {order.max()}; "
                f"X has rows 0 to {rows.n_rows - 1}."
            )
        if len(targets.weights) not in (0, rows.n_rows):
            raise ValueError(f"sample_weight has {len(targets.weights)} entries; X has {rows.n_rows} rows.")
        if loss_code(self.loss) == Loss.SOFTMAX_CROSS_ENTROPY:
            labels = targets.labels
            if labels.shape != (rows.n_rows,):
                raise ValueError(f"y must hold one label for each of the {rows.n_rows} rows of X.")
            if len(labels) and not (labels.min() >= 0 and labels.max() < self.n_outputs):
                raise ValueError(
                    f"y has labels from {labels.min()} to {labels.max()}; the network has outputs "
                    f"0 to {self.n_outputs - 1}."
                )
        elif targets.values.size == 0 and self.n_outputs == self.n_inputs:
            return  # the rows are their own targets
        elif targets.values.dtype != self.dtype:
            raise ValueError(f"y is {targets.values.dtype}, but the network is {self.dtype}.")
        elif targets.values.shape != (rows.n_rows, self.n_outputs):
            raise ValueError(
                f"y has shape {targets.values.shape}; the loss {self.loss!r} needs values of shape "
                f"{(rows.n_rows, self.n_outputs)}."
            )

    def _with_memory(self, plan, state, engine, mode, update, batch_size):
        """The state with the whole gradient and the optimizer's slots, if the run needs them."""
        if len(self._grads) == 0 and engine.needs_gradient(mode, plan, update, batch_size):
            self._grads = aligned_zeros(len(self.params), self.dtype)
        if mode == Mode.TRAIN:
            while len(self._slots) < SLOTS[update.optimizer]:
                self._slots.append(aligned_zeros(len(self.params), self.dtype))
        slots = dict(zip(("slot_0", "slot_1"), self._slots, strict=False))
        return state._replace(grads=self._grads, **slots)


def check_precision(precision, device, dtype=None):
    """Refuse a precision that a device or a dtype, where it is known, does not have.

    Parameters
    ----------
    precision : str
        Lower-case name of a `Precision`.
    device : str
    dtype : dtype, optional

    Raises
    ------
    ValueError
        The message names the remedy.
    """
    names = [code.name.lower() for code in Precision]
    if precision not in names:
        raise ValueError(f"precision={precision!r} is unknown; use one of {', '.join(names)}.")
    if precision == "full":
        return
    if device == "cpu":
        raise ValueError(
            f"precision={precision!r} does not go with device='cpu'; use device='cuda', whose matrix units "
            "it is for (or 'ref', which rounds likewise), or precision='full'."
        )
    if dtype is not None and dtype != np.float32:
        raise ValueError(
            f"precision={precision!r} rounds float32 numbers, but the network is {dtype}, like the X that "
            "it is first fitted with; fit X.astype('float32')."
        )


def _serves(plan, state, batch, threads, mode):
    """Whether a kept plan and its state do for a run; the bits must not depend on which one is kept."""
    if plan is None or len(state.strips) < min(threads, plan.n_strips):
        return False
    if mode == Mode.TRAIN:
        return plan.batch == batch
    return plan.batch >= batch and (mode == Mode.EVALUATE or plan.few == (batch <= FEW_ROWS))
