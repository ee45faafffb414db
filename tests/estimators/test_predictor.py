"""Prepared predictors, and the plain methods' short way for plain arrays."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from fastmlp import MLPClassifier, MLPRegressor, _outputs, limits
from fastmlp.kernels.contract import MOST_ROWS
from fastmlp.kernels.cpu import engine, predict

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PROBLEMS = ("binary", "multiclass", "multilabel", "regression", "multi-output", "counts")
QUICK = {"hidden_layer_sizes": (24, 6), "max_iter": 3, "random_state": 0}
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def make(problem, problems, dtype="float64", **params):
    """A fitted estimator, its data, and the method that its predictor stands for."""
    X, y = problems[problem]
    X = X.astype(dtype)
    if problem in ("regression", "multi-output", "counts"):
        loss = "poisson" if problem == "counts" else "squared_error"
        model = MLPRegressor(loss, **{**QUICK, **params}).fit(X, y)
        return model, X, model.predict
    model = MLPClassifier(**{**QUICK, **params}).fit(X, y)
    return model, X, model.predict_proba


@pytest.fixture
def classifier(problems):
    """A float32 classifier of 64 features, and its data."""
    return make("multiclass", problems, "float32")[:2]


@pytest.fixture
def threads_used(monkeypatch):
    """As many threads as are allowed, however little there is to do; collects their numbers."""
    used = []

    def useful_threads(*args):
        limit = args[-1]() if callable(args[-1]) else args[-1]  # of a prediction, or of training
        used.append(limit)
        return limit

    for program in (engine, predict):
        monkeypatch.setattr(program, "useful_threads", useful_threads)
    return used


@DTYPES
@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_bits_as_the_plain_method(problem, device, dtype, problems):
    model, X, method = make(problem, problems, dtype, device=device)
    predict = model.predictor()
    for n in (1, 2, 100, 700):
        rows = np.resize(X, (n, X.shape[1]))
        expected, found = method(rows), predict(rows)
        if device == "cpu" or n <= MOST_ROWS:
            np.testing.assert_array_equal(found, expected)
        else:  # NumPy's products depend on the number of rows
            np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert found.dtype == expected.dtype
    for i in range(3):
        np.testing.assert_array_equal(predict(X[i]), method(X[i : i + 1])[0])
    assert predict(X[:0]).shape == (0, *method(X).shape[1:])


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": ()},
        {"activation": ["gelu", "tanh"]},
        {"bias": False},
        {"dropout": 0.5},
        {"weight_init": lambda random_state, shape: random_state.normal(size=shape)},
    ],
)
def test_every_network(params, problems):
    model, X, method = make("multiclass", problems, **params)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model.predictor()))(X), method(X))


def test_inputs_of_every_kind(classifier):
    """All arrays of real numbers, wherever they lie."""
    model, X = classifier
    predict, expected = model.predictor(), model.predict_proba(X)
    wide = np.zeros((150, 128), np.float32)
    wide[:, ::2] = X
    unaligned = np.zeros(X.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(X.shape)
    unaligned[...] = X
    fixed = X.copy()
    fixed.flags.writeable = False
    swapped = X.astype(X.dtype.newbyteorder())
    inputs = [np.asfortranarray(X), wide[:, ::2], X[::-1][::-1], unaligned, fixed, swapped, X.tolist()]
    for rows in (*inputs, X.astype(np.float64)):
        np.testing.assert_array_equal(predict(rows), expected)
    whole = (16 * X).astype(int)
    for dtype in (np.int64, np.uint8, np.uint16, np.float16):
        np.testing.assert_array_equal(
            predict(whole.astype(dtype)), model.predict_proba(whole.astype(np.float32))
        )
    ones = whole > 8
    np.testing.assert_array_equal(predict(ones), model.predict_proba(ones.astype(np.float32)))


@DTYPES
def test_scaled_input(dtype, problems):
    X, y = problems["multiclass"]
    pixels = (255 * X).astype(np.uint8)
    model = MLPClassifier(input_scale=1 / 255, **QUICK).fit(pixels.astype(dtype), y)
    predict = model.predictor()
    for rows in (pixels, pixels.astype(dtype)):
        for n in (1, 150):
            np.testing.assert_array_equal(predict(rows[:n]), model.predict_proba(rows[:n]))


def test_data_frames(problems):
    pd = pytest.importorskip("pandas")
    X, y = problems["multiclass"]
    frame = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    model = MLPClassifier(**QUICK).fit(frame, y)
    np.testing.assert_array_equal(model.predictor()(frame), model.predict_proba(frame))


@pytest.mark.parametrize("shape", [(), (63,), (65,), (2, 63), (64, 2), (1, 1, 64)])
def test_wrong_shapes(shape, classifier):
    model, _ = classifier
    with pytest.raises(ValueError, match=r"X has shape .*, but must have shape \(n_rows, 64\), or \(64,\)"):
        model.predictor()(np.zeros(shape))


@pytest.mark.parametrize(
    "X",
    [np.zeros(64, complex), np.full(64, "1"), np.zeros(64, object), sparse.csr_matrix((1, 64))],
    ids=["complex", "text", "objects", "sparse"],
)
def test_what_is_no_array_of_real_numbers(X, classifier):
    model, _ = classifier
    with pytest.raises(ValueError, match=r"dense array of real numbers, got dtype .*sparse matrices"):
        model.predictor()(X)


def test_nan_passes_through_and_leaves_nothing_behind(classifier):
    model, X = classifier
    predict, spoiled = model.predictor(), X.copy()
    spoiled[1, 3] = np.nan
    found = predict(spoiled)
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(np.delete(found, 1, axis=0), np.delete(model.predict_proba(X), 1, axis=0))
    np.testing.assert_array_equal(predict(X), model.predict_proba(X))


def test_it_keeps_the_weights_of_its_moment(problems):
    model, X, method = make("multiclass", problems)
    predict, before = model.predictor(), method(X)
    model.partial_fit(X, problems["multiclass"][1])
    model.coefs_[0] *= 2
    model.input_scale = 3
    np.testing.assert_array_equal(predict(X), before)
    assert not np.allclose(method(X), before)
    np.testing.assert_array_equal(model.predictor()(X), method(X))


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_not_fitted(Estimator):
    with pytest.raises(NotFittedError):
        Estimator().predictor()


@pytest.mark.parametrize("copied", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])
def test_copies(copied, classifier):
    model, X = classifier
    predict = model.predictor()
    predict(X)
    twin = copied(predict)
    np.testing.assert_array_equal(twin(X), predict(X))
    assert (twin.n_features_in_, twin.dtype) == (64, np.float32)
    assert repr(twin) == "<Predictor: 64 features, float32>"


def test_a_pickle_holds_the_weights_alone(classifier):
    """Neither the optimizer's memory nor a workspace."""
    predict = classifier[0].predictor()
    predict(classifier[1])
    assert len(pickle.dumps(predict)) < predict._network.params.nbytes + 3000
    assert predict._network.params.nbytes > 6000


def test_calls_at_the_same_time(classifier):
    """Every call has scratch memory of its own, which the next ones use again."""
    model, X = classifier
    predict, expected = model.predictor(), model.predict_proba(X)

    def rounds(start):
        parts = [slice(i, i + 1 + i % 40) for i in range(start, 140, 3)]
        return all(np.array_equal(predict(X[part]), expected[part]) for part in parts * 20)

    assert all(joblib.Parallel(n_jobs=4, prefer="threads")(joblib.delayed(rounds)(i) for i in range(12)))
    assert 1 <= len(predict._forward._scratch) <= 4


@DTYPES
def test_threads_of_one_call(dtype, problems, threads_used):
    _, X, _ = make("multiclass", problems, dtype)
    rows, found = np.resize(X, (700, 64)), []
    for n_threads in (1, 2, 3):
        model, _, _ = make("multiclass", problems, dtype, n_threads=n_threads)
        threads_used.clear()
        found.append(model.predictor()(rows))
        assert threads_used == [n_threads]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_the_default_number_of_threads(classifier, threads_used, monkeypatch):
    """Asked for in every call that may use several."""
    model, X = classifier
    predict = model.predictor()
    threads_used.clear()
    for limit in (3, 2):
        monkeypatch.setattr(limits, "default_threads", lambda limit=limit: limit)
        predict(X)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "default_threads", lambda: pytest.fail("asked for a few rows"))
    predict(X)
    assert threads_used == [3, 2]


# The plain methods


def test_plain_arrays_take_the_short_way(classifier, monkeypatch):
    model, X = classifier
    monkeypatch.setattr(_outputs, "validate_data", lambda *args, **kwargs: pytest.fail("the long way"))
    for dtype in (np.float32, np.float64, np.uint8):
        assert model.predict_proba(X.astype(dtype)).shape == (150, 3)
        assert model.predict(X[:1].astype(dtype)).shape == (1,)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@DTYPES
def test_values_that_are_not_finite_are_still_refused(value, dtype, classifier):
    model, X = classifier
    spoiled = X.astype(dtype)
    spoiled[-1, -1] = value
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        model.predict_proba(spoiled)


def test_values_whose_squares_overflow_are_finite(classifier):
    model, X = classifier
    large = X.copy()
    large[0, 0] = 1e30
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.predict_proba(large)
    np.testing.assert_array_equal(found[1:], model.predict_proba(X)[1:])


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_shapes_are_still_checked(classifier):
    model, X = classifier
    with pytest.raises(ValueError, match="X has 63 features, but MLPClassifier is expecting 64 features"):
        model.predict_proba(np.ascontiguousarray(X[:, 1:]))
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        model.predict_proba(X[0])
    with pytest.raises(ValueError, match="0 sample"):
        model.predict_proba(X[:0])
    with pytest.raises(TypeError, match=r"np\.matrix is not supported"):
        model.predict_proba(np.asmatrix(X))
    with pytest.raises(NotFittedError):
        MLPClassifier().predict_proba(X)


def test_names_of_features_are_still_checked(problems):
    pd = pytest.importorskip("pandas")
    X, y = problems["multiclass"]
    frame = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    model = MLPClassifier(**QUICK).fit(frame, y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict_proba(X)
