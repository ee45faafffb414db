"""The forward pass: from rows to a network's outputs."""

import numpy as np

from . import kernels
from .kernels.contract import RowKind
from .limits import thread_limit
from .workspace import aligned_zeros

WORTH_SHARING = 10_000_000  # multiply-adds: fewer take no longer than starting a thread


class Forward:
    """Outputs of a network for rows, after the output activation.

    Several threads may call it at a time: every call works in scratch memory of its own.

    Parameters
    ----------
    network : Network
        Its parameters are read by every call, not copied.
    """

    def __init__(self, network):
        self.params, self.n_threads = network.params, network.n_threads
        self.plan = network.plan_for(network.most_rows)
        self.n_inputs, self.n_outputs = network.n_inputs, network.n_outputs
        self._run = kernels.backend(network.device).predict.run
        self._scratch = []  # that no call is using

    def __call__(self, rows, check=False):
        """Apply the network.

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
            If rows are wider or narrower than the network's input, or of another dtype.
        """
        if rows.data.dtype != self.params.dtype and rows.kind != RowKind.UINT8:
            raise ValueError(f"X is {rows.data.dtype}, but the network is {self.params.dtype}.")
        if rows.n_columns != self.n_inputs:
            raise ValueError(f"X has {rows.n_columns} features, but the network expects {self.n_inputs}.")
        out = np.empty((rows.n_rows, self.n_outputs), self.params.dtype)
        try:
            work = self._scratch.pop()
        except IndexError:  # the first call, or all are in use by other threads
            work = aligned_zeros(self.plan.n_work, self.params.dtype)
        finite = self._run(self.plan, self.params, work, rows, out, self._threads(rows.n_rows), check)
        self._scratch.append(work)
        return out if finite else None

    def _threads(self, n_rows):
        """Most threads to use; asking for the default takes longer than a few rows."""
        if n_rows * self.plan.n_params < WORTH_SHARING:
            return 1
        return thread_limit(self.n_threads)
