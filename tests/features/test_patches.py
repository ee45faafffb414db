"""Features of images from learned patterns, against loops, and as a transformer of scikit-learn."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from fastmlp._validation import KEPT
from fastmlp.features import PatchFeatures, patches

#: float32 distances of whitened patches are differences of sums of about 100 terms.
RTOL, ATOL = 1e-4, 1e-3


def images_of(n=12, height=9, width=8, channels=3, dtype=np.uint8, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (n, height, width, channels)).astype(dtype)


def small(**parameters):
    return PatchFeatures(
        **{"n_patterns": 7, "patch_size": 3, "n_patches": 300, "random_state": 0, **parameters}
    )


def features_by_loops(model, images):
    """The definition, patch by patch in float64."""
    size, stride = model.patch_size, model.stride
    features = []
    for image in images.astype(np.float64):
        rows = range(0, image.shape[0] - size + 1, stride)
        columns = range(0, image.shape[1] - size + 1, stride)
        sums = np.zeros((2, 2, len(model.centroids_)))
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                patch = image[row : row + size, column : column + size].ravel()
                patch = (patch - patch.mean()) / np.sqrt(patch.var() + model.contrast_eps)
                white = model.whitening_.astype(np.float64) @ (patch - model.mean_)
                z = np.array([np.linalg.norm(white - centroid) for centroid in model.centroids_])
                lower, right = i >= len(rows) / 2, j >= len(columns) / 2
                sums[int(lower), int(right)] += np.maximum(0, z.mean() - z)
        features.append(sums.ravel())
    return np.array(features)


def test_contrast_is_normalised():
    p = np.random.RandomState(0).uniform(0, 255, (5, 27))
    expected = [(row - row.mean()) / np.sqrt(row.var() + 10) for row in p]
    patches.normalize_contrast(p, 10.0)
    assert_allclose(p, expected, rtol=1e-12)


def test_a_uniform_patch_becomes_zero():
    p = np.full((2, 27), 200, np.float32)
    patches.normalize_contrast(p, 10.0)
    assert_array_equal(p, 0)


def test_whitening_makes_the_covariance_the_identity_and_is_symmetric():
    random = np.random.RandomState(0)
    p = random.randn(500, 6) @ random.randn(6, 6) + 3
    mean, whitening = patches.zca(p, 1e-12)
    assert_allclose(np.cov((p - mean) @ whitening, rowvar=False, bias=True), np.eye(6), atol=1e-6)
    assert_allclose(whitening, whitening.T, rtol=1e-10)


def test_the_epsilon_of_whitening_shrinks_small_variances():
    p = np.array([[1.0, 0.1], [-1, 0.1], [1, -0.1], [-1, -0.1]])  # variances 1 and 0.01
    _, whitening = patches.zca(p, 0.1)
    assert_allclose(whitening, np.diag([1.1**-0.5, 0.11**-0.5]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (2, 2, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        (1, 3, [[1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]),
        (3, 1, [[1, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]]),
    ],
)
def test_quadrants(height, width, expected):
    assert_array_equal(patches.quadrants(height, width), expected)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(
    ("height", "width", "channels"), [(9, 8, 3), (8, 9, 1), (7, 7, 2), (3, 3, 3), (3, 10, 1), (4, 3, 4)]
)
def test_features_are_those_of_loops(height, width, channels, stride):
    images = images_of(height=height, width=width, channels=channels)
    model = small(stride=stride).fit(images)
    features = model.transform(images)
    assert features.dtype == np.float32
    assert_allclose(features, features_by_loops(model, images), rtol=RTOL, atol=ATOL)


def test_the_centroids_are_of_whitened_patches(monkeypatch):
    seen = []

    class Recorder(patches.MiniBatchKMeans):
        def fit(self, X):
            seen.append(X)
            return super().fit(X)

    monkeypatch.setattr(patches, "MiniBatchKMeans", Recorder)
    noise = images_of(n=40, height=16, width=16, dtype=np.float32)
    images = noise[:, 1:, 1:] + noise[:, :-1, :-1]  # neighbours are correlated
    model = small(n_patches=2000, whitening_eps=1e-6).fit(images)
    (white,) = seen
    variances = np.linalg.eigvalsh(np.cov(white, rowvar=False))
    assert white.shape == (2000, 27)
    assert_allclose(white.mean(axis=0), 0, atol=1e-4)
    assert_allclose(variances[0], 0, atol=1e-2)  # along the mean, that normalisation removed
    assert_allclose(variances[1:], 1, atol=1e-2)
    assert model.centroids_.shape == (7, 27)
    assert model.centroids_.dtype == model.mean_.dtype == model.whitening_.dtype == np.float32


@pytest.mark.parametrize("bytes_of_batch", [1, 50_000, 10**9])
def test_batches_do_not_change_the_features(monkeypatch, bytes_of_batch):
    images = images_of()
    model = small().fit(images)
    expected = model.transform(images)
    monkeypatch.setattr(patches, "BATCH_BYTES", bytes_of_batch)
    assert_allclose(model.transform(images), expected, rtol=RTOL, atol=ATOL)


def test_threads_do_not_change_the_features():
    images = images_of(n=50, height=32, width=32)
    model = small().fit(images)
    expected = model.transform(images)
    assert_allclose(model.set_params(n_jobs=2).transform(images), expected, rtol=RTOL, atol=ATOL)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_dtypes_agree(dtype):
    images = images_of()
    assert_array_equal(small().fit_transform(images.astype(dtype)), small().fit_transform(images))


def test_rows_and_images_agree():
    images = images_of()
    rows = images.reshape(len(images), -1)
    model = small().fit(images)
    assert model.n_features_in_ == 9 * 8 * 3
    assert model.image_shape_ == (9, 8, 3)
    expected = model.transform(images)
    assert_array_equal(model.transform(rows), expected)
    assert_array_equal(small(input_shape=(9, 8, 3)).fit_transform(rows), expected)
    assert_array_equal(small(input_shape=[9, 8, 3]).fit_transform(images), expected)


def test_views_of_images_are_welcome():
    images = images_of()
    channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    view = channels_first.transpose(0, 2, 3, 1)
    assert_array_equal(small().fit_transform(view), small().fit_transform(images))


def test_input_is_not_written_to():
    images = images_of(dtype=np.float32)
    kept = images.copy()
    small().fit_transform(images)
    assert_array_equal(images, kept)


def test_the_same_random_state_gives_the_same_features():
    images = images_of()
    first, again = (small().fit_transform(images) for _ in range(2))
    assert_array_equal(first, again)
    assert not np.array_equal(first, small(random_state=1).fit_transform(images))


@pytest.mark.parametrize(
    ("parameters", "images", "message"),
    [
        ({}, images_of().reshape(12, -1), r"input_shape=\(height, width, channels\)"),
        ({"input_shape": (9, 24)}, images_of().reshape(12, -1), r"must be \(height, width, channels\)"),
        ({"input_shape": (9, 9, 3)}, images_of().reshape(12, -1), "has 243 elements, but X has 216 features"),
        ({"input_shape": (-9, -8, 3)}, images_of().reshape(12, -1), "must be integers above zero"),
        ({"input_shape": (8, 9, 3)}, images_of(), r"holds images of shape \(9, 8, 3\)"),
        ({"patch_size": 9}, images_of(), "smaller than a patch of patch_size=9"),
        ({"n_patches": 6}, images_of(), "n_patches=6 is below n_patterns=7"),
        ({"n_patterns": 0}, images_of(), "n_patterns"),
        ({"patch_size": 2.5}, images_of(), "patch_size"),
        ({"stride": 0}, images_of(), "stride"),
        ({"contrast_eps": 0}, images_of(), "contrast_eps"),
        ({"whitening_eps": -1.0}, images_of(), "whitening_eps"),
        ({}, images_of()[..., 0], "dim 3"),
        ({}, np.full((2, 9, 8, 1), np.nan), "NaN"),
        ({}, images_of()[:0], "0 sample"),
    ],
)
def test_errors_of_fit(parameters, images, message):
    with pytest.raises(ValueError, match=message):
        small(**parameters).fit(images)


def test_errors_of_transform():
    images = images_of()
    with pytest.raises(NotFittedError):
        small().transform(images)
    model = small().fit(images)
    with pytest.raises(ValueError, match=r"images of shape \(8, 9, 3\), but input_shape is \(9, 8, 3\)"):
        model.transform(images_of(height=8, width=9))
    with pytest.raises(ValueError, match="10 features, but PatchFeatures is expecting 216 features"):
        model.transform(np.zeros((2, 10)))
    with pytest.raises(ValueError, match="NaN"):
        model.transform(np.full((1, 9, 8, 3), np.nan))


def test_clones_and_pickles():
    images = images_of()
    model = small(stride=2).fit(images)
    expected = model.transform(images)
    assert_array_equal(pickle.loads(pickle.dumps(model)).transform(images), expected)
    assert_array_equal(clone(model).fit_transform(images), expected)


class RowsOfPixels(PatchFeatures):
    """Rows of any length are the channels of one pixel: scikit-learn's checks have rows of many lengths."""

    def _learn_shape(self, X):
        X = validate_data(self, X, dtype=KEPT)
        self.image_shape_ = 1, 1, X.shape[1]
        return X


@parametrize_with_checks([RowsOfPixels(2, patch_size=1, n_patches=50, random_state=0)])
def test_sklearn_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress(monkeypatch, capsys, n_jobs):
    images = images_of(n=10)
    monkeypatch.setattr(patches, "BATCH_BYTES", 1)  # an image at a time
    heard = []
    model = small(verbose=lambda done, n: heard.append((done, n)), n_jobs=n_jobs).fit(images)
    model.transform(images)
    assert heard == [(done, 10) for done in range(1, 11)]
    model.set_params(verbose=True).transform(images)
    assert capsys.readouterr().out == "[PatchFeatures] 10 of 10 images\n"


def test_features_are_kept_by_images_and_patterns(tmp_path, monkeypatch):
    images, memory = images_of(), str(tmp_path)
    model = small(memory=memory).fit(images)
    expected = model.transform(images)
    assert_array_equal(expected, small().fit_transform(images))
    different = [
        small(memory=memory, **other).fit(images)
        for other in ({"stride": 2}, {"contrast_eps": 9.0}, {"whitening_eps": 0.2}, {"random_state": 1})
    ]

    def fail(self, X, report):
        raise RuntimeError("computed")

    monkeypatch.setattr(PatchFeatures, "_extract", fail)
    assert_array_equal(model.transform(images.reshape(12, -1)), expected)
    assert_array_equal(clone(model).set_params(n_jobs=2, verbose=True).fit_transform(images), expected)
    for other in different:
        with pytest.raises(RuntimeError, match="computed"):
            other.transform(images)
    with pytest.raises(RuntimeError, match="computed"):
        model.transform(images[1:])


def test_a_folder_that_cannot_be_written_to_is_named_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Cannot write to the folder .* is a file\. Choose another folder"):
        small(memory=str(tmp_path / "file")).fit(images_of())


def test_names_of_features_and_data_frames():
    pandas = pytest.importorskip("pandas")
    images = images_of()
    frame = pandas.DataFrame(images.reshape(12, -1), index=range(5, 17)).add_prefix("pixel")
    model = small(input_shape=images.shape[1:]).set_output(transform="pandas")
    features = model.fit_transform(frame)
    assert (
        list(features.columns)
        == [f"patchfeatures{i}" for i in range(28)]
        == list(model.get_feature_names_out())
    )
    assert list(features.index) == list(frame.index)
    assert_array_equal(features.to_numpy(), small().fit_transform(images))
    assert_array_equal(model.feature_names_in_, frame.columns)


def test_a_classifier_on_the_features_reads_digits():
    X, y = load_digits(return_X_y=True)  # pixels from 0 to 16
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
    model = make_pipeline(
        PatchFeatures(
            30, patch_size=4, input_shape=(8, 8, 1), n_patches=10_000, contrast_eps=0.04, random_state=0
        ),
        StandardScaler(),
        LogisticRegression(C=0.01, max_iter=300),
    )
    assert model.fit(X_train, y_train).score(X_test, y_test) > 0.95
