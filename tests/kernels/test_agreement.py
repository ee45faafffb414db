"""The CPU backend against the reference, for every case of the table, and what holds for all kernels."""

from itertools import pairwise

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from tests.cases import CASES, missing
from tests.kernels.agreement import assert_agrees
from tests.kernels.sizes import COMPILED, DTYPES, sizes
from tests.tolerances import TOLERANCES

LLVM_ONLY = ("gemm_nn", "gemm_tn", "gemm_nt", "transpose")  # made of LLVM code
LLVM_ONLY += ("im2col", "col2im", "max_pool_forward", "max_pool_backward")
BY_ROWS = [case for case in CASES if case.module in ("activations", "losses", "gather")]
BY_ROWS = [case for case in BY_ROWS if case.overwritten or case.updated]  # but what only looks
BY_ROWS += [case for case in CASES if case.name == "dropout.multiply"]
SPLIT = {"z", "a", "da", "dz", "labels", "values", "weights", "losses", "rows", "mask", "out"}
parametrize_dtype = pytest.mark.parametrize("dtype", DTYPES)


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def skip_llvm(case):
    if not COMPILED and case.kernel in LLVM_ONLY:
        pytest.skip("made of LLVM code: it does not exist without the JIT")


def bits(array):
    return array.view(f"u{array.itemsize}")


def test_every_kernel_of_the_contract_has_a_case():
    assert missing() == []
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.tolerance for case in CASES} <= set(TOLERANCES)


@parametrize_dtype
@named(CASES)
def test_cpu_agrees_with_the_reference(case, dtype):
    """On all sizes; outputs start as NaN; pads and everything that is only read stay as they are."""
    skip_llvm(case)
    assert_agrees(case, cpu, dtype, sizes(dtype))


@parametrize_dtype
@named(BY_ROWS)
def test_rows_may_be_split_anywhere(case, dtype):
    """Same bits at once, in two parts and row by row: the ground of thread-independent results."""
    for n, ld in [(1, 1), (13, 13), (67, 80)] if COMPILED else [(3, 3)]:
        m = 11
        whole = case.arguments(m, n, dtype, ld)
        case.call(cpu, whole)
        split = SPLIT | {"x"} if "mask" in whole else SPLIT
        for cuts in ([0, 4, m], range(m + 1)):
            parts = case.arguments(m, n, dtype, ld)
            for start, stop in pairwise(cuts):
                part = {name: value[start:stop] if name in split else value for name, value in parts.items()}
                case.call(cpu, part)
            for name, array in case.written(parts).items():
                np.testing.assert_array_equal(bits(array), bits(whole[name]), err_msg=f"{name}, {(n, ld)}")


@parametrize_dtype
@named([case for case in CASES if case.module == "activations"])
def test_in_place(case, dtype):
    """`a` may be `z`, and `dz` may be `da`: same bits as in two arrays."""
    for m, n, ld in sizes(dtype):
        apart, together = (case.arguments(m, n, dtype, ld) for _ in range(2))
        source, target = ("da", "dz") if "dz" in together else ("z", "a")
        together[target] = together[source]
        case.call(cpu, apart)
        case.call(cpu, together)
        np.testing.assert_array_equal(bits(together[target]), bits(apart[target]))
        again = case.arguments(m, n, dtype, ld)
        expected = case.arguments(m, n, dtype, ld)
        again[target] = again[source]
        case.call(ref, again)
        case.call(ref, expected)
        np.testing.assert_array_equal(again[target], expected[target])
