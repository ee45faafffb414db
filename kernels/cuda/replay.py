"""Carries out a step again and again: on a GPU as one CUDA graph, without Python time for each kernel."""

from .device import SIMULATED, cuda, driver


def carry_out(launches, times=1):
    """Run the launches, in their order, so many times.

    The first time compiles what is not compiled yet; the others replay a graph of it.

    Parameters
    ----------
    launches : list of Launch
    times : int
    """
    stream = cuda.stream()
    _launch(launches, stream)
    if SIMULATED:
        for _ in range(times - 1):
            _launch(launches, stream)
    elif times > 1:
        _replay(launches, stream, times - 1)
    stream.synchronize()


def _launch(launches, stream):
    for kernel, grid, threads, args in launches:
        kernel[grid, threads, stream](*args)


def _replay(launches, stream, times):
    """Record the launches as a graph and run that."""
    handle = driver.CUstream(int(stream.handle))
    mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
    with cuda.defer_cleanup():  # freeing memory would break the recording
        _check(driver.cuStreamBeginCapture(handle, mode))
        _launch(launches, stream)
        (graph,) = _check(driver.cuStreamEndCapture(handle))
    (ready,) = _check(driver.cuGraphInstantiate(graph, 0))
    try:
        for _ in range(times):
            _check(driver.cuGraphLaunch(ready, handle))
        stream.synchronize()
    finally:
        _check(driver.cuGraphExecDestroy(ready))
        _check(driver.cuGraphDestroy(graph))


def _check(result):
    """Return what the driver returned besides its error code; raise a RuntimeError that names the error."""
    error, *values = result
    if error != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"CUDA: {error.name}")
    return values
