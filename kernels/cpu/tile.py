"""The micro-kernel: one register tile of a matrix product, emitted as LLVM instructions.

The tile C (mr x nv vectors) stays in registers while k runs: per step, nv vectors of B are loaded, each of
the mr elements of A is spread over a vector, and mr * nv fused multiply-adds follow.  A is read through any
two strides and B through a row stride, so neither is packed.  (Goto and van de Geijn 2008, "Anatomy of
high-performance matrix multiplication"; Van Zee and van de Geijn 2015, BLIS, for the framework around it.)
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .intrinsics import prefetch_line


def tile_kernel(mr, nv, lanes_of):
    """Make the micro-kernel of an mr x (nv * lanes) tile.

    Parameters
    ----------
    mr : int
        Rows.
    nv : int
        Vectors per row.
    lanes_of : callable
        From the element size in bytes to the elements of one vector.

    Returns
    -------
    kernel : intrinsic
        `kernel(k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, ahead, ahead_row, zero)` for k >= 1:
        C = base + A B, each element one chain that starts with the base; addresses (base 0: nothing), strides
        in bytes, and a zero of the element type.  The k lines at `ahead`, `ahead_row` bytes apart, are
        prefetched meanwhile.
    """

    @intrinsic
    def kernel(_typing, k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, ahead, ahead_row, zero):
        element = ir.FloatType() if zero == types.float32 else ir.DoubleType()
        size = zero.bitwidth // 8
        return types.void(*[types.intp] * 12, zero), _emitter(mr, nv, lanes_of(size), element, size)

    return kernel


def _emitter(mr, nv, lanes, element, size):
    vector = ir.VectorType(element, lanes)
    index, spread = ir.IntType(32), ir.VectorType(ir.IntType(32), lanes)
    undefined = ir.Constant(vector, ir.Undefined)

    def codegen(context, builder, _signature, args):
        k, a, a_row, a_col, b, b_row, c, c_row, base, base_row, ahead, ahead_row, _zero = args
        word = k.type

        def at(address, kind):
            return builder.inttoptr(address, kind.as_pointer())

        def load(address, kind):
            value = builder.load(at(address, kind))
            value.align = size
            return value

        def times(stride, count):
            return builder.mul(stride, ir.Constant(word, count))

        fma = fused_multiply_add(builder, vector, lanes, size)
        rows_of_a = [times(a_row, i) for i in range(mr)]
        columns = [ir.Constant(word, size * lanes * j) for j in range(nv)]

        def place(start, stride, i, j):
            return builder.add(builder.add(start, times(stride, i)), columns[j])

        without, read = builder.block, builder.append_basic_block("base")
        loop, done = builder.append_basic_block("k"), builder.append_basic_block("done")
        builder.cbranch(builder.icmp_signed("==", base, ir.Constant(word, 0)), loop, read)

        builder.position_at_end(read)
        based = [[load(place(base, base_row, i, j), vector) for j in range(nv)] for i in range(mr)]
        builder.branch(loop)

        builder.position_at_end(loop)
        count, pa, pb, line = (builder.phi(word) for _ in range(4))
        tile = [[builder.phi(vector) for _ in range(nv)] for _ in range(mr)]
        prefetch_line(builder, line)
        row_of_b = [load(builder.add(pb, column), vector) for column in columns]
        products = []
        for i in range(mr):
            scalar = load(builder.add(pa, rows_of_a[i]), element)
            first = builder.insert_element(undefined, scalar, ir.Constant(index, 0))
            all_lanes = builder.shuffle_vector(first, undefined, ir.Constant(spread, [0] * lanes))
            products.append([builder.call(fma, [all_lanes, row_of_b[j], tile[i][j]]) for j in range(nv)])
        following = [
            builder.add(count, ir.Constant(word, 1)),
            builder.add(pa, a_col),
            builder.add(pb, b_row),
            builder.add(line, ahead_row),
        ]
        starts = (ir.Constant(word, 0), a, b, ahead)
        for phi, start, step in zip((count, pa, pb, line), starts, following, strict=True):
            phi.add_incoming(start, without)
            phi.add_incoming(start, read)
            phi.add_incoming(step, loop)
        for i in range(mr):
            for j in range(nv):
                tile[i][j].add_incoming(ir.Constant(vector, [0.0] * lanes), without)
                tile[i][j].add_incoming(based[i][j], read)
                tile[i][j].add_incoming(products[i][j], loop)
        builder.cbranch(builder.icmp_signed("<", following[0], k), loop, done)

        builder.position_at_end(done)
        for i in range(mr):
            for j in range(nv):
                builder.store(products[i][j], at(place(c, c_row, i, j), vector)).align = size
        return context.get_dummy_value()

    return codegen


def dots_kernel(mr, lanes_of):
    """Make the kernel of mr dot products at once: mr rows of a matrix with one vector.

    Parameters
    ----------
    mr : int
        Rows.
    lanes_of : callable
        From the element size in bytes to the elements of one vector.

    Returns
    -------
    kernel : intrinsic
        `kernel(n, a, a_row, b, c, zero)` for n > 0, a multiple of the lanes: cᵢ = Σⱼ aᵢⱼ bⱼ; addresses, a
        stride in bytes, a zero of the element type.
    """

    @intrinsic
    def kernel(_typing, n, a, a_row, b, c, zero):
        element = ir.FloatType() if zero == types.float32 else ir.DoubleType()
        size = zero.bitwidth // 8
        lanes = lanes_of(size)
        vector = ir.VectorType(element, lanes)

        def codegen(context, builder, _signature, args):
            n, a, a_row, b, c, _zero = args
            word = n.type

            def load(address):
                value = builder.load(builder.inttoptr(address, vector.as_pointer()))
                value.align = size
                return value

            fma = fused_multiply_add(builder, vector, lanes, size)
            rows = [builder.add(a, builder.mul(a_row, ir.Constant(word, i))) for i in range(mr)]
            before, loop = builder.block, builder.append_basic_block("n")
            done = builder.append_basic_block("done")
            builder.branch(loop)

            builder.position_at_end(loop)
            count, offset = builder.phi(word), builder.phi(word)
            old = [builder.phi(vector) for _ in range(mr)]
            shared = load(builder.add(b, offset))
            new = [
                builder.call(fma, [load(builder.add(row, offset)), shared, total])
                for row, total in zip(rows, old, strict=True)
            ]
            left = builder.sub(count, ir.Constant(word, lanes))
            count.add_incoming(n, before)
            count.add_incoming(left, loop)
            offset.add_incoming(ir.Constant(word, 0), before)
            offset.add_incoming(builder.add(offset, ir.Constant(word, lanes * size)), loop)
            for i in range(mr):
                old[i].add_incoming(ir.Constant(vector, [0.0] * lanes), before)
                old[i].add_incoming(new[i], loop)
            builder.cbranch(builder.icmp_signed(">", left, ir.Constant(word, 0)), loop, done)

            builder.position_at_end(done)
            undefined, width = ir.Constant(vector, ir.Undefined), lanes
            while width > 1:  # halves are added until one lane holds the sum
                width //= 2
                upper = [lane + width if lane < width else 0 for lane in range(lanes)]
                mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), upper)
                new = [builder.fadd(x, builder.shuffle_vector(x, undefined, mask)) for x in new]
            for i in range(mr):
                place = builder.add(c, ir.Constant(word, i * size))
                total = builder.extract_element(new[i], ir.Constant(ir.IntType(32), 0))
                builder.store(total, builder.inttoptr(place, element.as_pointer()))
            return context.get_dummy_value()

        return types.void(*[types.intp] * 5, zero), codegen

    return kernel


def fused_multiply_add(builder, vector, lanes, size):
    """Declare the multiply-add of vectors: one instruction wherever the processor has it.

    llvmlite's own `declare_intrinsic` cannot name vectors.
    """
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{lanes}f{8 * size}")


def transpose_kernel(lanes_of):
    """Make the kernel that transposes one lanes x lanes block through registers.

    Eklundh's method (1972): log2(lanes) rounds, each exchanging ever larger halves of pairs of rows by one
    shuffle; no element is loaded or stored alone.

    Parameters
    ----------
    lanes_of : callable
        From the element size in bytes to the elements of one vector.

    Returns
    -------
    kernel : intrinsic
        `kernel(a, a_row, out, out_row, zero)`: addresses, strides in bytes, a zero of the element type.
    """

    @intrinsic
    def kernel(_typing, a, a_row, out, out_row, zero):
        element = ir.FloatType() if zero == types.float32 else ir.DoubleType()
        size = zero.bitwidth // 8
        lanes = lanes_of(size)
        vector = ir.VectorType(element, lanes)
        indices = ir.VectorType(ir.IntType(32), lanes)

        def codegen(context, builder, _signature, args):
            a, a_row, out, out_row, _zero = args

            def row(address, stride, i):
                place = builder.add(address, builder.mul(stride, ir.Constant(stride.type, i)))
                return builder.inttoptr(place, vector.as_pointer())

            rows = []
            for i in range(lanes):
                rows.append(builder.load(row(a, a_row, i)))
                rows[-1].align = size
            half = 1
            while half < lanes:
                # lane l of the first result: own lane where bit `half` of l is 0, else the partner's
                first = [lane if not lane & half else lane - half + lanes for lane in range(lanes)]
                second = [lane + half if not lane & half else lane + lanes for lane in range(lanes)]
                for i in range(lanes):
                    if not i & half:
                        pair = rows[i], rows[i + half]
                        rows[i] = builder.shuffle_vector(*pair, ir.Constant(indices, first))
                        rows[i + half] = builder.shuffle_vector(*pair, ir.Constant(indices, second))
                half *= 2
            for i in range(lanes):
                builder.store(rows[i], row(out, out_row, i)).align = size
            return context.get_dummy_value()

        return types.void(*[types.intp] * 4, zero), codegen

    return kernel
