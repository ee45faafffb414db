"""Networks for images that are timed: what they cost, and that PyTorch computes the same."""

import json

import numpy as np
import pytest

from bench.image_networks import CELLS, PEERS, flops, torch_model
from bench.worker import Worker
from fastmlp.layers import Concat, Conv2D, Dense, GlobalAvgPool2D, MaxPool2D
from fastmlp.network import Network
from fastmlp.rows import as_rows


def test_operations_of_training():
    """6 for every weight, pixel and image, but 4 in the first layer, which needs no input gradient."""
    convolution, units = 26 * 26 * 9 * 32, 13 * 13 * 32 * 25 + 25 * 10
    assert flops(CELLS["cnn"]._replace(rows=7)) == 7 * (4 * convolution + 6 * units)


def test_operations_of_a_forward_pass():
    """AlexNet's products, layer by layer: pixels, patch, filters."""
    convolutions = 56**2 * 363 * 64 + 27**2 * 1600 * 192 + 13**2 * 9 * (192 * 384 + 384 * 256 + 256 * 256)
    units = 9216 * 4096 + 4096 * 4096 + 4096 * 1000
    assert flops(CELLS["alexnet"]._replace(rows=3)) == 6 * (convolutions + units)


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_a_shorter_cell_has_few_images(cell):
    assert 0 < cell.shorter().rows < cell.rows
    assert cell.shorter().rows % (cell.batch or 1) == 0


def test_a_process_answers():
    with Worker("bench.image_networks", "fastmlp", "squeezenet", "--rows", 1) as worker:
        assert np.ptp(json.loads(worker.greeting)) > 0
        assert worker.ask() > 0


@pytest.mark.parametrize("memory_format", PEERS.values())
def test_the_model_of_pytorch(memory_format):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    fire = Concat([[Conv2D(3, 1)], [Conv2D(2, 3, padding=1)]])
    for last in ([Dense(7), Dense(3, "identity")], [GlobalAvgPool2D()]):
        layers = [Conv2D(4, 3, 2, padding=1), MaxPool2D(3, 2, ceil_mode=True), fire, *last]
        network = Network(layers, (14, 11, 3), None, device="ref")
        network.initialize(np.random.RandomState(0))
        X = np.random.RandomState(1).normal(size=(5, 14, 11, 3)).astype(np.float32)
        model = torch_model(layers, (14, 11, 3), iter(network.weights))
        images = torch.from_numpy(X).permute(0, 3, 1, 2)
        with torch.inference_mode():
            outputs = model.to(memory_format=getattr(torch, memory_format))(images)
        expected = network.predict(as_rows(X.reshape(5, -1), np.float32))
        np.testing.assert_allclose(outputs.numpy(), expected, rtol=1e-4, atol=1e-6)
