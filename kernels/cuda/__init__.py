"""The CUDA backend: the same files and names as the reference, for an NVIDIA GPU."""

from . import (
    activations,
    device,
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

device.require()  # asked for without a GPU, it says so at once

__all__ = [
    "activations",
    "device",
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
