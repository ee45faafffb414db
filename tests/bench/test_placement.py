"""Operands of a kernel at chosen places of memory."""

import numpy as np

from bench.placement import PAGE, spread


def test_copies_start_at_different_places_of_their_pages():
    arrays = [np.arange(1000.0), np.arange(6, dtype=np.uint8), np.ones((40, 70), np.float32)]
    copies = spread(*arrays)
    for array, copy in zip(arrays, copies, strict=True):
        assert copy.dtype == array.dtype
        np.testing.assert_array_equal(copy, array)
        assert not np.shares_memory(copy, array)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(copies) for b in copies[:i])
    assert len({copy.ctypes.data % PAGE for copy in copies}) == len(copies)


def test_strides_are_kept():
    array = np.asfortranarray(np.arange(60).reshape(10, 6))[::-2]
    other = np.arange(8)
    copy, copy_of_other = spread(array, other)
    assert copy.strides == array.strides
    np.testing.assert_array_equal(copy, array)
    np.testing.assert_array_equal(copy_of_other, other)
