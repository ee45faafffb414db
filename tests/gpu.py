"""A GPU for tests of what is said of one; nothing can run on it."""

from types import SimpleNamespace

from fastmlp.experiments.fitted import Fitted

DESCRIPTION = {
    "gpu": "NVIDIA H200",
    "gpu_memory_gib": 139.8,
    "compute_capability": "9.0",
    "cuda_driver": "13.0",
}
TEXT = "NVIDIA H200, 139.8 GiB, compute capability 9.0, driver for CUDA 13.0"


def pretend(monkeypatch, describe=DESCRIPTION.copy):
    """Let records describe this GPU, or whatever `describe` does."""
    cuda = SimpleNamespace(device=SimpleNamespace(description=describe))
    monkeypatch.setattr("fastmlp.experiments.environment.backend", lambda name: cuda)


def untrained(setting, data, seed, context):
    """A fit that needs no GPU."""
    accuracies = {"test_accuracy": 0.25, "validation_accuracy": 0.5, "train_accuracy": 0.75}
    return Fitted(accuracies | {"summary": "a network"})


def absent():
    """Say that there is none."""
    raise OSError("device='cuda' found no NVIDIA GPU")
