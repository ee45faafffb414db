"""Where CIFAR-10 is looked for, what is refused, and that every form of it gives the same arrays."""

import builtins
import os
import pickle
import re
import tarfile
import urllib.error
import warnings

import numpy as np
import pytest
import sklearn.datasets

from fastmlp.datasets import load_cifar10, openml
from fastmlp.datasets.cifar10_files import find_files
from fastmlp.datasets.places import user_data_folder

from .cifar10_format import ARCHIVES, BATCHES, FOLDERS, WRITE, batch_files, write_archive, write_folder
from .openml_server import openml_serving

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
DATA = os.environ.get("FASTMLP_DATA")  # before the tests' own fixture hides it


@pytest.fixture
def batches():
    """Six batches of 8 random images each: all labels occur."""
    rng = np.random.RandomState(0)
    labels = rng.permutation(np.arange(48) % 10).astype(np.uint8).reshape(6, 8)
    return {
        name: (rng.randint(0, 256, (8, 3072)).astype(np.uint8), y)
        for name, y in zip(BATCHES, labels, strict=True)
    }


@pytest.fixture
def expected(batches):
    """The arrays that must be loaded; images are taken apart pixel by pixel."""
    arrays = {}
    for part, names in (("train", BATCHES[:5]), ("test", BATCHES[5:])):
        pixels = np.concatenate([batches[name][0] for name in names])
        images = np.empty((len(pixels), 32, 32, 3), np.uint8)
        for channel in range(3):
            for row in range(32):
                start = 1024 * channel + 32 * row
                images[:, row, :, channel] = pixels[:, start : start + 32]
        arrays[f"X_{part}"] = images
        arrays[f"y_{part}"] = np.concatenate([batches[name][1] for name in names])
    return arrays


def check(data, expected):
    for key, array in expected.items():
        np.testing.assert_array_equal(getattr(data, key), array)
    assert data.X_train.dtype == data.X_test.dtype == np.uint8
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    assert data.X_train.flags.c_contiguous
    assert data.X_test.flags.c_contiguous
    assert (data.name, data.title, data.is_mnist) == ("cifar10", "CIFAR-10", False)
    assert (data.image_shape, data.input_scale) == ((32, 32, 3), 1 / 255)
    assert data.class_names == NAMES


@pytest.mark.parametrize("kind", ["bin", "py"])
@pytest.mark.parametrize("form", ["folder", "archive"])
@pytest.mark.parametrize("below", ["", "cifar10"])
@pytest.mark.parametrize("named_by", ["option", "variable", "cache"])
def test_found_in_every_place_and_form(batches, expected, tmp_path, monkeypatch, kind, form, below, named_by):
    base = user_data_folder() if named_by == "cache" else tmp_path / "given"
    path = WRITE[form](base / below, kind, batch_files(batches, kind))
    if named_by == "variable":
        monkeypatch.setenv("FASTMLP_DATA", str(base))
    files = sorted(base.rglob("*"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load_cifar10(base if named_by == "option" else None, fetch=False)
    assert data.source == str(path)
    check(data, expected)
    assert sorted(base.rglob("*")) == files  # nothing is unpacked


def test_order_of_the_places(batches, tmp_path, monkeypatch):
    files = batch_files(batches, "bin")
    cached = write_folder(user_data_folder(), "bin", files)
    assert load_cifar10().source == str(cached)
    variable = write_folder(tmp_path / "variable", "bin", files)
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / "variable"))
    assert load_cifar10().source == str(variable)
    option = write_folder(tmp_path / "option", "bin", files)
    assert load_cifar10(tmp_path / "option").source == str(option)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle(batches, expected, tmp_path, protocol):
    write_folder(tmp_path, "py", batch_files(batches, "py", protocol))
    check(load_cifar10(tmp_path), expected)


def test_pickles_of_python_2(batches, expected, tmp_path):
    """They name NumPy's old module, and their strings and array contents are byte strings of Python 2."""
    files = {}
    for name, (pixels, labels) in batches.items():
        rows = b"".join(b"K" + bytes([label]) for label in labels)
        files[name] = (
            b"\x80\x02}(U\x06labels](" + rows + b"eU\x04datacnumpy.core.multiarray\n_reconstruct\n"
            b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x08M\x00\x0c\x86"
            b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
            b"T" + pixels.size.to_bytes(4, "little") + pixels.tobytes() + b"tbu."
        )
    write_folder(tmp_path, "py", files)
    check(load_cifar10(tmp_path), expected)


def test_option_without_files_is_an_error(batches, tmp_path, monkeypatch):
    write_folder(tmp_path / "variable", "bin", batch_files(batches, "bin"))
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / "variable"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no CIFAR-10 in '.*empty'.*cifar-10-batches-bin.*Name a"):
        load_cifar10(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match=r"The folder '.*nowhere' does not exist. Name one that"):
        load_cifar10(tmp_path / "nowhere")


@pytest.mark.parametrize(("folder", "what"), [("nowhere", "does not exist"), (".", "holds no CIFAR-10")])
def test_variable_without_files_is_named(batches, tmp_path, monkeypatch, folder, what):
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / folder))
    cached = write_folder(user_data_folder(), "bin", batch_files(batches, "bin"))
    message = rf"^FASTMLP_DATA names {re.escape(str(tmp_path / folder))}, which {what}\.$"
    with pytest.warns(UserWarning, match=message) as caught:
        assert load_cifar10().source == str(cached)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", ["bin", "py"])
@pytest.mark.parametrize("form", ["folder", "archive"])
class TestRefused:
    """The message names the file and the remedy; no other place is tried."""

    @pytest.fixture
    def refused(self, kind, form, tmp_path):
        def refused(files, batch, what):
            path = WRITE[form](tmp_path, kind, files)
            name = batch + {"bin": ".bin", "py": ""}[kind]
            file = re.escape(repr(str(path / name if form == "folder" else path)))
            inside = f"is damaged: in it, {name} " if form == "archive" else ""
            with pytest.raises(ValueError, match=f"^The file {file} {inside}.*{what}.*fetch it again"):
                load_cifar10(tmp_path)

        return refused

    def test_label_beyond_the_classes(self, refused, batches, kind):
        batches["data_batch_4"][1][3] = 10
        files = batch_files(batches, kind)
        refused(files, "data_batch_4", "label 10, but CIFAR-10's are 0 to 9")

    @pytest.mark.parametrize("kept", [0, 1, -1])
    def test_truncated_batch(self, refused, batches, kind, kept):
        files = batch_files(batches, kind)
        name = next(name for name in files if name.startswith("data_batch_2"))
        files[name] = files[name][:kept]
        what = {"bin": "truncated or damaged: its .* multiple of 3,073", "py": "no intact pickle"}[kind]
        refused(files, "data_batch_2", what)

    def test_web_page_saved_under_the_name(self, refused, batches, kind):
        files = batch_files(batches, kind)
        files[next(name for name in files if name.startswith("test_batch"))] = files["readme.html"]
        refused(files, "test_batch", "")

    def test_batches_missing(self, batches, tmp_path, kind, form):
        for name in ("data_batch_3", "test_batch"):
            del batches[name]
        path = WRITE[form](tmp_path, kind, batch_files(batches, kind))
        end = {"bin": r"\.bin", "py": ""}[kind]
        what = f"{re.escape(repr(str(path)))} lacks data_batch_3{end} and test_batch{end}\\. "
        with pytest.raises(ValueError, match=what):
            load_cifar10(tmp_path)


@pytest.mark.parametrize("lost", [1, 8, 9, 3000, 100_000])
def test_truncated_archive(batches, tmp_path, lost):
    path = write_archive(tmp_path, "bin", batch_files(batches, "bin"))
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(
        ValueError, match=rf"{re.escape(str(path))}' is truncated or damaged .*fetch it again"
    ):
        load_cifar10(tmp_path)


@pytest.mark.parametrize("place", [0, 5000, -6])
def test_damaged_archive(batches, tmp_path, place):
    path = write_archive(tmp_path, "py", batch_files(batches, "py"))
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF  # the last one is in the checksum
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(repr(str(path)))):
        load_cifar10(tmp_path)


def test_links_in_an_archive_are_not_followed(tmp_path):
    with tarfile.open(tmp_path / ARCHIVES["bin"], "w:gz") as archive:
        for name in BATCHES:
            link = tarfile.TarInfo(f"{FOLDERS['bin']}/{name}.bin")
            link.type, link.linkname = tarfile.SYMTYPE, __file__
            archive.addfile(link)
    with pytest.raises(ValueError, match=r"lacks data_batch_1\.bin and .* and test_batch\.bin"):
        load_cifar10(tmp_path)


class _Call:
    """A pickle of it calls a function when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, builtins.eval, np.save, pickle.loads])
def test_pickles_run_no_code(batches, tmp_path, function):
    files = batch_files(batches, "py")
    files["data_batch_5"] = pickle.dumps({b"data": _Call(function, str(tmp_path / "made")), b"labels": []}, 2)
    write_folder(tmp_path, "py", files)
    with pytest.raises(ValueError, match=r"data_batch_5' is no intact pickle .*asks for .*no array needs"):
        load_cifar10(tmp_path)
    assert not (tmp_path / "made").exists()


PIXELS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([1, 2], "no pickled dict with b'data' and b'labels'"),
        ({b"data": PIXELS}, "no pickled dict"),
        ({b"data": PIXELS, b"labels": [[1], [2, 3]]}, "no pickled dict"),
        ({b"data": PIXELS[:, 1:], b"labels": [1, 2]}, "no array of uint8 with 3,072 columns"),
        ({b"data": PIXELS.astype(float), b"labels": [1, 2]}, "no array of uint8"),
        ({b"data": [1, 2], b"labels": [1, 2]}, "no array of uint8"),
        ({b"data": PIXELS, b"labels": [1]}, "2 images and b'labels' that are not one whole number for each"),
        ({b"data": PIXELS, b"labels": [1.0, 2.0]}, "2 images and b'labels' that are not one whole"),
        ({b"data": PIXELS[:0], b"labels": []}, "0 images"),
        ({b"data": PIXELS, b"labels": [1, -1]}, "label -1"),
        ({b"data": PIXELS, b"labels": [1, 256]}, "label 256"),
    ],
)
def test_pickles_of_other_things(batches, tmp_path, content, what):
    files = batch_files(batches, "py")
    files["test_batch"] = pickle.dumps(content, 2)
    write_folder(tmp_path, "py", files)
    with pytest.raises(ValueError, match=rf"test_batch' .*{what}"):
        load_cifar10(tmp_path)


@pytest.mark.parametrize("classes", [("airplane", "automobile"), ["truck", "bird", "airplane"], ("cat",)])
def test_some_classes(batches, expected, tmp_path, classes):
    write_folder(tmp_path, "bin", batch_files(batches, "bin"))
    data = load_cifar10(tmp_path, classes=classes)
    for part in ("train", "test"):
        rows = [i for i, label in enumerate(expected[f"y_{part}"]) if NAMES[label] in classes]
        np.testing.assert_array_equal(getattr(data, f"X_{part}"), expected[f"X_{part}"][rows])
        labels = [classes.index(NAMES[expected[f"y_{part}"][i]]) for i in rows]
        np.testing.assert_array_equal(getattr(data, f"y_{part}"), labels)
    assert len(data.X_train) > 0
    assert data.class_names == tuple(classes)
    assert data.title == f"CIFAR-10 ({', '.join(classes)})"


def test_all_classes_in_another_order(batches, expected, tmp_path):
    write_folder(tmp_path, "bin", batch_files(batches, "bin"))
    data = load_cifar10(tmp_path, classes=NAMES[::-1])
    np.testing.assert_array_equal(data.X_train, expected["X_train"])
    np.testing.assert_array_equal(data.y_train, 9 - expected["y_train"].astype(int))
    assert data.class_names == NAMES[::-1]


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        (("airplane", "car"), "'car' is no class of CIFAR-10"),
        ((3,), "3 is no class of CIFAR-10"),
        ("plane", "'plane' is no class of CIFAR-10"),
        ((), "none is named"),
        (("cat", "dog", "cat"), "or one twice"),
    ],
)
def test_unknown_classes(tmp_path, classes, what):
    """Refused before anything is searched or fetched."""
    message = f"classes={re.escape(repr(classes))}: .*{what}.* Choose from {', '.join(NAMES)}"
    with pytest.raises(ValueError, match=message):
        load_cifar10(tmp_path / "nowhere", classes=classes)


@pytest.fixture
def small_openml(monkeypatch):
    """Let 40 + 8 images pass for OpenML's data set."""
    monkeypatch.setattr(openml, "N_TRAIN_CIFAR10", 40)
    monkeypatch.setattr(openml, "N_TEST_CIFAR10", 8)


def table(batches):
    """Pixels and labels as OpenML orders them."""
    return tuple(np.concatenate([batches[name][i] for name in BATCHES]) for i in (0, 1))


@pytest.mark.usefixtures("small_openml")
def test_server_that_serves(monkeypatch, batches, expected):
    said = []
    with openml_serving(monkeypatch, "CIFAR_10", *table(batches)):
        data = load_cifar10(report=said.append)
    check(data, expected)
    assert data.source == "openml.org, CIFAR_10 version 1"
    assert len(said) == 1
    assert "openml.org" in said[0]


def openml_bunch(batches, dtype=np.float64):
    pixels, labels = table(batches)
    return sklearn.utils.Bunch(data=pixels.astype(dtype), target=labels.astype(str).astype(object))


@pytest.mark.usefixtures("small_openml")
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_fetched_once_and_kept(monkeypatch, batches, expected, dtype):
    calls = []

    def fetch(name, **options):
        calls.append((name, options["version"]))
        return openml_bunch(batches, dtype)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    fetched, again = load_cifar10(classes=("cat", "dog")), load_cifar10()
    assert calls == [("CIFAR_10", 1)]
    assert fetched.class_names == ("cat", "dog")
    assert again.source == str(user_data_folder() / "cifar10" / "cifar-10-batches-bin")
    check(again, expected)
    assert [p.name for p in user_data_folder().iterdir()] == ["cifar10"]  # no temporary folder left
    files = batch_files(batches, "bin")
    for path in (user_data_folder() / "cifar10" / "cifar-10-batches-bin").iterdir():
        assert path.read_bytes() == files[path.name]


@pytest.mark.usefixtures("small_openml")
def test_fetched_where_nothing_can_be_kept(monkeypatch, batches, expected, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: openml_bunch(batches))
    check(load_cifar10(), expected)


@pytest.mark.usefixtures("small_openml")
@pytest.mark.parametrize(
    ("change", "reason"),
    [("shape", "is not CIFAR-10"), ("fraction", "is not CIFAR-10"), ("word", "seven"), ("label", "label 10")],
)
def test_fetched_something_of_another_kind(monkeypatch, batches, change, reason):
    bunch = openml_bunch(batches)
    if change == "shape":
        bunch.data = bunch.data[:, 1:]
    elif change == "fraction":
        bunch.data[3, 4] += 0.5
    else:
        bunch.target[0] = {"word": "seven", "label": "10"}[change]
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: bunch)
    with pytest.raises(FileNotFoundError, match=f"openml.org .*{reason}"):
        load_cifar10()
    assert not user_data_folder().exists()


def test_nowhere(monkeypatch, tmp_path):
    """Nothing stands in for CIFAR-10: the message says where it was sought, and what to do."""

    def fail(*args, **kwargs):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fail)
    searched = re.escape(repr(str(user_data_folder())))
    remedy = "Connect to the network, or put cifar-10-binary.tar.gz or cifar-10-python.tar.gz from http"
    with pytest.raises(FileNotFoundError, match=rf"not in {searched}, .* \(no route to host\)\. {remedy}"):
        load_cifar10()
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path))
    both = f"{re.escape(repr(str(tmp_path)))} or {searched}"
    with (
        pytest.warns(UserWarning, match="holds no CIFAR-10"),
        pytest.raises(FileNotFoundError, match=rf"not in {both}, and fetching it was switched off\. Connect"),
    ):
        load_cifar10(fetch=False)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA or find_files(DATA) is None, reason="FASTMLP_DATA names no folder with CIFAR-10")
def test_real_data():
    data = load_cifar10(DATA)
    assert (data.X_train.shape, data.X_test.shape) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3))
    np.testing.assert_array_equal(np.bincount(data.y_train), [5000] * 10)
    np.testing.assert_array_equal(np.bincount(data.y_test), [1000] * 10)
    means = data.X_train.mean(axis=(0, 1, 2)) * data.input_scale
    np.testing.assert_array_equal(means.round(4), [0.4914, 0.4822, 0.4465])
