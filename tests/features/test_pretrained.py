"""Extractors of published networks: their weights, images, errors and conventions, with a tiny network."""

import pickle
import threading
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_info

from fastmlp._validation import KEPT
from fastmlp.features import SqueezeNetFeatures, pretrained
from fastmlp.features.pretrained import PretrainedFeatures, Published
from fastmlp.layers import Conv2D, Dense, MaxPool2D

from .by_numpy import assert_same_features, conv, dense, max_pool, random_weights, relu

SIZE = (6, 5)
SHAPES = {"a": (4, 3, 3, 3), "b": (5, 4 * 3 * 2)}


class TinyFeatures(PretrainedFeatures):
    """A convolution, a maximum and a dense layer."""

    _published = Published(
        name="TinyNet",
        layers=(
            ("conv", Conv2D(4, 3, padding=1)),
            ("pool", MaxPool2D(2)),
            ("scores", Dense(5, "identity")),
        ),
        weights=(("a.weight", "a.bias"), ("b.weight", "b.bias")),
        size=SIZE,
        channels=np.eye(3)[::-1] / 255,
        offset=-np.array([0.5, 0.4, 0.3]),
        remedy="name its file.",
    )

    def __init__(
        self,
        weights=None,
        *,
        layer="scores",
        input_shape=None,
        memory=None,
        verbose=False,
        n_threads=None,
        device="cpu",
    ):
        super().__init__(
            weights,
            layer=layer,
            input_shape=input_shape,
            memory=memory,
            verbose=verbose,
            n_threads=n_threads,
            device=device,
        )


class Weights(dict):
    """Weights with a short name, for the names of tests."""

    def __repr__(self):
        return "weights"


class RowsOfGrays(TinyFeatures):
    """Rows of any length are images one pixel high: scikit-learn's checks have rows of many lengths."""

    def _learn_shape(self, X):
        X = validate_data(self, X, dtype=KEPT)
        self.image_shape_ = 1, X.shape[1], 3
        return X

    def _extract(self, X, report):
        return super()._extract(np.repeat(X, 3, axis=1), report)


def weights_of(seed=0, shapes=SHAPES):
    weights = {}
    for name, w, b in random_weights(shapes, seed):
        weights |= {f"{name}.weight": w, f"{name}.bias": b}
    return weights


def images_of(n=4, height=6, width=5, channels=3, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (n, height, width, channels)).astype(np.uint8)


def tiny(**parameters):
    return TinyFeatures(**{"weights": weights_of(), **parameters})


def layers_by_numpy(images, weights):
    """Layer -> outputs."""
    x = np.moveaxis(images[..., ::-1] / 255 - [0.5, 0.4, 0.3], -1, 1)
    outputs = {"conv": relu(conv(x, weights["a.weight"], weights["a.bias"], padding=1))}
    outputs["pool"] = max_pool(outputs["conv"], 2, 2, ceil_mode=False)
    outputs["scores"] = dense(outputs["pool"], weights["b.weight"], weights["b.bias"])
    return outputs


@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("layer", ["conv", "pool", "scores"])
def test_layers(layer, device):
    images = images_of()
    features = tiny(layer=layer, device=device).fit_transform(images)
    assert_same_features(features, layers_by_numpy(images, weights_of())[layer])


def save_npz(path, weights):
    np.savez(path, **weights)


def save_safetensors(path, weights):
    pytest.importorskip("safetensors.numpy").save_file(weights, path)


def save_torch(path, weights):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.save({name: torch.from_numpy(array) for name, array in weights.items()}, path)


@pytest.mark.parametrize("as_path", [str, lambda path: path])
@pytest.mark.parametrize(
    ("name", "save"), [("w.npz", save_npz), ("w.safetensors", save_safetensors), ("w.pth", save_torch)]
)
def test_weights_from_files(tmp_path, name, save, as_path):
    save(tmp_path / name, weights_of())
    images = images_of()
    assert_array_equal(
        tiny(weights=as_path(tmp_path / name)).fit_transform(images), tiny().fit_transform(images)
    )


@pytest.mark.parametrize("convert", [np.float64, np.asfortranarray, np.ndarray.tolist])
def test_arrays_of_any_kind(convert):
    images, weights = images_of(), {name: convert(array) for name, array in weights_of().items()}
    assert_array_equal(tiny(weights=weights).fit_transform(images), tiny().fit_transform(images))


def test_weights_are_copied_when_fitted():
    images, weights = images_of(), weights_of()
    model = tiny(weights=weights).fit(images)
    weights["a.weight"][:] = 0
    assert_array_equal(model.transform(images), tiny().fit_transform(images))


def changed(**arrays):
    return weights_of() | {name.replace("_", "."): array for name, array in arrays.items()}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"layer": "fc8"}, "layer='fc8' is not one of TinyNet: conv, pool, scores"),
        ({"weights": None}, "weights=None: name its file"),
        (
            {"weights": {}},
            "weights does not hold weights of TinyNet; missing: a.weight, .* Give the weights of",
        ),
        ({"weights": changed(a_bias=np.ones(5))}, r"different: a\.bias \(5,\) instead of \(4,\)"),
        ({"weights": changed(c_weight=np.ones((2, 2)))}, r"unknown: c\.weight \(2, 2\)"),
        ({"weights": changed(a_bias=np.ones(4, int))}, r"different: a\.bias int64 \(4,\)"),
        ({"weights": changed(a_bias=["x"] * 4)}, r"different: a\.bias <U1 \(4,\)"),
        ({"weights": changed(a_bias=[0, 1, np.nan, 2])}, "weights holds NaN, infinity or numbers beyond"),
        ({"weights": changed(b_bias=[0, 1, np.inf, 2, 3])}, "weights holds NaN, infinity or numbers beyond"),
        ({"weights": 3}, "The 'weights' parameter of TinyFeatures"),
        ({"device": "gpu"}, "The 'device' parameter"),
        ({"n_threads": 0}, "The 'n_threads' parameter"),
        ({"memory": 3}, "The 'memory' parameter"),
        ({"verbose": "yes"}, "The 'verbose' parameter"),
        ({"input_shape": 32}, "The 'input_shape' parameter"),
    ],
)
def test_errors_of_parameters(parameters, message):
    model = tiny(**parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(images_of())
    with pytest.raises(NotFittedError):
        model.transform(images_of())


def test_weights_that_are_no_file(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"none\.npz' does not exist. Name the file that holds the weights"
    ):
        tiny(weights=tmp_path / "none.npz").fit(images_of())
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(FileNotFoundError, match="is a folder"):
        tiny(weights=str(tmp_path / "folder.npz")).fit(images_of())
    with pytest.raises(ValueError, match=r"has the suffix '\.txt'"):
        tiny(weights="weights.txt").fit(images_of())


@pytest.mark.parametrize(("name", "save"), [("w.npz", save_npz), ("w.safetensors", save_safetensors)])
def test_a_truncated_file(tmp_path, name, save):
    save(tmp_path / name, weights_of())
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[:-30])
    with pytest.raises(ValueError, match=f"The file '.*{name}' cannot be read as"):
        tiny(weights=tmp_path / name).fit(images_of())


def test_a_file_of_another_network(tmp_path):
    save_npz(tmp_path / "w.npz", weights_of())
    with pytest.raises(
        ValueError, match=r"w\.npz' does not hold weights of SqueezeNet v1\.0; missing: conv1_w, "
    ):
        SqueezeNetFeatures(tmp_path / "w.npz").fit(images_of())


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_images_without_three_channels(channels):
    with pytest.raises(
        ValueError, match=f"have {channels} channels, but must have three: red, green and blue"
    ):
        tiny().fit(images_of(channels=channels))


def test_the_remedy_for_gray_images():
    gray = images_of(channels=1)
    expected = tiny().fit_transform(np.repeat(gray, 3, axis=-1))
    rows = gray.reshape(len(gray), -1)
    assert_array_equal(tiny(input_shape=(6, 5, 3)).fit_transform(np.repeat(rows, 3, axis=-1)), expected)


def test_rows_and_images_of_any_size():
    images = images_of(height=11, width=8)
    expected = tiny().fit_transform(images)
    rows = images.reshape(len(images), -1)
    assert_array_equal(tiny().fit(images).transform(rows), expected)
    assert_array_equal(tiny(input_shape=(11, 8, 3)).fit_transform(rows), expected)
    with pytest.raises(ValueError, match="give their shape as input_shape"):
        tiny().fit(rows)
    with pytest.raises(ValueError, match=r"images of shape \(6, 5, 3\), but input_shape is \(11, 8, 3\)"):
        tiny().fit(images).transform(images_of())


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_dtypes_agree(dtype):
    images = images_of(height=9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_array_equal(tiny().fit_transform(images.astype(dtype)), tiny().fit_transform(images))


def test_pixels_up_to_one_warn_the_caller():
    images = images_of() / 255
    with pytest.warns(UserWarning, match="largest pixel is 1, but pixels must be from 0 to 255") as caught:
        tiny().fit(images)
    assert caught[0].filename == __file__


def test_nan():
    images = images_of().astype(np.float32)
    images[1, 2, 3, 0] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        tiny().fit(images)
    with pytest.raises(ValueError, match="contains NaN"):
        tiny().fit(images_of()).transform(images)


def test_batches_do_not_change_a_bit(monkeypatch):
    images = images_of(11)
    model = tiny().fit(images)
    expected = model.transform(images)
    for batch in (1, 3, 11):
        monkeypatch.setattr(pretrained, "BATCH", batch)
        assert_array_equal(model.transform(images), expected)


def test_progress(monkeypatch, capsys):
    monkeypatch.setattr(pretrained, "BATCH", 4)
    heard = []
    tiny(verbose=lambda done, n: heard.append((done, n))).fit_transform(images_of(10))
    assert heard == [(4, 10), (8, 10), (10, 10)]
    tiny(verbose=True).fit_transform(images_of(10))
    assert capsys.readouterr().out == "[TinyFeatures] 10 of 10 images\n"


def test_features_are_kept_by_images_layer_weights_and_device(tmp_path, monkeypatch):
    images, memory = images_of(), str(tmp_path)
    save_npz(tmp_path / "w.npz", weights_of())
    made = [tiny(memory=memory, layer=layer).fit(images) for layer in ("conv", "pool", "scores")]
    expected = [model.transform(images) for model in made]
    others = [tiny(memory=memory, weights=weights_of(1)), tiny(memory=memory, device="ref")]
    others = [model.fit(images) for model in others]

    def fail(self, X, report):
        raise RuntimeError("computed")

    monkeypatch.setattr(TinyFeatures, "_extract", fail)
    for model, features in zip(made, expected, strict=True):
        same = clone(model).set_params(weights=tmp_path / "w.npz", n_threads=1, verbose=True).fit(images)
        assert_array_equal(same.transform(images), features)
    for model in others:
        with pytest.raises(RuntimeError, match="computed"):
            model.transform(images)
    with pytest.raises(RuntimeError, match="computed"):
        made[0].transform(images[::-1])


def test_a_layer_that_was_changed_after_fit_does_not_mislead(tmp_path):
    images = images_of()
    model = tiny(layer="conv", memory=str(tmp_path)).fit(images)
    expected = model.transform(images)
    assert_array_equal(model.set_params(layer="pool").transform(images), expected)  # `fit` has not seen it
    again = tiny(layer="pool", memory=str(tmp_path)).fit_transform(images)
    assert_array_equal(again, tiny(layer="pool").fit_transform(images))


def test_the_digest_tells_weights_apart():
    images = images_of()
    one, same, other = (tiny(weights=weights_of(seed)).fit(images).weights_digest_ for seed in (0, 0, 1))
    assert one == same != other
    assert len(one) == 64


def test_clones_and_pickles():
    images = images_of()
    model = tiny(layer="pool").fit(images)
    expected = model.transform(images)
    assert_array_equal(pickle.loads(pickle.dumps(model)).transform(images), expected)
    assert_array_equal(clone(model).fit_transform(images), expected)
    assert_array_equal(model.fit(images_of(height=9)).fit(images).transform(images), expected)


def test_names_of_features_and_data_frames():
    pandas = pytest.importorskip("pandas")
    images = images_of()
    frame = pandas.DataFrame(images.reshape(4, -1), index=range(5, 9)).add_prefix("pixel")
    model = tiny(input_shape=images.shape[1:]).set_output(transform="pandas")
    features = model.fit_transform(frame)
    assert (
        list(features.columns)
        == list(model.get_feature_names_out())
        == [f"tinyfeatures{i}" for i in range(5)]
    )
    assert list(features.index) == list(frame.index)
    assert_array_equal(features.to_numpy(), tiny().fit_transform(images))
    assert_array_equal(model.feature_names_in_, frame.columns)


def test_in_a_pipeline():
    images = np.concatenate([images_of(20) // 4, images_of(20) // 4 + np.uint8(190)])
    y = np.repeat([0, 1], 20)
    model = make_pipeline(tiny(layer="pool"), LogisticRegression())
    assert model.fit(images, y).score(images, y) == 1


@parametrize_with_checks([RowsOfGrays(Weights(weights_of()))])
@pytest.mark.filterwarnings("ignore:The largest pixel is")
def test_sklearn_check(estimator, check):
    check(estimator)


def test_extractors_in_several_threads_leave_blas_its_threads(monkeypatch):
    def blas():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    def resized(self, X):
        """The first image comes first and goes first: the other thread then had only seen its limit."""
        mine = X[0, 0]
        entered[mine].set()
        assert (entered[1] if mine == 0 else left).wait(60)
        return call(self, X)

    def transform(value):
        features.transform(np.full((1, 2, 2, 3), value, np.uint8))
        if value == 0:
            left.set()
            over.wait(60)  # a thread that lives may own the limit
        else:
            over.set()

    entered = [threading.Event(), threading.Event()]
    left, over, call = threading.Event(), threading.Event(), pretrained.Resizer.__call__
    features = TinyFeatures(weights_of(), device="ref").fit(np.full((1, 2, 2, 3), 9, np.uint8))
    monkeypatch.setattr(pretrained.Resizer, "__call__", resized)
    before, threads = blas(), [threading.Thread(target=transform, args=(value,)) for value in (0, 1)]
    threads[0].start()
    assert entered[0].wait(60)
    threads[1].start()
    for thread in threads:
        thread.join()
    assert blas() == before
