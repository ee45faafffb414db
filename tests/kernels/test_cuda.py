"""The CUDA kernels against the reference, for every case of the table, on a GPU or simulated."""

import re
from types import SimpleNamespace

import pytest

from fastmlp.kernels import cuda
from tests.cases import CASES
from tests.gpu import DESCRIPTION
from tests.kernels.agreement import assert_agrees
from tests.kernels.sizes import DTYPES

SIZES = [(1, 1, 1), (3, 7, 9)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cuda_agrees_with_the_reference(case, dtype):
    assert_agrees(case, cuda, dtype, SIZES)


@pytest.mark.skipif(cuda.device.SIMULATED, reason="needs a GPU")
def test_the_gpu_is_described():
    description = cuda.device.description()
    assert list(description) == ["gpu", "gpu_memory_gib", "compute_capability", "cuda_driver"]
    assert isinstance(description["gpu"], str)
    assert description["gpu_memory_gib"] > 0
    for name in ("compute_capability", "cuda_driver"):
        assert re.fullmatch(r"\d+\.\d+", description[name])


def test_a_gpu_is_described_as_numba_cuda_tells(monkeypatch):
    """With what numba-cuda would answer, where there is no GPU to ask."""
    device = SimpleNamespace(name="NVIDIA H200", compute_capability=(9, 0))
    memory = SimpleNamespace(free=2**30, total=150_110_011_392)
    driver = SimpleNamespace(driver=SimpleNamespace(get_version=lambda: (13, 0)))
    answers = SimpleNamespace(
        get_current_device=lambda: device,
        current_context=lambda: SimpleNamespace(get_memory_info=lambda: memory),
        cudadrv=SimpleNamespace(driver=driver),
    )
    monkeypatch.setattr(cuda.device, "SIMULATED", False)
    monkeypatch.setattr(cuda.device, "cuda", answers)
    assert cuda.device.description() == DESCRIPTION
