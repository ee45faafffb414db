"""Operations on the channels of a pixel: vector by vector, the last one masked, emitted as LLVM instructions.

A loop over two arrays is guarded by LLVM with checks whether they overlap, which take longer than a pixel.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from . import isa


def row_kernel(operation):
    """Make the kernel of an operation on up to four rows of n elements.

    Parameters
    ----------
    operation : callable
        operation(builder, load, zeros) -> dict: what goes to which row, 0 to 3; load(i) is a vector of
        row i.

    Returns
    -------
    kernel : intrinsic
        `kernel(n, a, b, c, d, zero)`: addresses, 0 for rows that are not used, and a zero of the element
        type.
    """

    @intrinsic
    def kernel(_typing, n, a, b, c, d, zero):
        element = ir.FloatType() if zero == types.float32 else ir.DoubleType()
        size = zero.bitwidth // 8
        return types.void(*[types.intp] * 5, zero), _emitter(
            operation, isa.CHOSEN.bytes // size, element, size
        )

    return kernel


def _emitter(operation, lanes, element, size):
    vector, bits = ir.VectorType(element, lanes), ir.VectorType(ir.IntType(1), lanes)
    zeros = ir.Constant(vector, [0.0] * lanes)
    alignment = ir.Constant(ir.IntType(32), size)
    name = f"v{lanes}f{8 * size}.p0"

    def codegen(context, builder, _signature, args):
        n, *rows, _zero = args
        word, pointer = n.type, vector.as_pointer()

        def at(i, j):
            offset = builder.mul(j, ir.Constant(word, size))
            return builder.inttoptr(builder.add(rows[i], offset), pointer)

        def whole(j):
            def load(i):
                value = builder.load(at(i, j))
                value.align = size
                return value

            for i, value in operation(builder, load, zeros).items():
                builder.store(value, at(i, j)).align = size

        def masked(j):
            left = builder.trunc(builder.sub(n, j), ir.IntType(32))
            lane = ir.VectorType(ir.IntType(32), lanes)
            first = builder.insert_element(
                ir.Constant(lane, ir.Undefined), left, ir.Constant(ir.IntType(32), 0)
            )
            count = builder.shuffle_vector(first, first, ir.Constant(lane, [0] * lanes))
            mask = builder.icmp_signed("<", ir.Constant(lane, list(range(lanes))), count)
            reads = ir.FunctionType(vector, [pointer, alignment.type, bits, vector])
            writes = ir.FunctionType(ir.VoidType(), [vector, pointer, alignment.type, bits])
            read = cgutils.get_or_insert_function(builder.module, reads, f"llvm.masked.load.{name}")
            write = cgutils.get_or_insert_function(builder.module, writes, f"llvm.masked.store.{name}")

            def load(i):
                return builder.call(read, [at(i, j), alignment, mask, zeros])

            for i, value in operation(builder, load, zeros).items():
                builder.call(write, [value, at(i, j), alignment, mask])

        before = builder.block
        head, body = builder.append_basic_block("head"), builder.append_basic_block("vectors")
        tail, rest = builder.append_basic_block("tail"), builder.append_basic_block("rest")
        done = builder.append_basic_block("done")
        builder.branch(head)
        builder.position_at_end(head)
        j = builder.phi(word)
        following = ir.Constant(word, lanes)
        end = builder.add(j, following)
        builder.cbranch(builder.icmp_signed("<=", end, n), body, tail)
        builder.position_at_end(body)
        whole(j)
        j.add_incoming(ir.Constant(word, 0), before)
        j.add_incoming(end, builder.block)
        builder.branch(head)
        builder.position_at_end(tail)
        builder.cbranch(builder.icmp_signed("<", j, n), rest, done)
        builder.position_at_end(rest)
        masked(j)
        builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    return codegen


#: a <- b
copy_row = row_kernel(lambda builder, load, zeros: {0: load(1)})
#: a <- 0
clear_row = row_kernel(lambda builder, load, zeros: {0: zeros})
#: a <- a + b
add_row = row_kernel(lambda builder, load, zeros: {0: builder.fadd(load(0), load(1))})


def _maximum(*rows):
    """a <- the largest of some rows, NaN if one is."""

    def operation(builder, load, zeros):
        best = load(rows[0])
        for row in rows[1:]:
            value = load(row)
            is_nan = builder.fcmp_unordered("uno", value, value)
            wins = builder.or_(builder.fcmp_ordered(">", value, best), is_nan)
            best = builder.select(wins, value, best)
        return {0: best}

    return operation


def _claim(builder, load, zeros):
    """Where b (the pixel) equals c (the maximum): a <- a + d and d <- 0."""
    gradient = load(3)
    largest = builder.fcmp_ordered("==", load(1), load(2))
    taken = builder.fadd(load(0), builder.select(largest, gradient, zeros))
    return {0: taken, 3: builder.select(largest, zeros, gradient)}


claim_row = row_kernel(_claim)
#: a <- the largest of b, c and d; and of all four
largest_row, larger_row = row_kernel(_maximum(1, 2, 3)), row_kernel(_maximum(0, 1, 2, 3))
