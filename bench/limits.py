"""What one core of this machine can do at most: multiply-adds and copied bytes per second.

Kernels are quoted as a share of these.  Both are measured in turn with the kernels, because the clock and the
neighbours of a shared machine change from minute to minute.
"""

import time
from functools import lru_cache

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from fastmlp.kernels.cpu import isa

from .machine import pinned
from .placement import spread

#: Clock of what runs on one thread: the time that the thread has run, so that what else the machine does is
#: left out; where that is too coarse (Windows), the time on the wall.
clock = time.thread_time if time.get_clock_info("thread_time").resolution < 1e-6 else time.perf_counter

FMA_STEPS = 100_000  # turns of the loop in one measurement, about 0.3 ms
COPIED = 1 << 24  # bytes that one measurement moves at least, about 0.1 ms
LARGE = 1 << 28  # bytes that no cache holds

#: Independent chains: as many registers as the tile of the matrix products, 24 or 12.  The latency of a
#: multiply-add, 4 or 5 cycles on 2 pipes, needs 10.
CHAINS = isa.CHOSEN.mr * isa.CHOSEN.nv


def fma_rate(dtype, rounds=1):
    """Floating-point operations per second of a loop that does nothing but multiply and add.

    x <- x / 2 + 1 / 2 on `CHAINS` vectors of the chosen instruction set, all of them in registers: nothing is
    loaded or stored, every value stays in [0, 1], and nothing can be computed ahead.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    rounds : int
        Measurements, of which the best counts: what disturbs one can only slow it down.

    Returns
    -------
    rate : float
        Operations per second; a multiply-add is two.
    """
    half = np.dtype(dtype).type(0.5)
    operations = 2 * CHAINS * (isa.CHOSEN.bytes // half.itemsize) * FMA_STEPS
    _fma_loop(1, half)  # compiles
    return operations / min(_seconds(_fma_loop, FMA_STEPS, half) for _ in range(rounds))


def limit_gflops(threads):
    """Most GFLOP/s of so many cores in float32, as measured on one within 3 ms, int -> float."""
    with pinned(1):
        return threads * fma_rate("float32", rounds=10) / 1e9


def copy_rate(n_bytes=LARGE, rounds=1):
    """Bytes per second of a plain copy, which reads half of them and writes the other half.

    The rate depends on the cache that holds the two halves, so an element-wise kernel is compared with a copy
    within as much memory as its operands take.

    Parameters
    ----------
    n_bytes : int
        Size of both halves together.
    rounds : int
        Measurements, of which the best counts.

    Returns
    -------
    rate : float
    """
    source, copy = _buffers(max(1, n_bytes // 16))
    moved = 2 * source.nbytes
    times = max(1, COPIED // moved)
    _copy_loop(1, source, copy)  # compiles, and brings both into the cache
    return times * moved / min(_seconds(_copy_loop, times, source, copy) for _ in range(rounds))


def _seconds(function, *args):
    start = clock()
    function(*args)
    return clock() - start


@lru_cache(maxsize=1)
def _buffers(count):
    """Two vectors of float64; the last pair is kept, so that a measurement in turn allocates nothing."""
    return spread(np.ones(count), np.zeros(count))


@njit(nogil=True)
def _copy_loop(times, source, copy):
    for _ in range(times):
        for i in range(source.size):
            copy[i] = source[i]


@njit(nogil=True)
def _fma_loop(steps, half):
    return _halve_and_add(steps, half)


@intrinsic
def _halve_and_add(_typing, steps, half):
    """Run the loop of `fma_rate` for steps >= 1; return a sum that needs every chain."""
    element = ir.FloatType() if half == types.float32 else ir.DoubleType()
    lanes = isa.CHOSEN.bytes // (half.bitwidth // 8)
    vector, index = ir.VectorType(element, lanes), ir.IntType(32)
    name = f"llvm.fmuladd.v{lanes}f{half.bitwidth}"

    def codegen(_context, builder, _signature, args):
        steps, half = args
        word = steps.type
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), half, ir.Constant(index, 0))
        halves = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, lanes), [0] * lanes))

        before, loop = builder.block, builder.append_basic_block("steps")
        builder.branch(loop)
        builder.position_at_end(loop)
        count, old = builder.phi(word), [builder.phi(vector) for _ in range(CHAINS)]
        left = builder.sub(count, ir.Constant(word, 1))
        new = [builder.call(fma, [x, halves, halves]) for x in old]
        count.add_incoming(steps, before)
        count.add_incoming(left, loop)
        for i in range(CHAINS):  # different starts: equal chains would be merged into one
            old[i].add_incoming(ir.Constant(vector, [i / CHAINS] * lanes), before)
            old[i].add_incoming(new[i], loop)
        done = builder.append_basic_block("done")
        builder.cbranch(builder.icmp_signed(">", left, ir.Constant(word, 0)), loop, done)

        builder.position_at_end(done)
        total = new[0]
        for x in new[1:]:
            total = builder.fadd(total, x)
        return builder.extract_element(total, ir.Constant(index, 0))

    return half(types.intp, half), codegen
