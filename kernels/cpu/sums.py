"""Sums of long vectors in vector registers.

LLVM keeps the order of floating-point additions, so that a sum is one chain of scalar additions.  This one
addition may be reordered: a loop over it becomes partial sums in vectors.  How depends on the length of the
vector only, so that equal calls still give equal bits.
"""

from numba.core import types
from numba.extending import intrinsic, overload


def add_in_any_order(total, term):
    """Total + term, both float64, for a running total that nothing else reads inside its loop."""
    return total + term


@intrinsic
def _add_reassociated(_typing, total, term):
    def codegen(_context, builder, _signature, args):
        return builder.fadd(*args, flags=("reassoc", "contract"))

    return types.float64(types.float64, types.float64), codegen


@overload(add_in_any_order)
def _add_in_any_order(total, term):
    return lambda total, term: _add_reassociated(total, term)
