"""Which vectors and which register tile the matrix products use on this machine.

The tile is mr rows by nv vectors; mr * nv accumulators, nv vectors of B and one broadcast of A must fit
the vector registers (32 for AVX-512 and NEON, 16 for AVX2 and SSE).
"""

import os
from typing import NamedTuple

from llvmlite import binding


class InstructionSet(NamedTuple):
    """Vector width and register tile of one instruction set."""

    bytes: int  # of one vector
    mr: int  # rows of the tile
    nv: int  # vectors of the tile


INSTRUCTION_SETS = {
    "avx512": InstructionSet(bytes=64, mr=6, nv=4),
    "avx2": InstructionSet(bytes=32, mr=6, nv=2),
    "generic": InstructionSet(bytes=16, mr=6, nv=2),
}


def detect():
    """Name of the widest instruction set that the host's processor has."""
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:  # LLVM does not know how to ask this platform
        features = {}
    if features.get("avx512f"):
        return "avx512"
    if features.get("avx2") and features.get("fma"):
        return "avx2"
    return "generic"


def choose():
    """Name of the instruction set to use: `FASTMLP_ISA`, or the host's widest.

    Raises
    ------
    ValueError
        If `FASTMLP_ISA` names an unknown set, or one that the host does not have.
    """
    host, forced = detect(), os.environ.get("FASTMLP_ISA")
    if not forced:
        return host
    names = list(INSTRUCTION_SETS)
    if forced not in names or names.index(forced) < names.index(host):
        usable = ", ".join(names[names.index(host) :])
        raise ValueError(f"FASTMLP_ISA={forced!r} cannot be used on this machine; choose one of {usable}.")
    return forced


NAME = choose()
CHOSEN = INSTRUCTION_SETS[NAME]
