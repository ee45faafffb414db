"""The CPU backend: Numba kernels, vectorized and threaded; the same files and names as the reference."""

from . import (
    activations,
    dropout,
    engine,
    gather,
    gemm,
    losses,
    optimizers,
    patches,
    pooling,
    predict,
    regularizers,
)

__all__ = [
    "activations",
    "dropout",
    "engine",
    "gather",
    "gemm",
    "losses",
    "optimizers",
    "patches",
    "pooling",
    "predict",
    "regularizers",
]
