"""What numba-cuda has no name for: loads of several numbers at once, and what the matrix units do.

Instructions are those of the PTX ISA, sections `cvt` and `mma`.  Beside each stands what the simulator does.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np

from ..contract import Precision
from ..rounding import rounded
from .device import SIMULATED, cgutils, cuda, intrinsic, ir, types

WARP = 32  # threads that carry out one `multiply` together
LINE = None if SIMULATED else 16  # bytes that a thread loads at most at once, an alignment

#: Numbers in a word, the 32 bits that matrix units read.
NUMBERS = {Precision.TF32: 1, Precision.BF16: 2}


@cache
def neighbors(count):
    """Return a device function `load(array, first)` -> tuple of `count` numbers of a flat array.

    `first` counts from the array's start, and is a multiple of `count`, as is the alignment of the array.
    """
    if SIMULATED:
        return lambda array, first: tuple(array.reshape(-1)[first : first + count])

    @intrinsic
    def load(typing_context, array, first):
        def codegen(context, builder, signature, args):
            kind, result = signature.args[0], signature.return_type
            number = context.get_data_type(kind.dtype)
            data = context.make_array(kind)(context, builder, args[0]).data
            vector = ir.VectorType(number, count).as_pointer(data.type.addrspace)
            loaded = builder.load(builder.bitcast(builder.gep(data, [args[1]]), vector))
            loaded.align = min(LINE, count * kind.dtype.bitwidth // 8)
            places = [ir.Constant(ir.IntType(32), i) for i in range(count)]
            numbers = [builder.extract_element(loaded, place) for place in places]
            return context.make_tuple(builder, result, numbers)

        return types.UniTuple(array.dtype, count)(array, types.intp), codegen

    return load


@cache
def matrix_unit(precision):
    """Return the device functions that feed the matrix units, SimpleNamespace.

    word(x, y) -> int32
        One number rounded to TF32, or two to BF16, the first in the lower half.
    multiply(a0, a1, a2, a3, b0, b1, c0, c1, c2, c3) -> four float32
        C + A B of 16 rows, 8 columns and 8 words of the inner dimension, by a warp.  Of lane 4 g + t, the
        words a are A[g, t], A[g + 8, t], A[g, t + 4], A[g + 8, t + 4]; b are B[t, g], B[t + 4, g]; the sums
        c are C[g, 2 t], C[g, 2 t + 1], C[g + 8, 2 t], C[g + 8, 2 t + 1].

    Parameters
    ----------
    precision : Precision
        TF32 or BF16.
    """
    return (_simulated if SIMULATED else _instructions)(Precision(precision))


def _instructions(precision):
    if precision == Precision.TF32:
        rounding = "cvt.rna.tf32.f32 $0, $1;", "=r,f"
        name = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
    else:
        rounding = "cvt.rn.bf16x2.f32 $0, $2, $1;", "=r,f,f"
        name = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
    product = (
        f"{name} {{$0, $1, $2, $3}}, {{$4, $5, $6, $7}}, {{$8, $9}}, {{$10, $11, $12, $13}};",
        "=f,=f,=f,=f,r,r,r,r,r,r,f,f,f,f",
    )
    n_rounded, number, bits = NUMBERS[precision], ir.FloatType(), ir.IntType(32)

    @intrinsic
    def word(typing_context, x, y):
        def codegen(context, builder, signature, args):
            kind = ir.FunctionType(bits, [number] * n_rounded)
            return builder.call(ir.InlineAsm(kind, *rounding), args[:n_rounded])

        return types.int32(types.float32, types.float32), codegen

    @intrinsic
    def multiply(typing_context, a0, a1, a2, a3, b0, b1, c0, c1, c2, c3):
        def codegen(context, builder, signature, args):
            kind = ir.FunctionType(ir.LiteralStructType([number] * 4), [bits] * 6 + [number] * 4)
            asm = ir.InlineAsm(kind, *product, side_effect=True)
            sums = builder.call(asm, args, attrs=("convergent",))
            return context.make_tuple(builder, signature.return_type, cgutils.unpack_tuple(builder, sums, 4))

        operands = [types.int32] * 6 + [types.float32] * 4
        return types.UniTuple(types.float32, 4)(*operands), codegen

    return SimpleNamespace(word=word, multiply=multiply)


def _simulated(precision):
    n = NUMBERS[precision]
    given = np.zeros((WARP, 6), np.int32)  # by lane; the simulator runs one block at a time, here of one warp

    def word(x, y):
        bits = rounded(np.array((x, y)[:n], np.float32), precision).view(np.uint32)
        return (bits if n == 1 else bits[:1] >> 16 | bits[1:]).view(np.int32)[0]

    def numbers(words):
        bits = np.ascontiguousarray(words).view(np.uint32)
        halves = [bits] if n == 1 else [bits << 16, bits & 0xFFFF0000]
        return np.stack(halves, axis=-1).astype(np.uint32).view(np.float32).reshape(len(words), -1)

    @cuda.jit(device=True)
    def multiply(a0, a1, a2, a3, b0, b1, c0, c1, c2, c3):
        g, t = cuda.threadIdx.x // 4, cuda.threadIdx.x % 4
        given[4 * g + t] = a0, a1, a2, a3, b0, b1
        cuda.syncthreads()
        lanes = given.reshape(8, 4, 6)  # by g and t
        a = numbers(np.block([[lanes[..., 0], lanes[..., 2]], [lanes[..., 1], lanes[..., 3]]]))
        b = numbers(np.hstack([lanes[..., 4], lanes[..., 5]]))  # a row for a column of B
        c = (a @ b.T)[[g, g, g + 8, g + 8], [2 * t, 2 * t + 1, 2 * t, 2 * t + 1]]
        cuda.syncthreads()  # before the words are overwritten
        return c0 + c[0], c1 + c[1], c2 + c[2], c3 + c[3]

    return SimpleNamespace(word=word, multiply=multiply)
