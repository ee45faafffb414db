"""What kernels contain is compiled with them, and only with them: it rests on a private class of Numba's."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from fastmlp.kernels.cpu import parts
from fastmlp.kernels.cpu.jit import FLAGS, inline
from fastmlp.kernels.cpu.math import exp

from .sizes import needs_jit


@inline
def exp_of_double(x):
    return exp(x + x)


@needs_jit
def test_parts_are_not_translated_alone():
    @njit(**FLAGS)
    def caller(x):
        return exp_of_double(x)

    assert caller(0.5) == exp(1.0)
    (compiled,) = caller.overloads.values()
    inside = compiled.library._linking_libraries
    assert any("exp_of_double" in library.name for library in inside)
    assert all(type(library) is parts._PartLibrary for library in inside if "exp_of_double" in library.name)


@needs_jit
@pytest.mark.parametrize(
    "change",
    [
        "from numba.core import codegen; del codegen.JITCodeLibrary",
        "from fastmlp.kernels.cpu import parts; parts._ATTRIBUTES += ('_of_another_numba',)",
    ],
)
def test_another_numba_compiles_them_like_every_function(change, tmp_path):
    code = f"""
{change}
import numpy as np
from fastmlp.kernels.cpu import activations
a = np.empty((2, 3))
activations.activation_forward(2, np.zeros((2, 3)), a)
assert (a == 0).all()
assert activations.activation_forward.stats.cache_misses
"""
    environment = os.environ | {"FASTMLP_CACHE_DIR": str(tmp_path)}
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert finished.returncode == 0, finished.stderr


@needs_jit
def test_a_kernel_can_be_called_from_python_and_from_compiled_code():
    from fastmlp.kernels.cpu.gemm import gemm_nn

    @njit(**FLAGS)
    def caller(a, b, c):
        gemm_nn(a, b, c, False)

    a, b = np.ones((3, 4)), np.ones((4, 5))
    for call in (caller, lambda a, b, c: gemm_nn(a, b, c, False)):
        c = np.zeros((3, 5))
        call(a, b, c)
        np.testing.assert_array_equal(c, 4.0)
