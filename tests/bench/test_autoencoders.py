"""The processes in which autoencoders are timed."""

import numpy as np
import pytest

from bench.autoencoders import BATCH, LOSSES, make, make_data, make_parser
from bench.worker import Worker


def test_images_are_whole_batches_from_0_to_1():
    X, X_test = make_data(300)
    assert len(X) == 256
    assert X.shape[1] == X_test.shape[1]
    for rows in (X, X_test):
        assert rows.dtype == np.float32
        assert (rows.min(), rows.max()) == (0, 1)


@pytest.mark.parametrize("library", ["fastmlp", "sklearn"])
def test_a_process_answers(library):
    with Worker("bench.autoencoders", library, "--rows", 10 * BATCH) as worker:
        assert int(worker.greeting) in (64, 784)
        assert worker.ask() > 0
        first = worker.ask("error")
        assert all(worker.ask() > 0 for _ in range(8))
        assert 0.02 < worker.ask("error") < 0.95 * first


@pytest.mark.parametrize("loss", LOSSES)
def test_pytorch_trains(loss):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X, _ = make_data(10 * BATCH)
    before = torch.get_num_threads()
    for library in ("torch", "torch, Glorot"):
        epoch, reconstruct = make(make_parser().parse_args([library, "--loss", loss]), X)
        first = ((reconstruct(X) - X) ** 2).mean()
        for _ in range(8):
            epoch()
        assert ((reconstruct(X) - X) ** 2).mean() < 0.95 * first
    torch.set_num_threads(before)
