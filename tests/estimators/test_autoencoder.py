"""The autoencoder: what it computes, what it starts from, and how it works with scikit-learn's tools."""

import copy
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from fastmlp import Autoencoder, MLPClassifier, MLPRegressor
from fastmlp.datasets import load_mnist
from fastmlp.datasets.mnist_files import find_files
from fastmlp.initializers import Constant
from fastmlp.layers import Conv2D, Dense, Dropout, MaxPool2D

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
DATA = os.environ.get("FASTMLP_DATA")
QUICK = {"max_iter": 3, "random_state": 0}
STILL = {"max_iter": 1, "solver": "sgd", "learning_rate_init": 1e-300, "random_state": 0}


@pytest.fixture(scope="module")
def X():
    """400 images of 64 pixels from 0 to 1."""
    return load_digits().data[:400] / 16


def bytes_of(X):
    return (255 * X).astype(np.uint8)


def widths(autoencoder):
    return [autoencoder.n_features_in_, *(w.shape[1] for w in autoencoder.coefs_)]


def activations(autoencoder):
    return [layer.activation for layer in autoencoder._network.layers if isinstance(layer, Dense)]


# The network


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        (5, [64, 5, 64]),
        ([12, 5], [64, 12, 5, 12, 64]),
        ((20, 10, 3), [64, 20, 10, 3, 10, 20, 64]),
        ((Dropout(0.2), 12, 5, Dropout(0.1)), [64, 12, 5, 12, 64]),
        ((Dense(9, "tanh"), 5), [64, 9, 5, 64]),
    ],
)
def test_the_decoder_mirrors_the_widths(encoder, expected, X):
    autoencoder = Autoencoder(encoder, **QUICK).fit(X)
    code = 3 if encoder == (20, 10, 3) else 5
    assert widths(autoencoder) == expected
    assert autoencoder.transform(X).shape == (400, code)
    assert autoencoder.inverse_transform(np.zeros((2, code))).shape == (2, 64)
    assert (autoencoder.n_outputs_, autoencoder.n_layers_) == (64, len(expected))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("auto", ["relu", "relu", "identity", "relu", "relu"]),
        ("tanh", ["tanh"] * 5),
        (("elu", "tanh", "gelu"), ["elu", "tanh", "gelu", "tanh", "elu"]),
    ],
)
def test_activations(given, expected, X):
    autoencoder = Autoencoder((12, 9, 5), given, out_activation="softplus", **QUICK).fit(X)
    assert activations(autoencoder) == [*expected, "softplus"]
    assert autoencoder.out_activation_ == "softplus"


def test_lists_are_mirrored(X):
    constants = [Constant(0.01), Constant(0.02)]
    autoencoder = Autoencoder((12, 5), weight_init=constants, dropout=[0.3, 0.0], **STILL).fit(X)
    np.testing.assert_allclose([w[0, 0] for w in autoencoder.coefs_], [0.01, 0.02, 0.02, 0.01])
    layers = autoencoder._network.layers
    assert [layer.rate for layer in layers if isinstance(layer, Dropout)] == [0.3, 0.3]
    assert [type(layer) for layer in layers] == [Dense, Dropout, Dense, Dense, Dropout, Dense]
    autoencoder = Autoencoder((12, Dense(5)), weight_init=constants[:1], **STILL).fit(X)
    np.testing.assert_allclose([autoencoder.coefs_[i][0, 0] for i in (0, 2, 3)], 0.01)


def test_without_biases(X):
    autoencoder = Autoencoder((12, 5), bias=False, **QUICK).fit(X)
    assert not any(bias.any() for bias in autoencoder.intercepts_)


# What it computes


def test_encoder_and_decoder_are_those_of_the_formula(X):
    autoencoder = Autoencoder((12, 5), input_scale=0.5, random_state=0, max_iter=20).fit(2 * X)
    (w1, w2, w3, w4), (b1, b2, b3, b4) = autoencoder.coefs_, autoencoder.intercepts_
    code = np.maximum(X @ w1 + b1, 0) @ w2 + b2
    expected = 2 * expit(np.maximum(code @ w3 + b3, 0) @ w4 + b4)  # in the units of 2 X
    features = autoencoder.transform(2 * X)
    np.testing.assert_allclose(features, code, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(autoencoder.inverse_transform(features), expected, rtol=1e-12)
    errors = ((expected - 2 * X) ** 2).mean(axis=1)
    weights = np.arange(400.0)
    assert autoencoder.score(2 * X) == pytest.approx(-errors.mean(), rel=1e-12)
    assert autoencoder.score(2 * X, sample_weight=weights) == pytest.approx(
        -np.average(errors, weights=weights), rel=1e-12
    )
    assert type(autoencoder.score(2 * X)) is float


def test_score_of_more_rows_than_are_converted_at_a_time(X):
    autoencoder = Autoencoder((5,), **QUICK).fit(X)
    many = np.tile(X, (13, 1))  # 5200
    weights = np.r_[np.zeros(4096), np.arange(1.0, 1105.0)]
    made = autoencoder.inverse_transform(autoencoder.transform(many))
    for score, expected in (
        (autoencoder.score(many), mean_squared_error(many, made)),
        (autoencoder.score(sparse.csr_array(many)), mean_squared_error(many, made)),
        (
            autoencoder.score(many, sample_weight=weights),
            mean_squared_error(many, made, sample_weight=weights),
        ),
    ):
        assert score == pytest.approx(-expected, rel=1e-12)


def test_the_best_linear_one_is_pca(X):
    """One linear hidden layer reaches the error of as many principal components, and nothing can be below."""
    pca = PCA(6).fit(X)
    best = mean_squared_error(X, pca.inverse_transform(pca.transform(X)))
    linear = Autoencoder((6,), out_activation="identity", solver="lbfgs", alpha=0.0, random_state=0)
    linear.set_params(max_iter=2000).fit(X)
    assert best - 1e-9 < -linear.score(X) < 1.001 * best


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_it_trains_like_a_regressor_of_the_rows(solver, X):
    """The same network and start, and targets that are a copy of the rows."""
    options = {"hidden_layer_sizes": (12,), "activation": "relu", "warm_start": True, "tol": 0.0}
    weights = np.random.RandomState(1).rand(400)
    autoencoder = Autoencoder(out_activation="identity", **options, **STILL).fit(X, sample_weight=weights)
    regressor = MLPRegressor(**options, **STILL).fit(X, X, sample_weight=weights)
    for model in (autoencoder, regressor):
        model.coefs_, model.intercepts_ = regressor.coefs_, regressor.intercepts_
        model.set_params(solver=solver, learning_rate_init=0.01, max_iter=4, batch_size=400)
    autoencoder.fit(X, sample_weight=weights)
    regressor.fit(X, X, sample_weight=weights)
    np.testing.assert_allclose(autoencoder.loss_curve_[1:], regressor.loss_curve_[1:], rtol=1e-12)
    made = autoencoder.inverse_transform(autoencoder.transform(X))
    np.testing.assert_allclose(made, regressor.predict(X), rtol=1e-9, atol=1e-9)


def test_cross_entropy(X):
    autoencoder = Autoencoder((5,), loss="binary_cross_entropy", alpha=0.0, **QUICK)
    autoencoder.fit(X[:300], X_val=X[300:])
    p = autoencoder.inverse_transform(autoencoder.transform(X[300:]))
    expected = -(X[300:] * np.log(p) + (1 - X[300:]) * np.log(1 - p)).sum(axis=1).mean()
    assert autoencoder.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)
    assert autoencoder.validation_scores_[-1] == pytest.approx(autoencoder.score(X[300:]), rel=1e-12)
    assert autoencoder.out_activation_ == "logistic"


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_it_learns(loss, X):
    """With a few steps it is better than as many principal components, for its outputs are not linear."""
    autoencoder = Autoencoder((6,), loss=loss, batch_size=20, max_iter=150, random_state=0).fit(X)
    pca = PCA(6).fit(X)
    assert -autoencoder.score(X) < 0.95 * mean_squared_error(X, pca.inverse_transform(pca.transform(X)))


def test_tol_is_one_of_the_loss_per_feature(X):
    autoencoder = Autoencoder((5,), n_iter_no_change=2, max_iter=8, random_state=0).fit(X)
    steps = -np.diff(autoencoder.loss_curve_) / 64
    assert autoencoder.n_iter_ == 8
    assert autoencoder.set_params(tol=0.5 * steps.min()).fit(X).n_iter_ == 8
    assert autoencoder.set_params(tol=2 * steps.max()).fit(X).n_iter_ == 3


# Outputs: their activation and where they start


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda X: X, "logistic"),
        (lambda X: X.astype(np.float32), "logistic"),
        (sparse.csr_array, "logistic"),
        (lambda X: X * (1 + 1e-9), "logistic"),  # rounding, as of MinMaxScaler
        (lambda X: X - 0.01, "identity"),
        (lambda X: 1.01 * X, "identity"),
        (bytes_of, "identity"),
        (lambda X: -sparse.csr_array(X), "identity"),
    ],
)
def test_activation_of_the_outputs_follows_the_range(change, expected, X):
    assert Autoencoder((5,), **QUICK).fit(change(X)).out_activation_ == expected


@pytest.mark.parametrize("input_scale", [1 / 255, 1 / 256])
def test_bytes_are_pixels_by_their_scale(input_scale, X):
    autoencoder = Autoencoder((5,), input_scale=input_scale, **QUICK).fit(bytes_of(X))
    assert autoencoder.out_activation_ == "logistic"
    assert autoencoder.transform(bytes_of(X)).dtype == np.float32


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("change", [np.array, np.asfortranarray, sparse.csr_array, bytes_of])
@pytest.mark.parametrize("out_activation", ["identity", "logistic"])
def test_reconstructions_start_from_the_mean(out_activation, change, weighted, X):
    scale = 1 / 255 if change is bytes_of else 1.0
    weights = np.random.RandomState(0).rand(400) if weighted else None
    autoencoder = Autoencoder((5,), out_activation=out_activation, input_scale=scale, **STILL)
    autoencoder.fit(change(X), sample_weight=weights)
    mean = np.average(bytes_of(X) / 255 if change is bytes_of else X, axis=0, weights=weights)
    expected = logit(mean.clip(0.01, 0.99)) if out_activation == "logistic" else mean
    np.testing.assert_allclose(autoencoder.intercepts_[-1], expected, rtol=1e-5, atol=1e-7)


def test_the_start_is_that_of_the_first_fit_alone(X):
    autoencoder = Autoencoder((5,), warm_start=True, out_activation="tanh", **STILL).fit(X)
    drawn = autoencoder.intercepts_[-1].copy()
    assert np.ptp(drawn) > 0.1  # as every bias: the inverse of another function is not known
    autoencoder = Autoencoder((5,), warm_start=True, **STILL).fit(X)
    autoencoder.intercepts_[-1][:] = 0.5
    autoencoder.fit(X).partial_fit(X)
    np.testing.assert_array_equal(autoencoder.intercepts_[-1], 0.5)


def test_a_fitted_network_keeps_its_outputs(X):
    autoencoder = Autoencoder((5,), random_state=0).partial_fit(X)
    with pytest.warns(UserWarning, match=r"X has values from -1 to 0 .*'logistic' have values from 0 to 1"):
        autoencoder.partial_fit(X - 1)
    assert autoencoder.out_activation_ == "logistic"
    autoencoder = Autoencoder((5,), random_state=0).partial_fit(X - 1).partial_fit(X)
    assert autoencoder.out_activation_ == "identity"
    with pytest.warns(UserWarning, match="out_activation='identity'"):
        Autoencoder((5,), out_activation="logistic", **QUICK).fit(16 * X)
    with pytest.raises(ValueError, match=r"outputs is \(64, 'identity'\), but now it is \(64, 'logistic'\)"):
        autoencoder.set_params(loss="binary_cross_entropy").partial_fit(X)


# Data


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.astype(np.float32),
        np.asfortranarray,
        sparse.csr_array,
        sparse.csc_matrix,
        lambda X: sparse.csr_array(X, dtype=np.float32),
        lambda X: X.reshape(-1, 8, 8, 1),
    ],
    ids=["float32", "strided", "CSR", "CSC", "CSR of float32", "images"],
)
def test_kinds_of_rows(change, X):
    expected = Autoencoder((12, 5), **QUICK).fit(X, X_val=X[:50])
    autoencoder = Autoencoder((12, 5), **QUICK).fit(change(X), X_val=change(X[:50]))
    single = getattr(change(X), "dtype", None) == np.float32
    near = {"rtol": 1e-3, "atol": 1e-5} if single else {"rtol": 1e-9, "atol": 1e-12}
    assert autoencoder.transform(change(X)).dtype == (np.float32 if single else np.float64)
    np.testing.assert_allclose(autoencoder.transform(change(X)), expected.transform(X), **near)
    np.testing.assert_allclose(autoencoder.validation_scores_, expected.validation_scores_, **near)
    assert autoencoder.score(change(X)) == pytest.approx(expected.score(X), rel=1e-4)


def test_bytes_train_like_the_pixels_they_stand_for(X):
    pixels = bytes_of(X) * np.float32(1 / 255)
    of_pixels = Autoencoder((5,), **QUICK).fit(pixels)
    of_bytes = Autoencoder((5,), input_scale=1 / 255, **QUICK).fit(bytes_of(X))
    np.testing.assert_allclose(of_bytes.coefs_[0], of_pixels.coefs_[0], rtol=1e-5, atol=1e-6)
    assert of_bytes.score(bytes_of(X)) / 255**2 == pytest.approx(of_pixels.score(pixels), rel=1e-5)
    made = of_bytes.inverse_transform(of_bytes.transform(bytes_of(X)))
    assert 100 < made.max() < 255
    for autoencoder, rows in ((of_bytes, bytes_of(X)), (of_pixels, pixels)):
        autoencoder.set_params(early_stopping=True, tol=0.02, n_iter_no_change=4, max_iter=20)
        assert autoencoder.fit(rows).n_iter_ == 5


def test_rows_of_no_weight_do_not_matter(X):
    weights = np.ones(400)
    weights[200:] = 0
    spoiled = np.where(weights[:, np.newaxis] > 0, X, 0.5)
    options = {"solver": "lbfgs", "max_iter": 5, "random_state": 0}
    np.testing.assert_allclose(
        Autoencoder((5,), **options).fit(spoiled, sample_weight=weights).transform(X),
        Autoencoder((5,), **options).fit(X[:200]).transform(X),
        rtol=1e-7,
        atol=1e-9,
    )


@pytest.mark.parametrize("container", [np.array, sparse.csr_array])
@pytest.mark.parametrize("given", [False, True])
def test_early_stopping(given, container, X):
    data, held_out = container(X[:300]), container(X[300:])
    autoencoder = Autoencoder((5,), early_stopping=True, tol=1.0, n_iter_no_change=4, random_state=0)
    autoencoder.fit(data, X_val=held_out if given else None, sample_weight=np.arange(1, 301))
    assert autoencoder.n_iter_ == len(autoencoder.validation_scores_) == 5
    assert autoencoder.t_ == 5 * (300 if given else 270)
    assert autoencoder.best_validation_score_ == max(autoencoder.validation_scores_)
    assert autoencoder.best_loss_ is None
    if given:  # the best weights are kept
        assert autoencoder.score(held_out) == pytest.approx(autoencoder.best_validation_score_, rel=1e-12)


def test_weights_of_validation_rows(X):
    weights = np.arange(100.0)
    autoencoder = Autoencoder((5,), **QUICK).fit(X[:300], X_val=X[300:], sample_weight_val=weights)
    expected = autoencoder.score(X[300:], sample_weight=weights)
    assert autoencoder.validation_scores_[-1] == pytest.approx(expected, rel=1e-12)
    assert expected != pytest.approx(autoencoder.score(X[300:]), rel=1e-4)


def test_batch_by_batch(X):
    autoencoder = Autoencoder((5,), random_state=0)
    losses = [autoencoder.partial_fit(X, sample_weight=np.ones(400)).loss_ for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    assert autoencoder.t_ == 2000
    with pytest.raises(AttributeError, match="partial_fit"):
        autoencoder.set_params(solver="lbfgs").partial_fit(X)


def test_warm_start(X):
    autoencoder = Autoencoder((5,), warm_start=True, **QUICK).fit(X).fit(X)
    assert len(autoencoder.loss_curve_) == 6
    assert autoencoder.loss_curve_[3] < autoencoder.loss_curve_[2]
    with pytest.raises(ValueError, match=r"hidden_layer_sizes is \(5,\), but now it is \(6,\)"):
        autoencoder.set_params(hidden_layer_sizes=(6,)).fit(X)
    with pytest.raises(ValueError, match="activation is 'identity', but now it is 'relu'"):
        autoencoder.set_params(hidden_layer_sizes=(5,), activation="relu").fit(X)


def test_the_reference_trains_alike(X):
    ref, cpu = (Autoencoder((12, 5), device=device, **QUICK).fit(X) for device in ("ref", "cpu"))
    np.testing.assert_allclose(cpu.transform(X), ref.transform(X), rtol=1e-9, atol=1e-11)


def test_the_input_of_a_denoising_one_is_dropped_not_the_target(X):
    """With nearly everything dropped, the best reconstruction is the mean, not zero."""
    autoencoder = Autoencoder((Dropout(0.999), 5), batch_size=50, max_iter=40, random_state=0).fit(X)
    made = autoencoder.inverse_transform(autoencoder.transform(np.zeros((1, 64))))
    np.testing.assert_allclose(made[0], X.mean(axis=0).clip(0.01, 0.99), atol=0.06)


# Images


def test_convolutions_in_the_encoder(X):
    images = X.reshape(-1, 8, 8, 1)
    autoencoder = Autoencoder((Conv2D(6, 3), MaxPool2D(2), 20, 5), batch_size=20, max_iter=20, random_state=0)
    autoencoder.fit(images, X_val=images[:50])
    assert [w.shape for w in autoencoder.coefs_] == [(3, 3, 1, 6), (54, 20), (20, 5), (5, 20), (20, 64)]
    features = autoencoder.transform(images)
    np.testing.assert_array_equal(autoencoder.transform(X), features)
    made = autoencoder.inverse_transform(features)
    assert made.shape == (400, 64)
    assert autoencoder.score(images) == pytest.approx(-mean_squared_error(X, made), rel=1e-9)
    assert -autoencoder.score(images) < 0.6 * X.var(axis=0).mean()
    rows = clone(autoencoder).set_params(input_shape=(8, 8, 1)).fit(X, X_val=X[:50])
    np.testing.assert_array_equal(rows.transform(X), features)


def test_features_may_be_images(X):
    autoencoder = Autoencoder((Conv2D(3, 3), MaxPool2D(2)), input_shape=(8, 8, 1), **QUICK).fit(X)
    assert autoencoder.transform(X).shape == (400, 27)
    assert len(autoencoder.get_feature_names_out()) == 27
    assert autoencoder.hidden_features(X).shape == (400, 3, 3, 3)
    assert autoencoder.inverse_transform(autoencoder.transform(X)).shape == (400, 64)
    autoencoder = Autoencoder((Conv2D(3, 3), 10, Dense(4)), input_shape=(8, 8, 1), **QUICK).fit(X)
    assert [w.shape[-1] for w in autoencoder.coefs_] == [3, 10, 4, 10, 64]
    assert autoencoder.transform(X).shape == (400, 4)


# scikit-learn's tools


def test_fit_transform(X):
    autoencoder = Autoencoder((5,), **QUICK)
    features = autoencoder.fit_transform(X, np.arange(400), sample_weight=np.ones(400), X_val=X[:20])
    np.testing.assert_array_equal(features, autoencoder.transform(X))
    assert len(autoencoder.validation_scores_) == 3


def test_copies(X):
    autoencoder = Autoencoder((12, 5), dropout=0.1, **QUICK).fit(X)
    features = autoencoder.transform(X)
    made = autoencoder.inverse_transform(features)
    for other in (copy.deepcopy(autoencoder), pickle.loads(pickle.dumps(autoencoder))):
        np.testing.assert_array_equal(other.transform(X), features)
        np.testing.assert_array_equal(other.inverse_transform(features), made)
        other.partial_fit(X)
        assert not np.array_equal(other.transform(X), features)
    np.testing.assert_array_equal(autoencoder.transform(X), features)
    with pytest.raises(NotFittedError):
        clone(autoencoder).transform(X)


def test_threads_may_use_one_autoencoder_at_once(X):
    autoencoder = Autoencoder((30, 5), **QUICK).fit(X)
    expected = autoencoder.score(X)
    fresh = pickle.loads(pickle.dumps(autoencoder))  # nothing is made ready yet
    with ThreadPoolExecutor(8) as pool:
        for made in pool.map(lambda _: fresh.inverse_transform(fresh.transform(X)), range(40)):
            assert -mean_squared_error(X, made) == pytest.approx(expected, rel=1e-12)


def test_search_by_its_own_score(X):
    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), Autoencoder(batch_size=20, max_iter=15, random_state=0)),
        {"autoencoder__hidden_layer_sizes": [(1,), (20,)]},
        cv=2,
        error_score="raise",
    ).fit(X)
    assert search.best_params_ == {"autoencoder__hidden_layer_sizes": (20,)}
    assert search.best_score_ == max(search.cv_results_["mean_test_score"]) > -0.08


def test_frames(X):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    autoencoder = Autoencoder((3,), **QUICK).set_output(transform="pandas")
    features = autoencoder.fit_transform(frame)
    assert list(features.columns) == ["autoencoder0", "autoencoder1", "autoencoder2"]
    assert list(autoencoder.get_feature_names_out()) == list(features.columns)
    assert list(autoencoder.feature_names_in_) == list(frame.columns)
    assert features.index.equals(frame.index)
    np.testing.assert_array_equal(
        autoencoder.inverse_transform(features), autoencoder.inverse_transform(features.to_numpy())
    )
    with pytest.raises(ValueError, match="feature names should match"):
        autoencoder.transform(frame[frame.columns[::-1]])


def test_features_feed_a_classifier():
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(
        Autoencoder((16,), batch_size=50, max_iter=40, random_state=0, input_scale=1 / 16),
        MLPClassifier((40,), solver="lbfgs", max_iter=200, random_state=0),
    ).fit(X[:1200], y[:1200])
    assert pipeline[:-1].transform(X).shape == (1797, 16)
    assert pipeline.score(X[1200:], y[1200:]) > 0.9


# Errors


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": ()}, r"hidden_layer_sizes=\(\) must name at least one layer"),
        ({"hidden_layer_sizes": (Dropout(0.1),)}, "must name at least one layer"),
        ({"hidden_layer_sizes": (0,)}, "must be > 0"),
        ({"hidden_layer_sizes": (Conv2D(3),)}, "declare input_shape"),
        ({"hidden_layer_sizes": (8, 4), "activation": ["relu"]}, "number of widths of the encoder is 2"),
        (
            {"hidden_layer_sizes": (8, 4), "activation": ["auto", "relu"]},
            r"activation\[0\]='auto' is unknown",
        ),
        ({"hidden_layer_sizes": (8, 4), "weight_init": ["zeros"] * 4}, "weight_init=.* has length 4"),
        ({"hidden_layer_sizes": (8, 4), "dropout": [0.1] * 3}, "dropout=.* has length 3"),
        ({"activation": "nonsense"}, "'activation' parameter"),
        ({"out_activation": "exp"}, "'out_activation' parameter"),
        ({"out_activation": None}, "'out_activation' parameter"),
        ({"loss": "poisson"}, "'loss' parameter"),
        (
            {"loss": "binary_cross_entropy", "out_activation": "identity"},
            "out_activation='identity' does not go with loss='binary_cross_entropy'",
        ),
        ({"solver": "lbfgs", "dropout": 0.1}, "needs a stochastic solver"),
    ],
)
def test_wrong_parameters(parameters, message, X):
    with pytest.raises(ValueError, match=message):
        Autoencoder(**parameters).fit(X)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda X: 16 * X,
            r"X has values from 0 to 16 with input_scale=1; .* input_scale=1 / 16, or use loss",
        ),
        (bytes_of, "input_scale=1 / 255"),
        (lambda X: X - 1, "X has values from -1 to 0 with input_scale=1; .*MinMaxScaler"),
        (lambda X: sparse.csr_array(2 * X), "X has values from 0 to 2"),
    ],
)
def test_cross_entropy_of_other_values_than_probabilities(change, message, X):
    autoencoder = Autoencoder((5,), loss="binary_cross_entropy", **QUICK)
    with pytest.raises(ValueError, match=message):
        autoencoder.fit(change(X))
    with pytest.raises(NotFittedError):
        autoencoder.transform(X)
    with pytest.raises(ValueError, match=message.replace("X has", "X_val has")):
        autoencoder.fit(X, X_val=change(X))
    autoencoder.fit(X).partial_fit(X)
    before = autoencoder.transform(X)
    with pytest.raises(ValueError, match=message):
        autoencoder.partial_fit(change(X))
    np.testing.assert_array_equal(autoencoder.transform(X), before)


def test_wrong_rows(X):
    autoencoder = Autoencoder((5,), **QUICK)
    for call in (autoencoder.transform, autoencoder.inverse_transform, autoencoder.score):
        with pytest.raises(NotFittedError):
            call(X)
    with pytest.raises(NotFittedError):
        autoencoder.get_feature_names_out()
    autoencoder.fit(X)
    spoiled = X.copy()
    spoiled[3, 5] = np.nan
    for call in (autoencoder.transform, autoencoder.score, autoencoder.fit, autoencoder.partial_fit):
        with pytest.raises(ValueError, match="Input X contains NaN"):
            call(spoiled)
    with pytest.raises(ValueError, match="X has 7 features, but Autoencoder is expecting 64 features"):
        autoencoder.transform(X[:, :7])
    with pytest.raises(ValueError, match="X has 64 columns, but the encoder makes 5 features; pass what"):
        autoencoder.inverse_transform(X)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        autoencoder.inverse_transform(X[0, :5])
    with pytest.raises(ValueError, match="Input contains NaN"):
        autoencoder.inverse_transform(np.full((2, 5), np.nan))
    with pytest.raises(ValueError, match=r"sample_weight\.shape == \(3,\), expected \(400,\)"):
        autoencoder.score(X, sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="sample_weight sums to 0"):
        autoencoder.score(X, sample_weight=np.zeros(400))
    with pytest.raises(ValueError, match="sample_weight_val was given without"):
        autoencoder.fit(X, sample_weight_val=np.ones(400))


@pytest.mark.real_data
@pytest.mark.skipif(not DATA or find_files(DATA) is None, reason="FASTMLP_DATA names no folder with MNIST")
def test_mnist():
    """784-32-784 soon comes below the 0.0168 of 32 principal components; its features classify."""
    mnist = load_mnist(DATA)
    autoencoder = Autoencoder(
        (32,), activation="relu", input_scale=mnist.input_scale, batch_size=128, max_iter=4, random_state=0
    ).fit(mnist.X_train)
    assert -autoencoder.score(mnist.X_test) * mnist.input_scale**2 < 0.0125
    classifier = MLPClassifier((100, 64), max_iter=40, random_state=0)
    classifier.fit(autoencoder.transform(mnist.X_train[:3000]), mnist.y_train[:3000])
    assert classifier.score(autoencoder.transform(mnist.X_test), mnist.y_test) > 0.88
