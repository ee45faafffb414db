"""Fashion-MNIST is looked for as MNIST is, and the two are never taken for each other."""

import os
import re
import urllib.error
import warnings

import numpy as np
import pytest
import sklearn.datasets

from fastmlp.datasets import load_fashion_mnist, load_mnist
from fastmlp.datasets.mnist_files import FASHION_MNIST, find_files
from fastmlp.datasets.places import user_data_folder

from .idx_format import NAMES
from .openml_server import openml_serving

DATA = os.environ.get("FASTMLP_DATA")  # before the tests' own fixture hides it
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def check(data, clothes):
    assert (data.name, data.title, data.is_mnist) == ("fashion-mnist", "Fashion-MNIST", False)
    assert data.class_names == CLASSES
    assert (data.image_shape, data.input_scale) == ((4, 5), 1 / 255)
    for part, n in (("train", 30), ("test", 10)):
        X, y = getattr(data, f"X_{part}"), getattr(data, f"y_{part}")
        np.testing.assert_array_equal(X, clothes[f"X_{part}"].reshape(n, 20))
        np.testing.assert_array_equal(y, clothes[f"y_{part}"])
        assert (X.dtype, y.dtype) == (np.uint8, np.int64)


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("below", ["", "fashion-mnist"])
@pytest.mark.parametrize("named_by", ["option", "variable", "cache"])
def test_found_in_every_place(write, clothes, tmp_path, monkeypatch, zipped, below, named_by):
    base = user_data_folder() if named_by == "cache" else tmp_path / "given"
    folder = write(clothes, base / below, zipped)
    if named_by == "variable":
        monkeypatch.setenv("FASTMLP_DATA", str(base))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load_fashion_mnist(base if named_by == "option" else None, fetch=False)
    assert data.source == str(folder)
    check(data, clothes)


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize("zipped", [False, True])
def test_side_by_side_with_mnist(write, arrays, clothes, tmp_path, zipped):
    for below, data in (("mnist", arrays), ("fashion-mnist", clothes)):
        write(data, tmp_path / "both" / below, zipped)
    check(load_fashion_mnist(tmp_path / "both"), clothes)
    np.testing.assert_array_equal(load_mnist(tmp_path / "both").y_test, arrays["y_test"])


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize("below", ["", "fashion-mnist", "mnist"])
def test_mnist_is_never_taken_for_it_nor_the_reverse(write, arrays, clothes, tmp_path, below):
    """Not even in the folder that has the other one's name."""
    write(arrays, tmp_path / "digits" / below)
    write(clothes, tmp_path / "clothes" / below)
    with pytest.raises(
        FileNotFoundError, match=r"no Fashion-MNIST in '.*digits'.*Fashion-MNIST's own train-im"
    ):
        load_fashion_mnist(tmp_path / "digits")
    with pytest.raises(FileNotFoundError, match=r"no MNIST in '.*clothes'.*MNIST's own train-images"):
        load_mnist(tmp_path / "clothes")


@pytest.mark.usefixtures("originals")
def test_search_goes_on_behind_the_other_data_set(write, arrays, clothes, tmp_path, monkeypatch):
    write(arrays, tmp_path / "mixed" / "fashion-mnist")
    check(load_fashion_mnist(write(clothes, tmp_path / "mixed")), clothes)
    monkeypatch.setenv("FASTMLP_DATA", str(write(arrays)))
    cached = write(clothes, user_data_folder())
    with pytest.warns(UserWarning, match="holds no Fashion-MNIST") as caught:
        data = load_fashion_mnist()
    assert data.source == str(cached)
    assert caught[0].filename == __file__


@pytest.mark.usefixtures("originals")
def test_other_images_under_the_same_names(write, clothes):
    clothes["X_train"][3, 1, 2] ^= 1
    with pytest.warns(UserWarning, match=r"NOT the original Fashion-MNIST: .*'.*files'") as caught:
        data = load_fashion_mnist(write(clothes))
    assert caught[0].filename == __file__
    assert (data.name, data.class_names) == ("fashion-mnist-format", ())
    assert "NOT Fashion-MNIST" in data.title


@pytest.mark.parametrize("key", NAMES)
def test_one_file_missing(write, clothes, key):
    folder = write(clothes)
    (folder / NAMES[key]).unlink()
    with pytest.raises(ValueError, match=rf"files' lacks {NAMES[key]} \(gzipped or not\)\. Add"):
        load_fashion_mnist(folder)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("key", NAMES)
def test_damaged_file(write, clothes, key, zipped):
    folder = write(clothes, zipped=zipped)
    path = folder / (NAMES[key] + (".gz" if zipped else ""))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=rf"{path.name}' is truncated.*fetch it again"):
        load_fashion_mnist(folder)


def test_option_without_files_is_an_error(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no Fashion-MNIST in .* its subfolder 'fashion-mnist' holds"
    ):
        load_fashion_mnist(tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"nowhere' does not exist. Name one that holds Fashion-MNIST's"
    ):
        load_fashion_mnist(tmp_path / "nowhere")


@pytest.mark.usefixtures("originals")
def test_fetched_once_and_kept(monkeypatch, clothes):
    pixels = np.concatenate([clothes["X_train"], clothes["X_test"]]).reshape(40, 20)
    said = []
    with openml_serving(monkeypatch, "Fashion-MNIST", pixels, np.r_[clothes["y_train"], clothes["y_test"]]):
        data = load_fashion_mnist(report=said.append)
    check(data, clothes)
    assert data.source == "openml.org, Fashion-MNIST version 1"
    assert len(said) == 1
    assert said[0].startswith("Fashion-MNIST is in no folder searched: fetching it from openml.org")
    again = load_fashion_mnist(fetch=False)  # with no server left
    assert again.source == str(user_data_folder() / "fashion-mnist")
    check(again, clothes)


def test_nowhere(monkeypatch):
    """Nothing stands in for it: the message says where it was sought, and what to do."""

    def fail(*args, **kwargs):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    searched = re.escape(repr(str(user_data_folder())))
    remedy = (
        r"Connect to the network, or put train-images-idx3-ubyte, .* from https://github.com/zalandoresearch"
    )
    with pytest.raises(
        FileNotFoundError, match=rf"^Fashion-MNIST is not in {searched}, .* \(no route to host\)\. {remedy}"
    ):
        load_fashion_mnist()
    with pytest.raises(FileNotFoundError, match="and fetching it was switched off"):
        load_fashion_mnist(fetch=False)


@pytest.mark.real_data
@pytest.mark.skipif(
    not DATA or find_files(DATA, FASHION_MNIST) is None,
    reason="FASTMLP_DATA names no folder with Fashion-MNIST",
)
def test_real_data():
    data = load_fashion_mnist(DATA)
    assert (data.X_train.shape, data.X_test.shape) == ((60_000, 784), (10_000, 784))
    assert (data.name, data.class_names) == ("fashion-mnist", CLASSES)
    np.testing.assert_array_equal(np.bincount(data.y_train), [6000] * 10)
    np.testing.assert_array_equal(np.bincount(data.y_test), [1000] * 10)
    assert round(data.X_train.mean() / 255, 4) == 0.2860
