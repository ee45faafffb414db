"""Small data sets in MNIST's format, and no way to the network."""

import gzip
import hashlib
import socket

import numpy as np
import pytest

from fastmlp.datasets import openml
from fastmlp.datasets.mnist_files import FASHION_MNIST, MNIST

from .idx_format import NAMES, idx_bytes


def random_arrays(seed):
    rng = np.random.RandomState(seed)
    return {
        "X_train": rng.randint(0, 256, (30, 4, 5)).astype(np.uint8),
        "y_train": rng.randint(0, 10, 30).astype(np.uint8),
        "X_test": rng.randint(0, 256, (10, 4, 5)).astype(np.uint8),
        "y_test": rng.randint(0, 10, 10).astype(np.uint8),
    }


@pytest.fixture
def arrays():
    """30 training and 10 test images of 4 x 5 pixels."""
    return random_arrays(0)


@pytest.fixture
def clothes():
    """As many others."""
    return random_arrays(1)


@pytest.fixture
def originals(monkeypatch, arrays, clothes):
    """Let the small arrays pass for the original files of MNIST and of Fashion-MNIST."""
    for published, data in ((MNIST, arrays), (FASHION_MNIST, clothes)):
        for key, array in data.items():
            digest = hashlib.md5(idx_bytes(array), usedforsecurity=False).hexdigest()
            monkeypatch.setitem(published.md5, key, digest)
    monkeypatch.setattr(openml, "N_TRAIN", 30)
    monkeypatch.setattr(openml, "N_TEST", 10)
    monkeypatch.setattr(openml, "SHAPE", (4, 5))


@pytest.fixture
def write(tmp_path):
    """A function that writes arrays as the four files and returns their folder."""

    def write(arrays, folder=tmp_path / "files", zipped=False):
        folder.mkdir(parents=True, exist_ok=True)
        for key, data in arrays.items():
            content = idx_bytes(data)
            path = folder / (NAMES[key] + (".gz" if zipped else ""))
            path.write_bytes(gzip.compress(content) if zipped else content)
        return folder

    return write


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """Keep tests away from the network and from the user's own data."""
    monkeypatch.delenv("FASTMLP_DATA", raising=False)
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "sklearn"))
    monkeypatch.setenv("no_proxy", "*")
    connect = socket.socket.connect

    def local_only(self, address):
        assert address[0] in ("127.0.0.1", "::1"), f"a test connects to {address}"
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)
