"""The CUDA kernels against the reference, for every case of the table, on a GPU or simulated."""

import pytest

from fastmlp.kernels import cuda
from tests.cases import CASES
from tests.kernels.agreement import assert_agrees
from tests.kernels.sizes import DTYPES

SIZES = [(1, 1, 1), (3, 7, 9)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cuda_agrees_with_the_reference(case, dtype):
    assert_agrees(case, cuda, dtype, SIZES)
