"""The forward pass: from rows to what a network, or some of its layers, makes of them."""

from math import prod

import numpy as np

from . import kernels
from .kernels.contract import RowKind
from .layers import shape_after
from .limits import thread_limit
from .plan import make_plan, most_rows
from .workspace import aligned_zeros


class Forward:
    """What layers of a network make of rows.

    Several threads may call it at a time: every call works in scratch memory of its own.

    Parameters
    ----------
    network : Network
        Its parameters are read by every call, not copied.
    first, last : int, optional
        The layers to apply, `last` exclusive; by default all.  The output activation that the loss contains
        follows the network's last layer.

    Attributes
    ----------
    output_shape : tuple of int
        Of a row.
    n_inputs, n_outputs : int
        Numbers in a row.
    """

    def __init__(self, network, first=0, last=None):
        last = len(network.layers) if last is None else last
        layers, shape = network.layers[first:last], shape_after(network.layers[:first], network.input_shape)
        self.output_shape = shape_after(layers, shape)
        self.n_inputs, self.n_outputs = prod(shape), prod(self.output_shape)
        self._kernels = kernels.backend(network.device).predict
        n_threads = network.n_threads
        self._limit = lambda: thread_limit(n_threads)  # no way back to the network, which is freed at once

        def plan(layers, shape, batch):
            loss = network.loss if last == len(network.layers) else None
            return make_plan(
                layers,
                shape,
                loss or "squared_error",  # which contains no activation
                batch=batch,
                dtype=network.dtype,
                trains=False,
                images_share_memory=self._kernels.IMAGES_SHARE_MEMORY,
                precision=network.precision,
            )

        one = plan(layers, shape, 1)
        self.plan = plan(layers, shape, self._kernels.rows_at_once(one, most_rows(one)))
        start = plan(network.layers[:first], network.input_shape, 1).n_params
        self._params = network.params[start : start + self.plan.n_params]
        self._scratch = []  # that no call is using

    def __call__(self, rows, check=False):
        """Apply the layers.

        Parameters
        ----------
        rows : Rows
        check : bool
            Whether to look for NaN and infinity in the rows, if they are C-ordered floats.

        Returns
        -------
        outputs : ndarray of shape (n_rows, n_outputs), or None
            None if there are some.

        Raises
        ------
        ValueError
            If rows are wider or narrower than the layers' input, or of another dtype.
        """
        dtype = self._params.dtype
        if rows.data.dtype != dtype and rows.kind != RowKind.UINT8:
            raise ValueError(f"X is {rows.data.dtype}, but the network is {dtype}.")
        if rows.n_columns != self.n_inputs:
            raise ValueError(f"X has {rows.n_columns} features, but the network expects {self.n_inputs}.")
        out = np.empty((rows.n_rows, self.n_outputs), dtype)
        n_threads = self._kernels.useful_threads(self.plan, rows.n_rows, self._limit)
        work = self._memory(n_threads)
        finite = self._kernels.run(self.plan, self._params, work[:n_threads], rows, out, check)
        self._scratch.append(work)
        return out if finite else None

    def _memory(self, n_threads):
        """Scratch memory for at least so many threads, each its own."""
        try:
            work = self._scratch.pop()
        except IndexError:  # the first call, or all are in use by other threads
            work = ()
        if len(work) < n_threads:
            work = aligned_zeros((n_threads, self.plan.n_work), self._params.dtype)
        return work
