"""Runs the host's side of the CUDA backend through numba-cuda as it is, over a driver that is not there.

Run as a program.  Memory of the device is memory of the host, filled with ones; launches are checked and
packed, not carried out.  So this sees what the simulator does not: shapes, types and streams as numba-cuda
takes them.
"""

import collections
import contextlib
import ctypes
import itertools
import sys
import warnings
import weakref
from types import SimpleNamespace

import numpy as np
from cuda.bindings import driver as bindings
from numba import cuda
from numba.cuda import dispatcher
from numba.cuda.cudadrv import devices
from numba.cuda.cudadrv import driver as driven
from scipy.sparse import csr_array

try:
    from cuda.core._kernel_arg_handler import ParamHolder
except ImportError:  # of another version
    from cuda.core.cu13._kernel_arg_handler import ParamHolder

CAPABILITY = (9, 0)
DONE = bindings.CUresult.CUDA_SUCCESS
events = collections.Counter()
held, pointers = {}, {}  # address -> memory of the host, numba-cuda's object for it
handles = itertools.count(0x1000)
streams, recording = set(), []  # handles of streams that are not ended, of those that record


def free(address):
    held.pop(address)
    pointers.pop(address)


class Context:
    """Of a device whose memory is the host's."""

    def __init__(self):
        self.deallocations = driven._PendingDeallocs(10**12)
        self.device = SimpleNamespace(id=0)

    def _take(self, size):
        assert isinstance(size, int), type(size)
        memory = (ctypes.c_char * size)()
        ctypes.memset(memory, 0xFF, size)
        held[ctypes.addressof(memory)] = memory
        return ctypes.addressof(memory)

    def memalloc(self, size):
        address = self._take(size)
        memory = driven.AutoFreePointer(
            weakref.proxy(self), bindings.CUdeviceptr(address), size, finalizer=lambda: free(address)
        )
        pointers[address] = memory
        return memory.own()

    def memhostalloc(self, size, **options):
        return driven.PinnedMemory(weakref.proxy(self), self._take(size), size, finalizer=lambda: None)

    def mempin(self, owner, pointer, size, mapped=False):
        events["pinned"] += 1
        return driven.PinnedMemory(weakref.proxy(self), pointer, size, owner=owner, finalizer=lambda: None)

    def get_default_stream(self):
        return driven.Stream(bindings.CUstream(0))

    def create_external_stream(self, handle):
        return driven.Stream(bindings.CUstream(handle), external=True)

    @contextlib.contextmanager
    def defer_cleanup(self):
        with self.deallocations.disable():
            yield


class Kernel(dispatcher._Kernel):
    """Types of arguments, and nothing compiled."""

    def __init__(self, py_func, argtypes, **options):
        self.signature = SimpleNamespace(args=argtypes)
        self.debug, self.extensions, self.cooperative = False, [], False
        self._codelibrary = SimpleNamespace(get_cufunc=lambda: SimpleNamespace(kernel=py_func))
        self.launch_config_sensitive, self.shared_memory_carveout = False, None

    def bind(self):
        pass


def launch(stream, config, kernel, *args):
    """Check what a driver would."""
    grid, block = config
    assert block[0] <= 1024
    assert grid[0] < 2**31
    assert max(grid[1:]) < 2**16
    assert int(stream.handle) in streams
    ParamHolder(args)
    events["launched"] += 1


def copied(name):
    def copy(to, source, size, *stream):
        assert not recording, "a copy ends a recording"
        ctypes.memmove(int(to), int(source), int(size))
        events[name] += 1

    return copy


def synchronize(handle):
    assert handle not in recording, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"


class Graphs:
    """The functions that `replay` calls itself."""

    CUresult, CUstream = bindings.CUresult, bindings.CUstream
    CUstreamCaptureMode, CUstream_flags = bindings.CUstreamCaptureMode, bindings.CUstream_flags

    @staticmethod
    def cuStreamCreate(flags):
        assert flags == 1  # waits for no other
        streams.add(handle := next(handles))
        return DONE, bindings.CUstream(handle)

    @staticmethod
    def cuStreamDestroy(stream):
        streams.remove(int(stream))
        return (DONE,)

    @staticmethod
    def cuStreamBeginCapture(stream, mode):
        recording.append(int(stream))
        return (DONE,)

    @staticmethod
    def cuStreamEndCapture(stream):
        recording.remove(int(stream))
        return DONE, bindings.CUgraph(5)

    @staticmethod
    def cuGraphInstantiate(graph, flags):
        events["graphs"] += 1
        return DONE, bindings.CUgraphExec(7)

    @staticmethod
    def cuGraphLaunch(graph, stream):
        assert not recording
        events["replayed"] += 1
        return (DONE,)

    cuGraphDestroy = cuGraphExecDestroy = staticmethod(lambda graph: (DONE,))


def prepare():
    """Put all this in the place of the driver; return what stands for the device."""
    context = Context()
    processor = SimpleNamespace(compute_capability=CAPABILITY, MULTIPROCESSOR_COUNT=132, id=0)
    devices._runtime.ensure_context = contextlib.nullcontext
    devices._runtime.get_or_create_context = lambda number=None: context
    for name in ("HtoD", "DtoH", "DtoD"):
        for end in ("", "Async"):
            setattr(driven.driver, f"cuMemcpy{name}{end}", copied(name))
    driven.driver.cuStreamSynchronize = synchronize
    driven._to_core_stream = lambda stream: stream
    dispatcher.get_current_device = cuda.get_current_device = lambda: processor
    dispatcher.launch = launch
    dispatcher.LaunchConfig = lambda grid, block, **options: (grid, block)
    dispatcher._Kernel = Kernel
    cuda.is_available = lambda: True
    from fastmlp.kernels.cuda import replay

    replay.driver = Graphs
    return processor


def fits():
    """Yield what is tried, by name: functions that train and apply networks of all kinds."""
    from fastmlp import MLPClassifier, MLPRegressor
    from fastmlp.layers import Conv2D, Dense, MaxPool2D

    X = np.random.default_rng(0).random((700, 30), dtype=np.float32)
    y = np.arange(700) % 3
    frozen = X.copy()
    frozen.flags.writeable = False

    def fit(X, y, kind=MLPClassifier, **options):
        options = {"hidden_layer_sizes": (20,), "batch_size": 64, **options}
        return kind(device="cuda", max_iter=3, random_state=0, **options).fit(X, y).predict(X)

    layers = [Conv2D(4, 3, padding=1), MaxPool2D(2), Dense(5)]
    yield "large", lambda: fit(X, y, hidden_layer_sizes=(600, 500))
    yield "validation, dropout", lambda: fit(X, y, early_stopping=True, dropout=0.2)
    yield "clipping, float64", lambda: fit(X.astype(float), y, clip_norm=1.0, alpha=0.1)
    yield "L-BFGS", lambda: fit(X.astype(float), y, solver="lbfgs")
    yield "sparse", lambda: fit(csr_array(X), y)
    yield "bytes", lambda: fit((255 * X).astype(np.uint8), y, input_scale=1 / 255)
    yield "regression", lambda: fit(X, X[:, 0], MLPRegressor)
    yield "matrix units", lambda: fit(X, y, precision="tf32")
    yield "by columns", lambda: fit(np.asfortranarray(X), y)
    yield "read-only", lambda: fit(frozen, y)
    yield "one row", lambda: fit(X[:5], y[:5], batch_size=1)
    yield "images", lambda: fit(X, y, hidden_layer_sizes=layers, input_shape=(5, 6, 1))
    yield "by parts", lambda: MLPClassifier((20,), device="cuda").partial_fit(X, y, classes=[0, 1, 2])


def streamed():
    """Predict in pieces."""
    from fastmlp.kernels.cuda import memory, predict
    from fastmlp.layers import Dense
    from fastmlp.network import Network
    from fastmlp.rows import as_rows

    memory.MOST_ROWS, predict.PIECE = 8, 1
    network = Network([Dense(4, "relu")], (6,), None, device="cuda")
    before = events["launched"]
    network.predict(as_rows(np.zeros((50, 6), np.float32), "float32"))
    assert events["launched"] - before == 7 * 4  # gather, product, outputs, tick


def interrupted():
    """Break a recording off; the next run goes well."""
    from fastmlp.kernels.contract import Optimizer, Update
    from fastmlp.kernels.cuda import replay
    from fastmlp.layers import Dense
    from fastmlp.network import Network
    from fastmlp.rows import as_rows, as_targets

    network = Network([Dense(3, "identity")], (6,), "softmax_cross_entropy", device="cuda")
    rows = as_rows(np.zeros((6, 6), np.float32), "float32")
    targets = as_targets(np.zeros(6, np.int64), "float32")
    carry_out = replay.carry_out

    def broken(launches, stream):
        if recording:
            raise KeyboardInterrupt
        carry_out(launches, stream)

    def train():
        with network.resident(rows, targets):
            network.train_epoch(rows, targets, np.arange(6), Update(Optimizer.ADAM, 0.1), 2)

    replay.carry_out = broken
    try:
        train()
    except KeyboardInterrupt:
        replay.carry_out = carry_out
    else:
        raise AssertionError("nothing was recorded")
    train()


def main():
    """Try all; print what was done."""
    warnings.simplefilter("ignore")  # networks of NaN diverge
    prepare()
    for name, fit in fits():
        before = events["replayed"]
        fit()
        assert events["replayed"] > before or name == "L-BFGS", name  # which stops at once
        assert not streams, f"{name}: streams are left"
    streamed()
    interrupted()
    assert not streams
    assert not recording
    print(dict(events))


if __name__ == "__main__":
    sys.exit(main())
