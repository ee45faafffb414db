"""A loop of multiply-adds in registers, on all of the GPU: the limit of full precision."""

import numpy as np

from fastmlp.kernels.cuda.device import cuda, processors

#: Independent chains of a thread, multiply-adds of each in one turn of the loop, and its turns: beside these
#: multiply-adds the loop's own instructions are few, and beside so many turns the launch is short.
CHAINS, REPEATS, TURNS = 16, 16, 4096
THREADS, BLOCKS = 256, 8  # of a block, and of each multiprocessor: the most threads that one can hold


@cuda.jit
def chains(turns, half, out):
    """x <- x / 2 + 1 / 2 in every chain; out (threads,) gets their sums, which tend to `CHAINS`."""
    x = cuda.local.array(CHAINS, np.float32)
    me = cuda.grid(1)
    for c in range(CHAINS):  # different starts: equal chains would be merged into one
        x[c] = half * np.float32(me + c)
    for _ in range(turns):
        for _ in range(REPEATS):
            for c in range(CHAINS):
                x[c] = cuda.fma(x[c], half, half)
    total = x[0]
    for c in range(1, CHAINS):
        total += x[c]
    out[me] = total


def multiply_adds(turns=TURNS, threads=THREADS, blocks=BLOCKS):
    """Make the loop ready.

    Parameters
    ----------
    turns, threads, blocks : int
        Of the loop; of a block; of a multiprocessor.

    Returns
    -------
    operations : int
        Of one run; a multiply-add is two.
    run : callable
        Without arguments; ends with the loop, and returns what it wrote, a device array.
    """
    grid, half = blocks * processors(), np.float32(0.5)
    out = cuda.to_device(np.zeros(grid * threads, np.float32))

    def run():
        chains[grid, threads](turns, half, out)
        cuda.synchronize()
        return out

    return 2 * CHAINS * REPEATS * turns * grid * threads, run
