"""Streams, and what carries out a step again and again: on a GPU a CUDA graph, one call for all kernels."""

from .device import SIMULATED, cuda, driver


def new_stream():
    """Return a stream that waits for no other: what other threads do at the time does not end a recording.

    What is to be on the device before must be there, see `memory.upload`.
    """
    cuda.current_context()  # of this thread
    if SIMULATED:
        return cuda.stream()
    (handle,) = _check(driver.cuStreamCreate(driver.CUstream_flags.CU_STREAM_NON_BLOCKING.value))
    return cuda.external_stream(int(handle))


def end_stream(stream):
    """Wait for a stream of `new_stream`, and give it back."""
    stream.synchronize()
    if not SIMULATED:
        _check(driver.cuStreamDestroy(driver.CUstream(int(stream.handle))))


def carry_out(launches, stream):
    """Run launches, in their order, on a stream."""
    for kernel, grid, threads, args in launches:
        kernel[grid, threads, stream](*args)


class Recording:
    """Launches that are carried out in their order, on a stream of their own.

    The first time compiles what is not compiled yet; all others replay a graph of the launches.

    Parameters
    ----------
    launches : list of Launch

    Attributes
    ----------
    stream : Stream
        What is copied for the launches, or from them, is copied on it.
    """

    def __init__(self, launches):
        self.launches, self.stream = launches, new_stream()
        self._ran, self._graph = False, None

    def run(self, times):
        """Carry the launches out so many times, without waiting for the end of it."""
        by_hand = times if SIMULATED else int(not self._ran)
        for _ in range(by_hand):
            carry_out(self.launches, self.stream)
        self._ran = True
        if times > by_hand:
            self._graph = self._graph or self._recorded()
            handle = driver.CUstream(int(self.stream.handle))
            for _ in range(times - by_hand):
                _check(driver.cuGraphLaunch(self._graph, handle))

    def _recorded(self):
        """The launches as a graph that is ready to run."""
        handle = driver.CUstream(int(self.stream.handle))
        mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        with cuda.defer_cleanup():  # freeing memory would break the recording
            _check(driver.cuStreamBeginCapture(handle, mode))
            try:
                carry_out(self.launches, self.stream)
            finally:  # a stream that went on recording could not be used
                ended = driver.cuStreamEndCapture(handle)
        (graph,) = _check(ended)
        try:
            (ready,) = _check(driver.cuGraphInstantiate(graph, 0))
        finally:
            _check(driver.cuGraphDestroy(graph))
        return ready

    def close(self):
        """Wait for the end, and give stream and graph back."""
        end_stream(self.stream)
        if self._graph is not None:
            _check(driver.cuGraphExecDestroy(self._graph))


def _check(result):
    """Return what the driver returned besides its error code; raise a RuntimeError that names the error."""
    error, *values = result
    if error != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"CUDA: {error.name}")
    return values
