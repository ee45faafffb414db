"""What all extractors share: shapes of images, progress, and features kept on disk."""

import pickle
import warnings

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from fastmlp.features import extraction
from fastmlp.features.extraction import ImageFeatures

BATCH = 5  # images


class Means(ImageFeatures):
    """An extractor as small as can be: `scale` times the means of the channels."""

    def __init__(self, scale=1.0, input_shape=None, memory=None, verbose=False):
        self.scale = scale
        self.input_shape = input_shape
        self.memory = memory
        self.verbose = verbose

    def fit(self, X, y=None):
        self._learn_shape(X)
        if self.scale == 0:
            raise ValueError("scale=0")
        self._scale = self.scale
        return self

    def _identity(self):
        return (self._scale,)

    def _extract(self, X, report):
        features = []
        for first in range(0, len(X), BATCH):
            images = X[first : first + BATCH].reshape(-1, *self.image_shape_)
            features.append(self._scale * images.mean(axis=(1, 2), dtype=np.float32))
            report(min(first + BATCH, len(X)))
        return np.concatenate(features)

    @property
    def _n_features_out(self):
        self._scale  # noqa: B018 - there are none before `fit`
        return self.image_shape_[2]


def images_of(n=12, height=4, width=3, channels=2, dtype=np.uint8, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (n, height, width, channels)).astype(dtype)


class NotComputed(Exception):
    """Raised in the place of computing features."""


@pytest.fixture
def computed(monkeypatch):
    """`computed(model, X)` says whether `transform` computes features, rather than finding them."""

    def fail(self, X, report):
        raise NotComputed

    def computed(model, X):
        with monkeypatch.context() as patch:
            patch.setattr(type(model), "_extract", fail)
            try:
                model.transform(X)
            except NotComputed:
                return True
        return False

    return computed


def test_rows_and_images_agree():
    images = images_of()
    expected = images.mean(axis=(1, 2), dtype=np.float32)
    rows = images.reshape(12, -1)
    model = Means().fit(images)
    assert (model.image_shape_, model.n_features_in_) == ((4, 3, 2), 24)
    assert_array_equal(model.transform(images), expected)
    assert_array_equal(model.transform(rows), expected)
    assert_array_equal(Means(input_shape=[4, 3, 2]).fit_transform(rows.tolist()), expected)
    assert_array_equal(Means(input_shape=(4, 3, 2)).fit_transform(images), expected)


@pytest.mark.parametrize(
    ("input_shape", "X", "message"),
    [
        (None, images_of().reshape(12, -1), r"give their shape as input_shape=\(height, width, channels\)"),
        ((24,), images_of().reshape(12, -1), r"input_shape=\(24,\) must be \(height, width, channels\)"),
        ((4, 3, 1), images_of().reshape(12, -1), "has 12 elements, but X has 24 features"),
        ((4, 3, -2), images_of().reshape(12, -1), "must be integers above zero"),
        ((4, 3.0, 2), images_of().reshape(12, -1), "must be integers above zero"),
        ((3, 4, 2), images_of(), r"images of shape \(4, 3, 2\), but input_shape is \(3, 4, 2\)"),
        (None, images_of()[0], "dim 3"),
        (None, images_of()[:0], "0 sample"),
        (None, images_of()[:, :0], "0 feature"),
        (None, np.full((2, 4, 3, 2), np.nan), "contains NaN"),
        (None, np.full((2, 4, 3, 2), np.inf), "contains infinity"),
        (None, np.full((2, 4, 3, 2), "a"), "could not convert"),
    ],
)
def test_errors_of_fit(input_shape, X, message):
    with pytest.raises(ValueError, match=message):
        Means(input_shape=input_shape).fit(X)


def test_errors_of_transform():
    model = Means().fit(images_of())
    with pytest.raises(ValueError, match=r"images of shape \(3, 4, 2\), but input_shape is \(4, 3, 2\)"):
        model.transform(images_of(height=3, width=4))
    with pytest.raises(ValueError, match="10 features, but Means is expecting 24"):
        model.transform(np.zeros((2, 10)))
    with pytest.raises(ValueError, match="contains NaN"):
        model.transform(np.full((1, 24), np.nan))


def test_a_fit_that_fails_leaves_no_fitted_extractor():
    model = Means(scale=0)
    with pytest.raises(ValueError, match="scale=0"):
        model.fit(images_of())
    with pytest.raises(NotFittedError):
        model.transform(images_of())
    with pytest.raises(NotFittedError):
        model.get_feature_names_out()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_images_are_not_copied(monkeypatch, dtype):
    images, seen = images_of(dtype=dtype), []
    monkeypatch.setattr(Means, "_extract", lambda self, X, report: seen.append(X) or X)
    Means().fit(images).transform(images)
    assert np.shares_memory(seen[0], images)
    assert seen[0].dtype == dtype


def test_a_callable_hears_of_every_batch():
    heard = []
    Means(verbose=lambda done, n: heard.append((done, n))).fit_transform(images_of(12))
    assert heard == [(5, 12), (10, 12), (12, 12)]


def test_progress_is_printed_now_and_then(monkeypatch, capsys):
    images, clock = images_of(12 * BATCH), iter([0, *range(4, 1000, 4)])
    model = Means(verbose=True).fit(images)
    monkeypatch.setattr(extraction, "monotonic", lambda: next(clock))
    model.transform(images)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "[Means] 60 of 60 images"
    assert 2 < len(lines) < 12
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == sorted(set(numbers))
    model.set_params(verbose=False).transform(images)
    assert capsys.readouterr().out == ""


def test_quick_work_prints_one_line(capsys):
    Means(verbose=1).fit_transform(np.zeros((1300, 1, 1, 1), np.uint8))
    assert capsys.readouterr().out == "[Means] 1,300 of 1,300 images\n"


def test_an_error_of_the_callable_is_the_users():
    def stop(done, n):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Means(verbose=stop).fit_transform(images_of())


@pytest.mark.parametrize("make", [str, lambda path: joblib.Memory(path, verbose=0)])
def test_features_are_kept(tmp_path, computed, capsys, make):
    images, folder = images_of(), tmp_path / "new" / "folder"
    model = Means(memory=make(folder), verbose=True).fit(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = model.transform(images)
        assert "12 of 12" in capsys.readouterr().out
        again = model.transform(images)
    assert capsys.readouterr().out == ""
    assert_array_equal(again, expected)
    assert again.dtype == np.float32
    assert not computed(model, images)
    assert not computed(model, images.copy().reshape(12, -1))
    assert not computed(clone(model).fit(images), images)
    assert not computed(pickle.loads(pickle.dumps(model)), images)
    assert not computed(clone(model).set_params(verbose=False).fit(images[:1]), images)
    for other in (images[:11], images[::-1], images + np.uint8(1), images.astype(np.float32)):
        assert computed(model, other)


def test_what_is_kept_is_told_apart(tmp_path, computed, monkeypatch):
    images = images_of()
    model = Means(memory=str(tmp_path)).fit(images)
    model.transform(images)
    assert computed(Means(2.0, memory=str(tmp_path)).fit(images), images)
    other_shape = images.reshape(12, 3, 4, 2)
    assert computed(Means(memory=str(tmp_path)).fit(other_shape), other_shape)
    assert computed(type("Others", (Means,), {})(memory=str(tmp_path)).fit(images), images)
    assert computed(Means(memory=str(tmp_path / "other")).fit(images), images)
    monkeypatch.setattr(extraction, "__version__", "another")
    assert computed(model, images)


def test_a_parameter_that_was_changed_after_fit_does_not_mislead(tmp_path):
    images = images_of()
    model = Means(memory=str(tmp_path)).fit(images)
    model.set_params(scale=2.0).transform(images)  # `fit` has not seen this one
    expected = Means(2.0).fit_transform(images)
    assert_array_equal(Means(2.0, memory=str(tmp_path)).fit_transform(images), expected)


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: b"", lambda data: b"x" + data])
def test_a_damaged_file_is_computed_again(tmp_path, computed, caplog, damage):
    images = images_of()
    model = Means(memory=str(tmp_path)).fit(images)
    expected = model.transform(images)
    (path,) = tmp_path.rglob("output.pkl")
    path.write_bytes(damage(path.read_bytes()))
    assert_array_equal(model.transform(images), expected)
    assert "Exception while loading results" in caplog.text  # joblib says so
    assert not computed(model, images)


def test_a_folder_that_cannot_be_written_to_is_named_before_any_work(tmp_path, computed):
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "folder")
    message = r"Cannot write to the folder '.*folder': '.*file' is a file\. Choose another folder\."
    with pytest.raises(OSError, match=message):
        Means(memory=folder).fit(images_of())
    model = Means().fit(images_of()).set_params(memory=folder)
    with pytest.raises(OSError, match=message):
        computed(model, images_of())
    (tmp_path / "file").unlink()
    assert computed(model, images_of())


def test_one_folder_serves_processes_and_extractors(tmp_path):
    images = images_of()
    models = [Means(scale, memory=str(tmp_path)).fit(images) for scale in (1.0, 2.0, 3.0)]
    for _ in range(2):
        for model in models:
            assert_array_equal(
                model.transform(images), clone(model).set_params(memory=None).fit_transform(images)
            )
    assert len(list(tmp_path.rglob("output.pkl"))) == 3
