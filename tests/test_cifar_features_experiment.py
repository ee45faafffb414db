"""The parts of `cifar-features`: what a way trains on, maps, extractors and where weights are found."""

import threading

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_info

from fastmlp.datasets import ImageSet
from fastmlp.experiments import extractors, feature_training
from fastmlp.experiments.cifar_features_settings import AS_REPORTED, SOUND, CifarFeaturesSettings
from fastmlp.experiments.evaluation import areas_under_roc
from fastmlp.experiments.exploration import COMPONENTS, maps, some_of_each, subset
from fastmlp.features import AlexNetFeatures, PatchFeatures, SqueezeNetFeatures


@pytest.fixture
def data():
    """60 + 20 images in two classes; the first pixel is the number of the image."""
    rng = np.random.RandomState(0)
    X = rng.randint(0, 256, (80, 4, 4, 3)).astype(np.uint8)
    X[:, 0, 0, 0] = np.arange(80)
    y = np.arange(80) % 2
    return ImageSet(
        "cifar10",
        "CIFAR-10",
        X[:60],
        y[:60],
        X[60:],
        y[60:],
        (4, 4, 3),
        1 / 255,
        "nowhere",
        class_names=("a", "b"),
    )


@pytest.fixture
def features(data):
    """Rows of pixels; those of mirrored images are negative."""
    return {
        "training": data.X_train.reshape(60, -1).astype(np.float32),
        "mirrored": -data.X_train.reshape(60, -1).astype(np.float32),
        "test": data.X_test.reshape(20, -1).astype(np.float32),
    }


# What a way trains on


def test_as_reported_trains_on_everything_as_it_is(data, features):
    rows = feature_training.choose_rows(
        AS_REPORTED, CifarFeaturesSettings(extractor="patches"), data, features
    )
    np.testing.assert_array_equal(rows.X, features["training"])
    np.testing.assert_array_equal(rows.y, np.array(["a", "b"])[data.y_train])
    np.testing.assert_array_equal(rows.X_watched, features["test"])
    np.testing.assert_array_equal(rows.X_test, features["test"])
    assert (rows.scaler, rows.n_images) == (None, 60)


@pytest.mark.parametrize(
    ("extractor", "mirrored"), [("patches", True), ("pixels", True), ("squeezenet", False)]
)
def test_sound_learns_from_its_share_of_the_training_images_alone(data, features, extractor, mirrored):
    rows = feature_training.choose_rows(SOUND, CifarFeaturesSettings(extractor=extractor), data, features)
    assert (len(rows.X), rows.n_images, len(rows.X_watched)) == (54 * (1 + mirrored), 54, 6)
    X, X_watched, X_test = map(rows.scaler.inverse_transform, (rows.X, rows.X_watched, rows.X_test))
    numbers = np.rint(np.r_[X[:54, 0], X_watched[:, 0]]).astype(int)
    np.testing.assert_array_equal(np.sort(numbers), np.arange(60))
    np.testing.assert_array_equal(np.r_[rows.y[:54], rows.y_watched], np.array(["a", "b"])[numbers % 2])
    assert np.sum(rows.y_watched == "a") == 3  # stratified
    np.testing.assert_allclose(X_test, features["test"], atol=1e-3)
    if mirrored:
        np.testing.assert_allclose(X[54:], -X[:54], atol=1e-3)
        np.testing.assert_array_equal(rows.y[54:], rows.y[:54])
    np.testing.assert_allclose(rows.X.mean(axis=0), 0, atol=1e-5)  # those trained on, nothing else
    np.testing.assert_allclose(rows.X.std(axis=0), 1, atol=1e-4)


def test_the_split_depends_on_the_seed_alone(data, features):
    first, same, other = (
        feature_training.choose_rows(
            SOUND, CifarFeaturesSettings(extractor="pixels", seed=seed), data, features
        ).X_watched
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("epochs", "expected"), [(100, (100, 40)), (40, (40, 40)), (3, (3, 3))])
def test_the_sound_way_has_a_limit_of_its_own(epochs, expected):
    settings = CifarFeaturesSettings(epochs=epochs, layers=(9, 8), seed=5)
    reported, sound = (way.settings(settings) for way in (AS_REPORTED, SOUND))
    assert (reported.epochs, sound.epochs) == expected
    assert reported.layers == sound.layers == (9, 8)
    assert reported.seed == sound.seed == 5


def test_the_report_s_setting():
    settings = AS_REPORTED.settings(CifarFeaturesSettings())
    assert (settings.layers, settings.activation) == ((512, 256), ("relu", "relu"))
    assert (settings.optimizer, settings.learning_rate, settings.epochs) == ("adam", 0.01, 100)
    assert (settings.schedule, settings.patience, settings.l2, settings.dropout) == (
        "constant",
        None,
        0,
        (0, 0),
    )


# Evaluation


def test_two_classes_have_one_area():
    """Although 1 - p is 1 for all small p of float32."""
    p = np.array([1e-12, 1e-10, 1e-11, 1e-9], np.float32)
    y = np.array([0, 1, 0, 1])
    assert areas_under_roc(np.array([0, 1]), np.column_stack([1 - p, p]), y) == {"0": 1.0, "1": 1.0}


def test_areas_under_roc_are_of_each_class_against_the_others():
    rng = np.random.RandomState(0)
    y = np.array(["x", "y", "z"])[np.arange(60) % 3]
    X = rng.normal(size=(60, 2)) + np.c_[y == "x", y == "y"]
    model = LogisticRegression().fit(X, y)
    probabilities = model.predict_proba(X)
    areas = areas_under_roc(model.classes_, probabilities, y)
    assert list(areas) == ["x", "y", "z"]
    mean = roc_auc_score(y, probabilities, multi_class="ovr", average="macro")
    assert np.mean(list(areas.values())) == pytest.approx(mean)


# Exploration


@pytest.mark.parametrize(("n_rows", "expected"), [(5, 5), (6, 6), (100, 6)])
def test_subset(n_rows, expected):
    rows = subset(n_rows, 6, 0)
    assert len(rows) == len(set(rows)) == expected
    assert sorted(rows) == list(rows)
    np.testing.assert_array_equal(rows, subset(n_rows, 6, 0))
    assert n_rows <= 6 or not np.array_equal(rows, subset(n_rows, 6, 1))


def test_some_of_each_class():
    labels = np.random.RandomState(0).permutation(np.repeat(np.arange(4), 9))
    rows = some_of_each(labels, 4, 5, 0)
    assert rows.shape == (4, 5)
    for i, row in enumerate(rows):
        assert set(labels[row]) == {i}
        assert len(set(row)) == 5
    np.testing.assert_array_equal(rows, some_of_each(labels, 4, 5, 0))


def test_maps_separate_what_is_apart_at_any_number_of_threads():
    rng = np.random.RandomState(0)
    labels = np.arange(60) % 2
    apart = rng.normal(size=(60, COMPONENTS + 20)).astype(np.float32) + 9 * labels[:, np.newaxis]
    tables = {"apart": apart, "narrow": apart[:, :3]}
    threads, limits = threading.active_count(), threadpool_info()
    one, two = (maps(tables, 0, n_threads) for n_threads in (1, 2))
    assert threadpool_info() == limits
    assert threading.active_count() <= threads + 2
    for name in tables:
        assert one[name].shape == (60, 2)
        np.testing.assert_array_equal(one[name], two[name])
        first, second = one[name][labels == 0], one[name][labels == 1]
        gap = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
        assert gap > 2 * max(first.std(), second.std())


def test_maps_of_few_rows():
    points = maps({"few": np.random.RandomState(0).normal(size=(4, 9))}, 0, 1)["few"]
    assert points.shape == (4, 2)
    assert np.isfinite(points).all()


# Extractors


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """Data folders of this test's own."""
    monkeypatch.setenv("FASTMLP_DATA", str(tmp_path / "variable"))
    monkeypatch.setattr("fastmlp.datasets.places.user_data_folder", lambda: tmp_path / "cache")
    return tmp_path


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_weights_are_found_where_data_are(places):
    assert extractors.find_weights("squeezenet") is None
    last = put(places / "cache" / "squeezenet" / "squeezenet_v1.0.npz")
    assert (
        extractors.find_weights("squeezenet")
        == extractors.find_weights("squeezenet", places / "data")
        == last
    )
    middle = put(places / "variable" / "squeezenet" / "squeezenet_v1.0.npz")
    assert extractors.find_weights("squeezenet") == middle
    first = put(places / "data" / "squeezenet" / "squeezenet_v1.0.npz")
    assert extractors.find_weights("squeezenet", places / "data") == first
    assert extractors.find_weights("alexnet", places / "data") is None


def test_files_of_alexnet_that_need_no_pytorch_come_first(places, monkeypatch):
    monkeypatch.setattr(extractors, "find_spec", lambda name: True)
    for name in ("alexnet-owt-7be5be79.pth", "b.npz", "a.npz", "any.safetensors"):
        path = put(places / "variable" / "alexnet" / name)
        assert extractors.find_weights("alexnet") == path
    put(places / "variable" / "alexnet" / "notes.txt")
    assert extractors.find_weights("alexnet") == path


def test_the_default_is_one_that_can_be_read(places, monkeypatch):
    monkeypatch.setattr(extractors, "find_spec", lambda name: None)
    published = put(places / "variable" / "alexnet" / "alexnet-owt-7be5be79.pth")
    assert extractors.choose_extractor() == ("patches", None)
    assert extractors.choose_extractor("alexnet") == ("alexnet", published)  # its error says what is missing
    other = put(places / "cache" / "alexnet" / "alexnet.npz")
    assert extractors.choose_extractor() == extractors.choose_extractor("alexnet") == ("alexnet", other)
    monkeypatch.setattr(extractors, "find_spec", lambda name: True)
    assert extractors.choose_extractor() == ("alexnet", published)


@pytest.mark.parametrize(
    ("extractor", "kind", "own"),
    [
        ("squeezenet", SqueezeNetFeatures, {"weights": "w.npz", "n_threads": 2, "device": "ref"}),
        ("alexnet", AlexNetFeatures, {"weights": "w.npz", "n_threads": 2, "layer": "fc8"}),
        ("patches", PatchFeatures, {"n_patterns": 7, "random_state": 5, "n_jobs": 2}),
    ],
)
def test_extractors_get_the_settings(extractor, kind, own):
    settings = CifarFeaturesSettings(extractor=extractor, weights="w.npz", patterns=7, seed=5, device="ref")
    made = extractors.make_extractor(settings, 2, print)
    assert type(made) is kind
    expected = own | {"memory": str(extractors.features_folder()), "verbose": print}
    assert {name: made.get_params()[name] for name in expected} == expected
    plain = extractors.without_cache(made)
    assert (plain.memory, plain.verbose) == (None, False)


def test_pixels_are_rows_from_zero_to_one(data):
    extractor = extractors.make_extractor(CifarFeaturesSettings(extractor="pixels"), 1, print)
    rows = extractors.without_cache(extractor).fit_transform(data.X_train)
    assert (rows.shape, rows.dtype) == ((60, 48), np.float32)
    np.testing.assert_allclose(rows, data.X_train.reshape(60, 48) / 255, rtol=1e-6)
