"""What a run reads and writes on the device."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ..contract import RowKind, Targets
from .device import cuda


class Clock(NamedTuple):
    """Where a run is; kernels read it, so that the same launches serve every batch."""

    now: np.ndarray  # (2,) int64: batches done in this run, optimizer steps done in all
    order: np.ndarray  # (n_visited,) int64: row numbers
    inverse: np.ndarray  # (n_batches,) float64: 1 / sum of a batch's sample weights, 0 if that is 0
    rates: np.ndarray  # (n_batches,) float64: learning rates, with Adam's correction
    shares: np.ndarray  # (n_batches,) float64: rows of a batch / rows of the run
    n_visited: int
    batch_size: int


class DeviceRows(NamedTuple):
    """`Rows` on the device; arrays that are not used have one element."""

    kind: int
    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    scale: float
    n_columns: int


class DeviceTargets(NamedTuple):
    """`Targets` on the device, likewise."""

    labels: np.ndarray
    values: np.ndarray
    weights: np.ndarray
    has_values: bool
    has_weights: bool


_RESIDENT = {}  # what `resident` keeps, by the identity of the host's object


@contextmanager
def resident(*objects):
    """Keep Rows and Targets on the device while the block runs; without it, every run copies them there."""
    new = [each for each in objects if id(each) not in _RESIDENT]
    try:
        for each in new:
            _RESIDENT[id(each)] = on_device(each)
        yield
    finally:
        for each in new:
            _RESIDENT.pop(id(each), None)


def on_device(host):
    """Return Rows as DeviceRows, Targets as DeviceTargets: what is resident, or a copy."""
    if id(host) in _RESIDENT:
        return _RESIDENT[id(host)]
    if isinstance(host, Targets):
        return DeviceTargets(*map(upload, host), host.values.size > 0, host.weights.size > 0)
    data = host.data if host.kind >= RowKind.CSR32 else np.ascontiguousarray(host.data)
    arrays = map(upload, (data, host.indices, host.indptr))
    return DeviceRows(int(host.kind), *arrays, float(host.scale), int(host.n_columns))


def upload(array):
    """Copy an array to the device; of nothing one element, because empty arrays have no memory there.

    Raises
    ------
    MemoryError
        If it does not fit.
    """
    try:
        return cuda.to_device(array if array.size else np.zeros((1,) * array.ndim, array.dtype))
    except Exception as error:  # of the driver; the simulator does not have its class
        if "OUT_OF_MEMORY" not in str(error):
            raise
        raise MemoryError(
            f"device='cuda': {array.nbytes / 2**20:,.0f} MiB more do not fit into the GPU's memory; use "
            "smaller batches, images as bytes (input_scale), or fewer rows at a time (partial_fit)."
        ) from error
