"""Sums and maxima over the threads of a block, in a fixed order: the same bits in every run.

The shared memory, `SUMMING` numbers of float64, is the kernel's: device functions that make their own,
compiled apart, would all give it the same name.
"""

from .device import SUMMING, cuda


@cuda.jit(device=True)
def block_sum(shared, value):
    """Return the sum of the threads' values to every thread of a block of `SUMMING`, in float64."""
    me, half = cuda.threadIdx.x, SUMMING // 2
    shared[me] = value
    cuda.syncthreads()
    while half > 0:
        if me < half:
            shared[me] += shared[me + half]
        cuda.syncthreads()
        half //= 2
    total = shared[0]
    cuda.syncthreads()  # before the memory is used again
    return total


@cuda.jit(device=True)
def block_max(shared, value):
    """Return the largest of the threads' values to every thread; of NaN and numbers, NaN."""
    me, half = cuda.threadIdx.x, SUMMING // 2
    shared[me] = value
    cuda.syncthreads()
    while half > 0:
        if me < half:
            other = shared[me + half]
            if not other <= shared[me]:
                shared[me] = other
        cuda.syncthreads()
        half //= 2
    largest = shared[0]
    cuda.syncthreads()
    return largest
