"""Activations of hidden layers of all estimators."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, softmax
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from fastmlp import Autoencoder, MLPClassifier, MLPRegressor
from fastmlp.layers import AvgPool2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"max_iter": 3, "random_state": 0}


@pytest.fixture(scope="module")
def classifier(digits):
    """64-12-7-5-3 with three activations."""
    X, y = digits
    return MLPClassifier((12, 7, 5), activation=["relu", "tanh", "logistic"], **QUICK).fit(X, y)


def by_numpy(X, estimator):
    """The three hidden layers of `classifier`."""
    found = []
    for w, b, f in zip(
        estimator.coefs_, estimator.intercepts_, [lambda z: np.maximum(z, 0), np.tanh, expit], strict=False
    ):
        X = f(X @ w + b)
        found.append(X)
    return found


@pytest.mark.parametrize("layer", [0, 1, 2, -1, -2, -3, np.int64(1)])
def test_activations(layer, classifier, digits):
    X, _ = digits
    expected = by_numpy(X, classifier)[layer]
    np.testing.assert_allclose(classifier.hidden_features(X, layer), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(classifier.hidden_features(X[:1], layer=layer), expected[:1], rtol=1e-12)


def test_the_last_layer_is_what_the_outputs_are_made_of(classifier, digits):
    X, _ = digits
    logits = classifier.hidden_features(X) @ classifier.coefs_[-1] + classifier.intercepts_[-1]
    np.testing.assert_allclose(softmax(logits, axis=1), classifier.predict_proba(X), rtol=1e-12)


def test_many_rows(classifier, digits):
    """More than are worked on at a time, in another order of memory."""
    X = np.asfortranarray(np.tile(digits[0], (5, 1)))
    np.testing.assert_allclose(
        classifier.hidden_features(X, 1), by_numpy(X, classifier)[1], rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor, Autoencoder])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_estimator(Estimator, solver, digits):
    X, y = digits
    estimator = Estimator(hidden_layer_sizes=(12, 5), activation="tanh", solver=solver, **QUICK).fit(X, y)
    first = np.tanh(X @ estimator.coefs_[0] + estimator.intercepts_[0])
    np.testing.assert_allclose(estimator.hidden_features(X, 0), first, rtol=1e-12, atol=1e-14)
    if Estimator is Autoencoder:
        np.testing.assert_array_equal(estimator.hidden_features(X, 1), estimator.transform(X))
        made = estimator.hidden_features(X) @ estimator.coefs_[-1] + estimator.intercepts_[-1]
        np.testing.assert_allclose(
            expit(made), estimator.inverse_transform(estimator.transform(X)), rtol=1e-9
        )


def test_dropout_is_not_a_layer(digits):
    X, y = digits
    clf = MLPClassifier((Dropout(0.5), 12, Dropout(0.5), Dense(7, "tanh")), dropout=0.3, **QUICK).fit(X, y)
    first = np.maximum(X @ clf.coefs_[0] + clf.intercepts_[0], 0)
    np.testing.assert_allclose(clf.hidden_features(X, 0), first, rtol=1e-12, atol=1e-14)
    second = np.tanh(first @ clf.coefs_[1] + clf.intercepts_[1])
    np.testing.assert_allclose(clf.hidden_features(X, 1), second, rtol=1e-12, atol=1e-14)
    with pytest.raises(ValueError, match="layer=2 is not one of the 2 hidden layers"):
        clf.hidden_features(X, 2)


def test_kinds_of_rows(classifier, digits):
    X, y = digits
    expected = classifier.hidden_features(X, 1)
    np.testing.assert_allclose(classifier.hidden_features(sparse.csr_array(X), 1), expected, rtol=1e-12)
    np.testing.assert_allclose(classifier.hidden_features(X.tolist(), 1), expected, rtol=1e-12)
    pixels = (X * 255).astype(np.uint8)
    clf = MLPClassifier((12,), input_scale=1 / 255, **QUICK).fit(pixels, y)
    features = clf.hidden_features(pixels)
    assert features.dtype == np.float32
    first = np.maximum(pixels / 255 @ clf.coefs_[0] + clf.intercepts_[0], 0)
    np.testing.assert_allclose(features, first, rtol=1e-4, atol=1e-5)


def test_names_of_features(digits):
    pandas = pytest.importorskip("pandas")
    X, y = digits
    frame = pandas.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    clf = MLPClassifier((12,), **QUICK).fit(frame, y)
    assert clf.hidden_features(frame).shape == (150, 12)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.hidden_features(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        clf.hidden_features(X)


def test_layers_of_images(digits):
    X, y = digits
    images = X.reshape(-1, 8, 8, 1)
    layers = (Conv2D(4, 3, padding=1), MaxPool2D(2), Conv2D(3, 2), AvgPool2D(3), Flatten(), 6)
    clf = MLPClassifier(layers, **QUICK).fit(images, y)
    found = [clf.hidden_features(images, i) for i in range(6)]
    assert [each.shape[1:] for each in found] == [(8, 8, 4), (4, 4, 4), (3, 3, 3), (1, 1, 3), (3,), (6,)]
    np.testing.assert_array_equal(found[1], found[0].reshape(-1, 4, 2, 4, 2, 4).max(axis=(2, 4)))
    np.testing.assert_allclose(found[3][:, 0, 0], found[2].mean(axis=(1, 2)), rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(found[4], found[3][:, 0, 0])
    padded = np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    first = np.einsum("mhwij,ijf->mhwf", patches, clf.coefs_[0][:, :, 0]) + clf.intercepts_[0]
    np.testing.assert_allclose(found[0], np.maximum(first, 0), rtol=1e-10, atol=1e-13)
    for i, each in enumerate(found):
        np.testing.assert_array_equal(clf.hidden_features(X, i), each)  # images given as rows
    with pytest.raises(ValueError, match=r"X holds images of shape \(4, 16, 1\)"):
        clf.hidden_features(images.reshape(-1, 4, 16, 1))


def test_weights_of_this_moment(digits):
    X, y = digits
    clf = MLPClassifier((12,), **QUICK).fit(X, y)
    before = clf.hidden_features(X)
    kept = before.copy()
    clf.partial_fit(X, y)
    assert not np.array_equal(clf.hidden_features(X), kept)
    np.testing.assert_array_equal(before, kept)
    clf.coefs_[0][:] = 0
    clf.intercepts_[0][:] = 2
    np.testing.assert_array_equal(clf.hidden_features(X), 2)


def test_features_for_another_model(digits):
    X, y = digits
    clf = MLPClassifier((12, 4), solver="lbfgs", random_state=0).fit(X[:100], y[:100])
    first = FunctionTransformer(clf.hidden_features, kw_args={"layer": 0})
    model = make_pipeline(first, LogisticRegression()).fit(X[:100], y[:100])
    assert model.score(X[100:], y[100:]) > 0.9


def test_threads_may_ask_at_once(classifier, digits):
    X, _ = digits
    expected = [classifier.hidden_features(X, i) for i in range(3)]
    with ThreadPoolExecutor(8) as pool:
        for i, found in enumerate(pool.map(lambda i: classifier.hidden_features(X, i % 3), range(60))):
            np.testing.assert_array_equal(found, expected[i % 3])


@pytest.mark.parametrize("layer", [3, -4, "first", None, 1.0, slice(0, 2), [0]])
def test_there_is_no_such_layer(layer, classifier, digits):
    with pytest.raises(ValueError, match=r"is not one of the 3 hidden layers; use an integer from -3 to 2"):
        classifier.hidden_features(digits[0], layer)


def test_wrong_calls(classifier, digits):
    X, y = digits
    with pytest.raises(NotFittedError):
        MLPClassifier().hidden_features(X)
    with pytest.raises(ValueError, match="layer=-1 is not there: the network has no hidden layers"):
        MLPClassifier((), **QUICK).fit(X, y).hidden_features(X)
    with pytest.raises(ValueError, match="X has 5 features, but MLPClassifier is expecting 64 features"):
        classifier.hidden_features(X[:, :5])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        classifier.hidden_features(np.full((2, 64), np.nan))
