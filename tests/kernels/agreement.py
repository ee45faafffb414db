"""What it means that a backend's kernel agrees with the reference."""

import numpy as np

from fastmlp.kernels import ref
from tests.tolerances import assert_close


def assert_agrees(case, backend, dtype, sizes):
    """Outputs start as NaN; pads and everything that is only read stay as they are.

    Parameters
    ----------
    case : Case
    backend : module
        With the kernels of the contract.
    dtype : dtype
    sizes : iterable of (m, n, ld)
    """
    for m, n, ld in sizes:
        expected, actual = (case.arguments(m, n, dtype, ld) for _ in range(2))
        before = {name: np.copy(value) for name, value in actual.items()}
        values = case.call(ref, expected), case.call(backend, actual)
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
