"""Epochs and errors of an autoencoder, each library as its own users would write it.

    python -m bench.autoencoders fastmlp
    python -m bench.autoencoders "torch, Glorot" --loss binary_cross_entropy --threads 2

One hidden layer of 32 relu units on MNIST's images in float32, from 0 to 1, or on scikit-learn's digits
where MNIST is not at hand; Adam at 1e-3 without a penalty, batches of 128, rows shuffled every epoch.  The
outputs are logistic, but scikit-learn's regressor, whose targets are the images, has linear ones.  PyTorch's
layers start as they do by default, or with Glorot's weights and zero biases.  `bench.peers` says how epochs
are timed.

One process runs one library, on as many cores as threads and without foreign settings.  When it is ready it
answers with the features of an image.  Then it answers every line that it reads: "error" with the mean
squared error of the test images' reconstructions, any other one with the seconds of one more epoch.
"""

import argparse
import sys
import warnings
from functools import partial

from .machine import clean_environment, pinned
from .peers import RATE, seconds_of, torch_epoch

#: Library -> what must be importable.
PEERS = {"torch": "torch", "torch, Glorot": "torch", "sklearn": "sklearn"}
LOSSES = ("squared_error", "binary_cross_entropy")
CODE, BATCH = 32, 128
ROWS = 60_000 // BATCH * BATCH


def make_parser():
    """Return the parser of this module's command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("library", choices=["fastmlp", *PEERS])
    parser.add_argument("--loss", choices=LOSSES, default=LOSSES[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="the most training images")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def main(arguments=None):
    """Run one library in this process, which must not have imported NumPy yet."""
    args = make_parser().parse_args(arguments)
    clean_environment(args.threads)
    with pinned(args.threads):
        X, X_test = make_data(args.rows)
        warm_up, _ = make(args, X[:BATCH])
        warm_up()
        epoch, reconstruct = make(args, X)
        print(X.shape[1], flush=True)
        for line in sys.stdin:
            error = line.strip() == "error"
            print(((reconstruct(X_test) - X_test) ** 2).mean() if error else seconds_of(epoch), flush=True)


def make_data(rows):
    """Return training images, whole batches, and test images as rows of float32 from 0 to 1."""
    import numpy as np

    from fastmlp.datasets import load_mnist

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the data, whose shape is in the answer
        mnist = load_mnist(fetch=False)
    images = mnist.X_train, mnist.X_test
    X, X_test = [rows.astype(np.float32) * np.float32(mnist.input_scale) for rows in images]
    return X[: min(rows, len(X)) // BATCH * BATCH], X_test


def make(args, X):
    """Return two functions: one without arguments trains for an epoch, the other reconstructs images."""
    if args.library.startswith("torch"):
        return _torch(args, X)
    import sklearn

    sklearn.set_config(assume_finite=True)
    options = {"batch_size": BATCH, "learning_rate_init": RATE, "alpha": 0.0, "random_state": 0}
    if args.library == "sklearn":
        from sklearn.neural_network import MLPRegressor

        model = MLPRegressor(hidden_layer_sizes=(CODE,), **options)
        return partial(model.partial_fit, X, X), model.predict
    from fastmlp import Autoencoder

    options |= {"activation": "relu", "loss": args.loss, "n_threads": args.threads}
    model = Autoencoder((CODE,), **options)
    return partial(model.partial_fit, X), lambda rows: model.inverse_transform(model.transform(rows))


def _torch(args, X):
    import torch
    from torch import nn

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(X.shape[1], CODE), nn.ReLU(), nn.Linear(CODE, X.shape[1]))
    if args.library == "torch, Glorot":
        for layer in (model[0], model[2]):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    whole = nn.Sequential(model, nn.Sigmoid())
    images, squared = torch.from_numpy(X), args.loss == "squared_error"
    epoch = torch_epoch(
        whole if squared else model,
        images,
        images,
        nn.MSELoss() if squared else nn.BCEWithLogitsLoss(),
        BATCH,
    )

    def reconstruct(rows):
        with torch.inference_mode():
            return whole(torch.from_numpy(rows)).numpy()

    return epoch, reconstruct


if __name__ == "__main__":
    main()
