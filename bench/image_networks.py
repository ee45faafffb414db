"""Time of networks for images, each library as its own users would write it for speed.

    python -m bench.image_networks fastmlp squeezenet
    python -m bench.image_networks "torch channels_last" cnn --threads 2 --rows 1280

squeezenet, alexnet: the outputs of images of 227 x 227 pixels, from a network with the same random weights in
either library.  cnn: an epoch of training a small network on images of MNIST's shape (`bench.peers` says how
epochs are timed).  Images are float32 in NumPy, in the order of axes that the library reads: PyTorch's is
(images, channels, height, width), and channels_last is the same with the memory in fastmlp's order.

One process runs one library, on as many cores as threads and without foreign settings.  When it is ready it
answers with outputs of the first image (none of a network that is trained); then it answers every line that
it reads with the seconds of one run.
"""

import argparse
import json
import sys
from functools import partial
from typing import NamedTuple

from .cells import N_CLASSES
from .machine import clean_environment, pinned
from .peers import RATE, seconds_of, torch_epoch

#: Library -> memory format of PyTorch; both are installed as torch.
PEERS = {"torch": "contiguous_format", "torch channels_last": "channels_last"}
WARM_UP = 2  # runs that are not timed: the first ones compile, and choose among implementations
SHOWN = 50  # outputs that are compared


class Cell(NamedTuple):
    """One workload: a network and so many images."""

    network: str
    rows: int
    input_shape: tuple[int, int, int]
    batch: int = 0  # of training; 0 for a forward pass

    def __str__(self):
        if self.batch:
            return f"{self.network} training batch {self.batch}"
        return f"{self.network} forward {self.rows} images"

    def shorter(self):
        """Return the cell with few images, to see that it runs."""
        return self._replace(rows=3 * self.batch or 2)


CELLS = {
    cell.network: cell
    for cell in (
        Cell("squeezenet", 32, (227, 227, 3)),
        Cell("alexnet", 32, (227, 227, 3)),
        Cell("cnn", 20 * 128, (28, 28, 1), batch=128),
    )
}


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("library", choices=["fastmlp", *PEERS])
    parser.add_argument("network", choices=CELLS)
    parser.add_argument("--rows", type=int, help="images")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(arguments)
    cell = CELLS[args.network]
    cell = cell._replace(rows=args.rows or cell.rows)
    clean_environment(args.threads)
    with pinned(args.threads):
        run = (make_epoch if cell.batch else make_forward)(cell, args.library, args.threads)
        for _ in range(WARM_UP):
            outputs = run()
        print(json.dumps([] if cell.batch else outputs[0, :SHOWN].tolist()), flush=True)
        for _ in sys.stdin:
            print(seconds_of(run), flush=True)


def layers_of(cell):
    """Return the layer specs of a network, its last layer included, list."""
    from fastmlp.features import alexnet, squeezenet
    from fastmlp.layers import Conv2D, Dense, MaxPool2D

    if cell.batch:
        return [Conv2D(32, 3), MaxPool2D(2), Dense(25), Dense(N_CLASSES, "identity")]
    module = {"squeezenet": squeezenet, "alexnet": alexnet}[cell.network]
    return [layer for _, layer in module.LAYERS]


def flops(cell):
    """Return the operations of all products of a run, a multiply-add being two.

    Training is forward, weight gradient and input gradient; the first layer needs no input gradient.
    """
    from math import prod

    from fastmlp.layers import Conv2D, with_weights

    layers = []
    for layer, shape in with_weights(layers_of(cell), cell.input_shape):
        pixels = prod(layer.output_shape(shape)[:2]) if isinstance(layer, Conv2D) else 1
        layers.append(2 * cell.rows * pixels * prod(layer.weight_shape(shape)))
    return 3 * sum(layers) - layers[0] if cell.batch else sum(layers)


def make_forward(cell, library, threads):
    """Return a function without arguments that returns the outputs of random images."""
    import numpy as np

    from fastmlp.network import Network
    from fastmlp.rows import as_rows

    network = Network(layers_of(cell), cell.input_shape, None, n_threads=threads)
    rng = np.random.default_rng(0)
    for w in network.weights:
        w[:] = rng.standard_normal(w.shape, np.float32) * (2 / w[..., 0].size) ** 0.5
    X = rng.standard_normal((cell.rows, *cell.input_shape), np.float32)
    if library == "fastmlp":
        rows = as_rows(X.reshape(cell.rows, -1), network.dtype)
        return partial(network.part(0, len(network.layers)), rows)

    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    memory_format = getattr(torch, PEERS[library])
    model = torch_model(network.layers, cell.input_shape, iter(network.weights))
    model = model.eval().to(memory_format=memory_format)
    images = torch.from_numpy(X).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)

    def forward():
        with torch.inference_mode():
            return model(images).numpy()

    return forward


def make_epoch(cell, library, threads):
    """Return a function without arguments that trains for one epoch."""
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.random((cell.rows, *cell.input_shape), np.float32)
    y = rng.integers(0, N_CLASSES, cell.rows)
    *hidden, _ = layers_of(cell)
    if library == "fastmlp":
        import sklearn

        from fastmlp import MLPClassifier

        sklearn.set_config(assume_finite=True)
        options = {"batch_size": cell.batch, "learning_rate_init": RATE, "alpha": 0.0, "random_state": 0}
        model = MLPClassifier(hidden, n_threads=threads, **options)
        return partial(model.partial_fit, X, y, classes=range(N_CLASSES))

    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    memory_format = getattr(torch, PEERS[library])
    model = torch_model(layers_of(cell), cell.input_shape).to(memory_format=memory_format)
    images = torch.from_numpy(X).permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
    return torch_epoch(model, images, torch.from_numpy(y), torch.nn.CrossEntropyLoss(), cell.batch)


def torch_model(layers, shape, weights=None):
    """Make modules of layer specs.

    Parameters
    ----------
    layers : list of Conv2D, MaxPool2D, GlobalAvgPool2D, Concat or Dense
        Activations are relu or the identity.
    shape : tuple of int
        (height, width, channels) of an image.
    weights : iterator of ndarray, optional
        fastmlp's; biases are then zero.  By default PyTorch draws both.

    Returns
    -------
    torch.nn.Sequential
        From images to rows.
    """
    from torch import nn

    return nn.Sequential(*_torch_modules(layers, shape, weights), nn.Flatten())


def _torch_modules(layers, shape, weights):
    from torch import nn

    from fastmlp.layers import Concat, Conv2D, Dense, GlobalAvgPool2D, MaxPool2D

    for layer in layers:
        if isinstance(layer, Conv2D):
            module = nn.Conv2d(shape[2], layer.filters, layer.kernel_size, layer.stride, layer.padding)
            yield _with_weights(module, weights, lambda w: w.transpose(3, 2, 0, 1))
        elif isinstance(layer, Dense):
            image = (*shape, 1, 1)[:3]  # an image's inputs lie channel by channel
            if len(shape) == 3:
                yield nn.Flatten()
            module = nn.Linear(image[0] * image[1] * image[2], layer.units)
            yield _with_weights(
                module, weights, lambda w, image=image: w.T.reshape(-1, *image).transpose(0, 3, 1, 2)
            )
        elif isinstance(layer, MaxPool2D):
            yield nn.MaxPool2d(layer.pool_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode)
        elif isinstance(layer, GlobalAvgPool2D):
            yield nn.AdaptiveAvgPool2d(1)
        elif isinstance(layer, Concat):
            yield _torch_branches([_torch_modules(branch, shape, weights) for branch in layer.branches])
        else:
            raise TypeError(f"no module for {layer!r}")
        if getattr(layer, "activation", None) == "relu":
            yield nn.ReLU(inplace=True)
        shape = layer.output_shape(shape)


def _torch_branches(branches):
    """A module that puts the outputs of others beside each other."""
    import torch

    class Branches(torch.nn.ModuleList):
        def forward(self, x):
            return torch.cat([branch(x) for branch in self], dim=1)

    return Branches(torch.nn.Sequential(*modules) for modules in branches)


def _with_weights(module, weights, reorder):
    """Give a module the next of fastmlp's weights, in PyTorch's order of axes."""
    import torch

    if weights is not None:
        ordered = reorder(next(weights)).reshape(module.weight.shape)
        with torch.no_grad():
            module.weight.copy_(torch.from_numpy(ordered))
            module.bias.zero_()
    return module


if __name__ == "__main__":
    main()
