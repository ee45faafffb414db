"""Where MNIST is looked for, what is refused, and what stands in for it."""

import re
import socket
import threading
import urllib.error
import warnings

import numpy as np
import pytest
import sklearn.datasets

from fastmlp.datasets import load_mnist, mnist, mnist_files, openml

from .idx_format import NAMES
from .openml_server import openml_serving, server_instead_of_openml


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("below", ["", "mnist"])
@pytest.mark.parametrize("named_by", ["option", "variable", "cache"])
def test_found_in_every_place(write, arrays, tmp_path, monkeypatch, zipped, below, named_by):
    base = mnist.user_data_folder() if named_by == "cache" else tmp_path / "given"
    folder = write(arrays, base / below, zipped)
    if named_by == "variable":
        monkeypatch.setenv("FASTMLP_DATA", str(base))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load_mnist(base if named_by == "option" else None, fetch=False)
    assert (data.name, data.is_mnist, data.source) == ("mnist", True, str(folder))
    assert data.X_train.dtype == data.X_test.dtype == np.uint8
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    np.testing.assert_array_equal(data.X_train, arrays["X_train"].reshape(30, 20))
    np.testing.assert_array_equal(data.X_test, arrays["X_test"].reshape(10, 20))
    np.testing.assert_array_equal(data.y_train, arrays["y_train"])
    np.testing.assert_array_equal(data.y_test, arrays["y_test"])
    assert data.X_train.flags.c_contiguous
    assert data.image_shape == (4, 5)
    assert data.input_scale == 1 / 255
    np.testing.assert_array_equal(data.classes, np.unique(np.r_[arrays["y_train"], arrays["y_test"]]))


@pytest.mark.usefixtures("originals")
def test_order_of_the_places(write, arrays, tmp_path, monkeypatch):
    cached = write(arrays, mnist.user_data_folder())
    assert load_mnist().source == str(cached)
    monkeypatch.setenv("FASTMLP_DATA", str(write(arrays, tmp_path / "variable")))
    assert load_mnist().source == str(tmp_path / "variable")
    assert load_mnist(write(arrays, tmp_path / "option")).source == str(tmp_path / "option")


@pytest.mark.usefixtures("originals")
def test_names_with_a_dot(write, arrays):
    folder = write(arrays)
    for path in list(folder.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert load_mnist(folder).is_mnist


def test_option_without_files_is_an_error(write, arrays, tmp_path, monkeypatch):
    monkeypatch.setenv("FASTMLP_DATA", str(write(arrays)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no MNIST in '.*empty'.*train-images-idx3-ubyte.*Name a"):
        load_mnist(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match=r"The folder '.*nowhere' does not exist. Name one that"):
        load_mnist(tmp_path / "nowhere")


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize(("folder", "what"), [("nowhere", "does not exist"), (".", "holds no MNIST")])
def test_variable_without_files_is_named(write, arrays, tmp_path, monkeypatch, folder, what):
    """Also where MNIST is found elsewhere."""
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / folder))
    cached = write(arrays, mnist.user_data_folder())
    with pytest.warns(UserWarning, match=rf"^FASTMLP_DATA names {tmp_path / folder}, which {what}\.$"):
        assert load_mnist().source == str(cached)


def test_one_file_missing(write, arrays):
    folder = write(arrays)
    (folder / NAMES["y_test"]).unlink()
    with pytest.raises(ValueError, match=r"files' lacks t10k-labels-idx1-ubyte \(gzipped or not\)\. Add"):
        load_mnist(folder)


def test_damaged_file_is_no_reason_to_look_elsewhere(write, arrays, monkeypatch):
    folder = write(arrays, mnist.user_data_folder())
    path = folder / NAMES["X_test"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="t10k-images-idx3-ubyte' is truncated"):
        load_mnist()


@pytest.mark.parametrize("count", [0, 29, 31])
def test_labels_that_do_not_match_the_images(write, arrays, count):
    arrays["y_train"] = np.zeros(count, np.uint8)
    with pytest.raises(ValueError, match=rf"30 images, but 'train-labels-idx1-ubyte' beside it {count} lab"):
        load_mnist(write(arrays))


def test_no_images_at_all(write, arrays):
    arrays["X_test"], arrays["y_test"] = arrays["X_test"][:0], arrays["y_test"][:0]
    with pytest.raises(ValueError, match="0 images, but 't10k-labels-idx1-ubyte' beside it 0 labels"):
        load_mnist(write(arrays))


def test_sizes_of_two_data_sets(write, arrays):
    arrays["X_test"] = arrays["X_test"][:, :3]
    with pytest.raises(ValueError, match=r"differ in size: \(4, 5\) for training, \(3, 5\) for testing"):
        load_mnist(write(arrays))


def test_other_images_under_the_same_names_are_not_called_mnist(write, arrays):
    with pytest.warns(UserWarning, match=r"NOT the original MNIST: the images from '.*files'"):
        data = load_mnist(write(arrays))
    assert not data.is_mnist
    assert "NOT MNIST" in data.title
    assert data.name == "mnist-format"


def check_digits(data):
    assert (data.name, data.is_mnist, data.image_shape) == ("digits", False, (8, 8))
    assert "NOT MNIST" in data.title
    assert (len(data.X_train), len(data.X_test)) == (1437, 360)
    assert data.X_train.dtype == np.uint8
    assert data.X_train.shape[1] == 64
    assert data.X_train.max() * data.input_scale == 1
    assert np.bincount(data.y_test).min() >= 34  # stratified


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (urllib.error.URLError(socket.gaierror(-2, "Name not known")), "Name not known"),
        (urllib.error.URLError("no route to host"), "no route to host"),
        (TimeoutError("timed out"), "timed out"),
        (ConnectionResetError(104, "Connection reset"), "Connection reset"),
        (ValueError("bad md5"), "bad md5"),
        (EOFError(), "EOFError"),
    ],
)
def test_no_network(monkeypatch, error, reason):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    said = []
    with pytest.warns(UserWarning, match=rf"NOT MNIST .* openml.org could not be used \({reason}\)"):
        data = load_mnist(report=said.append)
    check_digits(data)
    assert len(said) == 1
    assert "openml.org" in said[0]


def test_fetching_switched_off():
    with pytest.warns(UserWarning, match="NOT MNIST .* switched off"):
        check_digits(load_mnist(fetch=False))


def test_no_substitute(monkeypatch):
    """The message says where MNIST was sought, and what to do."""
    searched = re.escape(repr(str(mnist.user_data_folder())))
    with pytest.raises(
        FileNotFoundError,
        match=rf"^MNIST is not in {searched}, and fetching it was switched off\. Connect to the network, "
        r"or put train-images-idx3-ubyte, .*, t10k-labels-idx1-ubyte from https:.* into a folder and name it",
    ):
        load_mnist(fetch=False, substitute=False)

    def fail(*args, **kwargs):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    with pytest.raises(FileNotFoundError, match=r"and openml.org could not be used \(no route to host\)"):
        load_mnist(substitute=False)


@pytest.mark.usefixtures("originals")
def test_no_substitute_is_needed(write, arrays):
    assert load_mnist(write(arrays), substitute=False).is_mnist


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "HTTP Error 503"), (b"<html>Please log in</html>", "Expecting value"), ("silence", "timed out")],
)
def test_server_that_does_not_serve(monkeypatch, content, reason):
    release = threading.Event()
    monkeypatch.setattr(openml, "TIMEOUT", 0.1)

    def answer(path):
        if content == "silence":
            release.wait(20)
            return b""
        return content

    with server_instead_of_openml(monkeypatch, answer):
        with pytest.warns(UserWarning, match=rf"NOT MNIST .* openml.org could not be used \(.*{reason}"):
            check_digits(load_mnist())
        release.set()


@pytest.mark.usefixtures("originals")
def test_server_that_serves(monkeypatch, arrays):
    pixels = np.concatenate([arrays["X_train"], arrays["X_test"]]).reshape(40, 20)
    said = []
    with openml_serving(monkeypatch, "mnist_784", pixels, np.r_[arrays["y_train"], arrays["y_test"]]):
        data = load_mnist(report=said.append)
    assert data.is_mnist
    assert len(said) == 1
    np.testing.assert_array_equal(data.X_train, arrays["X_train"].reshape(30, 20))
    np.testing.assert_array_equal(data.X_test, arrays["X_test"].reshape(10, 20))
    np.testing.assert_array_equal(data.y_train, arrays["y_train"])
    np.testing.assert_array_equal(data.y_test, arrays["y_test"])


def openml_bunch(arrays, dtype):
    pixels = np.concatenate([arrays["X_train"], arrays["X_test"]]).reshape(40, 20)
    labels = np.r_[arrays["y_train"], arrays["y_test"]]
    return sklearn.utils.Bunch(data=pixels.astype(dtype), target=labels.astype(str).astype(object))


@pytest.mark.usefixtures("originals")
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_fetched_once_and_kept(monkeypatch, arrays, dtype):
    calls = []

    def fetch(name, **options):
        calls.append((name, options["version"]))
        return openml_bunch(arrays, dtype)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    fetched, again = load_mnist(), load_mnist()
    assert calls == [("mnist_784", 1)]
    assert fetched.is_mnist
    assert "openml" in fetched.source
    assert again.source == str(mnist.user_data_folder() / "mnist")
    for name in ("X_train", "y_train", "X_test", "y_test"):
        np.testing.assert_array_equal(getattr(fetched, name), getattr(again, name))
        assert getattr(fetched, name).dtype == getattr(again, name).dtype
    np.testing.assert_array_equal(fetched.y_test, arrays["y_test"])
    assert [p.name for p in mnist.user_data_folder().iterdir()] == ["mnist"]  # no temporary folder left


@pytest.mark.usefixtures("originals")
def test_fetched_where_nothing_can_be_kept(monkeypatch, arrays, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: openml_bunch(arrays, np.int64))
    assert load_mnist().is_mnist


@pytest.mark.parametrize("change", ["shape", "fraction", "label"])
@pytest.mark.usefixtures("originals")
def test_fetched_something_of_another_kind(monkeypatch, arrays, change):
    bunch = openml_bunch(arrays, np.float64)
    if change == "shape":
        bunch.data = bunch.data[:, 1:]
    elif change == "fraction":
        bunch.data[3, 4] += 0.5
    else:
        bunch.target[0] = "seven"
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: bunch)
    with pytest.warns(UserWarning, match=r"openml.org could not be used \(.*(is not MNIST|seven)"):
        check_digits(load_mnist())
    assert not mnist.user_data_folder().exists()


@pytest.mark.usefixtures("originals")
def test_fetched_other_images(monkeypatch, arrays):
    bunch = openml_bunch(arrays, np.float64)
    bunch.data[3, 4] = 255 - bunch.data[3, 4]
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: bunch)
    with pytest.warns(UserWarning, match="NOT the original MNIST: the images from 'openml.org"):
        assert not load_mnist().is_mnist


def test_write_files_is_read_back_and_never_overwrites(tmp_path, arrays):
    mnist_files.write_files(tmp_path, arrays)
    read = mnist_files.read_files(mnist_files.find_files(tmp_path))
    for key, data in arrays.items():
        np.testing.assert_array_equal(read[key], data)
    with pytest.raises(OSError, match="mnist"):
        mnist_files.write_files(tmp_path, arrays)
    assert [p.name for p in tmp_path.iterdir()] == ["mnist"]
