"""What Numba has no Python name for: typed views of flat memory, atomics, denormals."""

import platform

from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import intrinsic

from .jit import inline

X86 = platform.machine().lower() in ("x86_64", "amd64")
FLUSH_TO_ZERO, DENORMALS_ARE_ZERO = 1 << 15, 1 << 6  # bits of MXCSR


@intrinsic
def _pointer(_typing, flat, offset):
    """Pointer to element `offset` of a one-dimensional array."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.gep(array.data, [args[1]])

    return types.CPointer(flat.dtype)(flat, types.intp), codegen


@intrinsic
def _typed(_typing, address, like):
    """An address as a pointer to elements of the scalar `like`'s type."""

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(like)(types.intp, like), codegen


@inline
def start(array):
    """Address of an array's first element."""
    return types.intp(array.ctypes.data)


@inline
def address(array, offset):
    """Address of element `offset` of a contiguous array."""
    return start(array) + offset * array.itemsize


@inline
def matrix(flat, offset, m, ld):
    """View of m x ld elements of a flat array from `offset` on; without a reference, so it costs nothing."""
    return carray(_pointer(flat, offset), (m, ld))


@inline
def vector(flat, offset, n):
    """View of n elements of a flat array from `offset` on."""
    return carray(_pointer(flat, offset), (n,))


@inline
def matrix_of(address, like, m, ld):
    """View of m x ld elements of the scalar `like`'s type at an address."""
    return carray(_typed(address, like), (m, ld))


@inline
def vector_of(address, like, n):
    """View of n elements of the scalar `like`'s type at an address."""
    return carray(_typed(address, like), (n,))


@intrinsic
def strided_of(_typing, address, like, m, n, row_stride, column_stride):
    """View of m x n elements of the scalar `like`'s type at an address, with any strides in bytes."""
    kind = types.Array(like, 2, "A")

    def codegen(context, builder, signature, args):
        array = context.make_array(kind)(context, builder)
        data = builder.inttoptr(args[0], context.get_value_type(types.CPointer(like)))
        size = context.get_abi_sizeof(context.get_data_type(like))
        context.populate_array(
            array,
            data=data,
            shape=cgutils.pack_array(builder, [args[2], args[3]]),
            strides=cgutils.pack_array(builder, [args[4], args[5]]),
            itemsize=context.get_constant(types.intp, size),
            meminfo=None,
        )
        return array._getvalue()

    return kind(types.intp, like, *[types.intp] * 4), codegen


@intrinsic
def fetch_add(_typing, counters, index, value):
    """Add to an element of an int64 array, atomically; return what it was."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.atomic_rmw("add", builder.gep(array.data, [args[1]]), args[2], "seq_cst")

    return types.int64(counters, types.intp, types.int64), codegen


@intrinsic
def load_acquire(_typing, counters, index):
    """Read an element of an int64 array, atomically."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(builder.gep(array.data, [args[1]]), "acquire", 8)

    return types.int64(counters, types.intp), codegen


@intrinsic
def flush_denormals(_typing):
    """Let this thread compute with zero in place of denormal numbers, which x86 is slow with.

    Moments of Adam whose gradients stay zero decay into them.  Returns what `restore_rounding` puts back;
    nothing happens on other processors.
    """

    def codegen(_context, builder, _signature, _args):
        word = ir.IntType(32)
        if not X86:
            return ir.Constant(word, 0)
        place = builder.alloca(word)
        _control_register(builder, "stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, ir.Constant(word, FLUSH_TO_ZERO | DENORMALS_ARE_ZERO)), place)
        _control_register(builder, "ldmxcsr", place)
        return before

    return types.uint32(), codegen


@intrinsic
def restore_rounding(_typing, before):
    """Put back what `flush_denormals` changed."""

    def codegen(context, builder, _signature, args):
        if X86:
            place = builder.alloca(ir.IntType(32))
            builder.store(args[0], place)
            _control_register(builder, "ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(types.uint32), codegen


def _control_register(builder, instruction, place):
    """Store the control and status register of vector arithmetic at a place, or load it from there."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte])
    call = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{instruction}")
    builder.call(call, [builder.bitcast(place, byte)])
