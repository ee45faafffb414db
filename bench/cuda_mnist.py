"""Seconds until a network on the GPU knows 98 % of MNIST's test images.

    python -m bench.cuda_mnist --precision tf32

A first fit compiles, looks at the test images after every epoch, and stops at the first one with so many
right; it prints JSON: its seconds, those looks included, and its epochs.  Then every line that is read is
answered: "accuracy" with the share of test images that the last fit knows, any other one with the seconds of
another fit from the same seed, of as many epochs and nothing else: from the arrays in the host's memory to
the fitted estimator.
"""

import argparse
import json
import sys
import time
import warnings

from .cuda_peers import PRECISIONS, fastmlp_options
from .machine import clean_environment

TARGET = 0.98
MOST_EPOCHS = 30
SETTINGS = {
    "hidden_layer_sizes": (1024, 512),
    "batch_size": 1024,
    "learning_rate_init": 2e-3,
    "alpha": 0.0,
    "random_state": 0,
}


def main(arguments=None):
    """Train in this process, which must not have imported NumPy yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0])
    parser.add_argument("--epochs", type=int, default=MOST_EPOCHS, help="at most")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(arguments)
    clean_environment(args.threads)
    warnings.simplefilter("ignore")  # so few epochs do not converge
    train(load(), args.epochs, SETTINGS | fastmlp_options(args.precision) | {"n_threads": args.threads})


def load():
    """Return MNIST from its files.

    Raises
    ------
    FileNotFoundError
        If they are not there; nothing stands in for them.
    """
    from fastmlp.datasets import load_mnist

    return load_mnist(fetch=False, substitute=False)


def train(mnist, most_epochs, settings):
    """Fit, then answer, as the module says.

    Parameters
    ----------
    mnist : ImageSet
    most_epochs : int
    settings : dict
        Options of the estimator.
    """
    import numpy as np

    from fastmlp import MLPClassifier

    def fit(epochs, *callbacks):
        options = settings | {"max_iter": epochs, "n_iter_no_change": np.inf, "callbacks": callbacks}
        return MLPClassifier(input_scale=mnist.input_scale, **options).fit(mnist.X_train, mnist.y_train)

    def accuracy(model):
        return model.score(mnist.X_test, mnist.y_test)

    start = time.perf_counter()
    model = fit(most_epochs, lambda record: bool(accuracy(record.estimator) >= TARGET))
    epochs = model.n_iter_
    print(json.dumps({"first_seconds": time.perf_counter() - start, "epochs": epochs}), flush=True)
    for line in sys.stdin:
        if line.strip() == "accuracy":
            print(accuracy(model), flush=True)
            continue
        start = time.perf_counter()
        model = fit(epochs)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
