"""Small real digits in MNIST's format, a command line to call, and no way to the network."""

import json
import signal
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from fastmlp.cli import main
from fastmlp.datasets import mnist_files

QUICK = ("--device", "ref", "--epochs", "3", "--layers", "16")
#: Enough for the small digits to be trained on by two threads; smaller networks stay on one.
WORK_FOR_TWO_THREADS = ("--layers", "256,128", "--batch-size", "180")


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """Keep runs away from the network, from the user's own data and from the working folder."""

    def refuse():
        raise ConnectionError("openml.org could not be used (this test has no network)")

    monkeypatch.delenv("FASTMLP_DATA", raising=False)
    monkeypatch.setattr("fastmlp.datasets.places.user_data_folder", lambda: tmp_path / "no-cache")
    monkeypatch.setattr("fastmlp.experiments.extractors.user_cache", lambda: tmp_path / "user-cache")
    monkeypatch.setattr("fastmlp.datasets.mnist.fetch_mnist", refuse)
    monkeypatch.setattr("fastmlp.datasets.mnist.fetch_fashion_mnist", refuse)
    monkeypatch.setattr("fastmlp.datasets.cifar10.fetch_cifar10", refuse)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def sigint():
    """Python's own handling of Ctrl-C, whatever the tests were started with."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def quick_plots(request, monkeypatch):
    """Make, but do not render, figures in tests that do not ask for `real_plots`: it takes half a second."""
    if "real_plots" not in request.fixturenames:
        monkeypatch.setattr("fastmlp.plots.save_figure", lambda figure, path: path.write_bytes(b""))


@pytest.fixture
def without_cuda(monkeypatch):
    """Be where the extra 'cuda' is not installed, also if other tests have imported it."""
    for module in [name for name in sys.modules if name.startswith("fastmlp.kernels.cuda")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "numba_cuda", None)


@pytest.fixture
def real_plots():
    """Write real PNG files."""


@pytest.fixture
def digits(tmp_path):
    """A folder with 400 + 100 images of 8 x 8 pixels in MNIST's format; bytes go up to 240."""
    bunch = load_digits()
    images, labels = (bunch.images * 15).astype(np.uint8), bunch.target.astype(np.uint8)
    arrays = {
        "X_train": images[:400],
        "y_train": labels[:400],
        "X_test": images[400:500],
        "y_test": labels[400:500],
    }
    mnist_files.write_files(tmp_path / "digits", arrays)
    return tmp_path / "digits"


@pytest.fixture
def cli(capsys):
    """Call the command line; return exit code, output and error output."""

    def call(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as error:  # argparse's way
            code = error.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def train(cli, digits, tmp_path):
    """Run `mnist` quickly on the small digits; return exit code, output, error output, record, folder."""

    def call(*words):
        code, out, err = cli("mnist", "--data", digits, "--out", tmp_path / "out", *QUICK, *words)
        path = tmp_path / "out" / "record.json"
        record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        return code, out, err, record, tmp_path / "out"

    return call
