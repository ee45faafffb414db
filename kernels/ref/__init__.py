"""The reference backend: NumPy only, written to be read; every other backend must match it."""

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
