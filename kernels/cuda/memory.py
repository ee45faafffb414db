"""What a run reads and writes on the device, and what stays there between runs."""

import math
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

import numpy as np

from ..contract import RowKind, Targets
from .device import cuda, wait

MOST_ROWS = 1 << 15  # that are worked on at a time
LINE = 64  # bytes of as many numbers as a plan has lanes
PINNED_FROM = 1 << 20  # bytes: smaller arrays are copied soon enough, and share their pages with others


class Clock(NamedTuple):
    """Where a run is; kernels read it, so that the same launches serve every batch."""

    now: np.ndarray  # (2,) int64: batches done in this run, optimizer steps done in all
    order: np.ndarray  # (n_visited,) int64: row numbers
    inverse: np.ndarray  # (n_batches,) float64: 1 / sum of a batch's sample weights, 0 if that is 0
    rates: np.ndarray  # (n_batches,) float64: learning rates, with Adam's correction
    decays: np.ndarray  # (n_batches,) float64: by which AdamW makes weights smaller
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


class Residence:
    """What stays on the device for some time.

    Parameters
    ----------
    objects : tuple of Rows and Targets
        Of the host.

    Attributes
    ----------
    programs : dict
        Runs that are kept ready for others like them.
    """

    def __init__(self, objects):
        self._objects = objects  # as long as they live, no others have their identities
        self._copies = {id(each): _copy(each) for each in objects}
        self._pinned, self._at_end = set(), ExitStack()
        self.programs = {}

    def get(self, host):
        """Return what there is of the host's object, or None."""
        return self._copies.get(id(host))

    def pin(self, array):
        """Let an array of the host, which stays where it is, be copied at the full rate, where that goes."""
        if array.nbytes >= PINNED_FROM and id(array) not in self._pinned:
            self._pinned.add(id(array))
            # The driver refuses, where something else of its pages is pinned, or nothing may be.
            with suppress(Exception):
                self._at_end.enter_context(cuda.pinned(array))

    def keep(self, key, program):
        """Keep a program for others like it, until the end."""
        self._at_end.callback(program.close)
        self.programs[key] = program

    def close(self):
        """End the programs, all of them whatever happens."""
        self.programs.clear()
        self._at_end.close()


_RESIDENCES = []


@contextmanager
def resident(*objects):
    """Keep Rows and Targets on the device while the block runs; without it, every run copies them there."""
    residence = Residence([each for each in objects if residence_of(each) is None])
    _RESIDENCES.append(residence)
    try:
        yield
    finally:
        _RESIDENCES.remove(residence)
        residence.close()


def residence_of(host):
    """Return the Residence of Rows or Targets, or None."""
    residences = tuple(_RESIDENCES)  # other threads change it
    return next((each for each in residences if each.get(host) is not None), None)


def on_device(host):
    """Return Rows as DeviceRows, Targets as DeviceTargets: what is resident, or a copy."""
    residence = residence_of(host)
    return _copy(host) if residence is None else residence.get(host)


def _copy(host):
    if isinstance(host, Targets):
        return DeviceTargets(*map(upload, host), host.values.size > 0, host.weights.size > 0)
    data = host.data if host.kind >= RowKind.CSR32 else np.ascontiguousarray(host.data)
    arrays = map(upload, (data, host.indices, host.indptr))
    return DeviceRows(int(host.kind), *arrays, float(host.scale), int(host.n_columns))


def rows_within(one, n_bytes):
    """Rows that keep all processors busy, or fewer, whose work memory takes no more than so many bytes.

    Parameters
    ----------
    one : Plan
        Of the network, for one row.
    n_bytes : int
    """
    each = one.n_work * (LINE // one.lanes) // one.ld_batch + 1
    return min(MOST_ROWS, max(1, n_bytes // each))


def even_parts(n_rows, most):
    """Return the rows of equal parts, as few as there can be of at most so many rows, int."""
    return -(-n_rows // -(-n_rows // most))


def upload(array):
    """Copy an array to the device; of nothing one element, because empty arrays have no memory there.

    Raises
    ------
    MemoryError
        If it does not fit.
    """
    with _clear_errors(array.nbytes):
        there = cuda.to_device(array if array.size else np.zeros((1,) * array.ndim, array.dtype))
    wait()  # other streams do not
    return there


def reserve(shape, dtype):
    """Memory of the device that holds anything; of nothing one element.

    Raises
    ------
    MemoryError
        If it does not fit.
    """
    shape = tuple(map(int, np.atleast_1d(shape)))
    count = math.prod(shape)
    with _clear_errors(count * np.dtype(dtype).itemsize):
        return cuda.device_array(shape if count else 1, dtype)


@contextmanager
def _clear_errors(n_bytes):
    try:
        yield
    except Exception as error:  # of the driver; the simulator does not have its class
        if "OUT_OF_MEMORY" not in str(error):
            raise
        raise MemoryError(
            f"device='cuda': {n_bytes / 2**20:,.0f} MiB more do not fit into the GPU's memory; use "
            "smaller batches, images as bytes (input_scale), or fewer rows at a time (partial_fit)."
        ) from error
