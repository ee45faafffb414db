"""Rounds numbers as a GPU's matrix units read them; they multiply exactly and add up in float32."""

import numpy as np

from .contract import Precision


def rounded(a, precision):
    """Round an array to what the operands of a product hold.

    TF32 keeps 10 bits of the fraction and rounds halves away from zero, BF16 keeps 7 and rounds halves to the
    even neighbor, as the instructions `cvt.rna.tf32.f32` and `cvt.rn.bf16.f32` of CUDA's PTX do.

    Parameters
    ----------
    a : ndarray
        float32, if it is to be rounded.
    precision : Precision

    Returns
    -------
    ndarray
        Of the same dtype; of full precision the array itself.
    """
    if precision == Precision.FULL:
        return a
    bits = np.ascontiguousarray(a).view(np.uint32)
    if precision == Precision.TF32:
        bits = (bits + np.uint32(1 << 12)) & np.uint32(0xFFFFE000)
    else:
        bits = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(a), a, bits.view(np.float32))
