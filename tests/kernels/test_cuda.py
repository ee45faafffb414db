"""The CUDA kernels against the reference, for every case of the table, on a GPU or simulated."""

import numpy as np
import pytest

from fastmlp.kernels import cuda, ref
from tests.cases import CASES
from tests.kernels.sizes import DTYPES
from tests.tolerances import assert_close

SIZES = [(1, 1, 1), (3, 7, 9)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cuda_agrees_with_the_reference(case, dtype):
    """Outputs start as NaN; pads and everything that is only read stay as they are."""
    for m, n, ld in SIZES:
        expected, actual = (case.arguments(m, n, dtype, ld) for _ in range(2))
        before = {name: np.copy(value) for name, value in actual.items()}
        values = case.call(ref, expected), case.call(cuda, actual)
        assert (values[0] is None) == (values[1] is None)
        if values[0] is not None:
            assert_close(values[1], values[0], "summed", dtype, f"value, {(m, n, ld)}")
        for name, argument in actual.items():
            message = f"{name}, {(m, n, ld)}"
            if name in case.written(actual):
                assert argument.dtype == expected[name].dtype
                assert_close(argument, expected[name], case.tolerance, dtype, message)
            else:
                np.testing.assert_array_equal(argument, before[name], err_msg=message)
