"""What Numba has no Python name for: typed views of flat memory, atomics, prefetches, denormals."""

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from .jit import ALWAYS

CACHE_LINE = 64  # bytes
X86 = platform.machine().lower() in ("x86_64", "amd64")
FLUSH_TO_ZERO, DENORMALS_ARE_ZERO = 1 << 15, 1 << 6  # bits of MXCSR


def _view(context, builder, kind, address, shape, strides=None):
    """Array of type `kind` at an address, without a reference, so that it costs nothing."""
    array = context.make_array(kind)(context, builder)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    if strides is None:  # C-ordered
        strides = [size]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], length))
    context.populate_array(
        array,
        data=builder.inttoptr(address, context.get_data_type(kind.dtype).as_pointer()),
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=size,
        meminfo=None,
    )
    return array._getvalue()


def _element(context, builder, kind, array, offset):
    """Address of element `offset` of a contiguous array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.ptrtoint(builder.gep(data, [offset]), context.get_value_type(types.intp))


@intrinsic
def address(_typing, array, offset):
    """Address of element `offset` of a contiguous array."""

    def codegen(context, builder, signature, args):
        return _element(context, builder, signature.args[0], *args)

    return types.intp(array, types.intp), codegen


@intrinsic
def start(_typing, array):
    """Address of an array's first element."""

    def codegen(context, builder, signature, args):
        return _element(context, builder, signature.args[0], args[0], context.get_constant(types.intp, 0))

    return types.intp(array), codegen


@intrinsic
def matrix(_typing, flat, offset, m, ld):
    """View of m x ld elements of a flat array from `offset` on."""

    def codegen(context, builder, signature, args):
        place = _element(context, builder, signature.args[0], args[0], args[1])
        return _view(context, builder, signature.return_type, place, args[2:])

    return types.Array(flat.dtype, 2, "C")(flat, *[types.intp] * 3), codegen


@intrinsic
def vector(_typing, flat, offset, n):
    """View of n elements of a flat array from `offset` on."""

    def codegen(context, builder, signature, args):
        place = _element(context, builder, signature.args[0], args[0], args[1])
        return _view(context, builder, signature.return_type, place, args[2:])

    return types.Array(flat.dtype, 1, "C")(flat, *[types.intp] * 2), codegen


def flattened(array):
    """View of a C-ordered array in one dimension."""
    return array.reshape(array.size)


@overload(flattened, jit_options=ALWAYS)
def _flattened(array):  # Numba's `reshape` is compiled for any strides
    return lambda array: vector(array, 0, array.size)


@intrinsic
def matrix_of(_typing, address, like, m, ld):
    """View of m x ld elements of the scalar `like`'s type at an address."""

    def codegen(context, builder, signature, args):
        return _view(context, builder, signature.return_type, args[0], args[2:])

    return types.Array(like, 2, "C")(types.intp, like, *[types.intp] * 2), codegen


@intrinsic
def vector_of(_typing, address, like, n):
    """View of n elements of the scalar `like`'s type at an address."""

    def codegen(context, builder, signature, args):
        return _view(context, builder, signature.return_type, args[0], args[2:])

    return types.Array(like, 1, "C")(types.intp, like, types.intp), codegen


@intrinsic
def strided_of(_typing, address, like, m, n, row_stride, column_stride):
    """View of m x n elements of the scalar `like`'s type at an address, with any strides in bytes."""

    def codegen(context, builder, signature, args):
        return _view(context, builder, signature.return_type, args[0], args[2:4], args[4:])

    return types.Array(like, 2, "A")(types.intp, like, *[types.intp] * 4), codegen


@intrinsic
def fetch_add(_typing, counters, index, value):
    """Add to an element of an int64 array, atomically; return what it was."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.atomic_rmw("add", builder.gep(array.data, [args[1]]), args[2], "seq_cst")

    return types.int64(counters, types.intp, types.int64), codegen


@intrinsic
def fetch_or(_typing, words, index, value):
    """Set bits of an element of an int64 array, atomically; return what it was."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.atomic_rmw("or", builder.gep(array.data, [args[1]]), args[2], "seq_cst")

    return types.int64(words, types.intp, types.int64), codegen


@intrinsic
def load_acquire(_typing, counters, index):
    """Read an element of an int64 array, atomically."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.load_atomic(builder.gep(array.data, [args[1]]), "acquire", 8)

    return types.int64(counters, types.intp), codegen


@intrinsic
def move_to(_typing, processor):
    """Let this thread run on one processor alone, on Linux; nothing happens if that is not allowed."""

    def codegen(context, builder, _signature, args):
        word = context.get_value_type(types.int64)
        words = ir.ArrayType(word, 16)
        mask, zero = cgutils.alloca_once(builder, words), ir.Constant(word, 0)
        builder.store(ir.Constant(words, None), mask)
        place = builder.gep(mask, [zero, builder.lshr(args[0], ir.Constant(word, 6))])
        bit = builder.shl(ir.Constant(word, 1), builder.and_(args[0], ir.Constant(word, 63)))
        builder.store(bit, place)
        integer = ir.IntType(32)
        kind = ir.FunctionType(integer, [integer, word, word])
        call = cgutils.get_or_insert_function(builder.module, kind, "sched_setaffinity")
        builder.call(call, [ir.Constant(integer, 0), ir.Constant(word, 128), builder.ptrtoint(mask, word)])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


def prefetch_line(builder, address):
    """Emit the instruction that asks for the cache line at an address, which need not be valid."""
    byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
    call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    flags = [ir.Constant(word, flag) for flag in (0, 3, 1)]  # to read, into all caches, data
    builder.call(call, [builder.inttoptr(address, byte), *flags])


def prefetch(array, first, end):
    """Ask for the elements first..end of a contiguous array, so that they are in the cache when needed."""


@overload(prefetch, jit_options=ALWAYS)
def _prefetch(array, first, end):
    def ask(array, first, end):
        for place in range(address(array, first) & -CACHE_LINE, address(array, end), CACHE_LINE):
            _prefetch_line(place)

    return ask


@intrinsic
def _prefetch_line(_typing, place):
    def codegen(context, builder, _signature, args):
        prefetch_line(builder, *args)
        return context.get_dummy_value()

    return types.void(types.intp), codegen


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
