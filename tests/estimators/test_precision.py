"""Products with rounded operands, as the reference makes them; a GPU's are tested beside its kernels."""

import numpy as np
import pytest

from fastmlp import MLPClassifier, MLPRegressor
from fastmlp.kernels.contract import Precision
from fastmlp.kernels.rounding import rounded

from .fitting import fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_one_layer_is_a_product_of_rounded_numbers(precision):
    y = X @ np.ones(5, np.float32)
    model = MLPRegressor(
        hidden_layer_sizes=(), device="ref", precision=precision, max_iter=3, random_state=0
    ).fit(X, y)
    code = Precision[precision.upper()]
    w, bias = model.coefs_[0], model.intercepts_[0]
    expected = (rounded(X, code) @ rounded(w, code) + bias)[:, 0]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5)
    assert np.abs(model.predict(X) - (X @ w + bias)[:, 0]).max() > 1e-5


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_parameters_keep_all_their_bits(precision):
    model = fit(X, Y, device="ref", precision=precision, max_iter=5)
    assert model.coefs_[0].dtype == np.float32
    assert np.any(rounded(model.coefs_[0], Precision[precision.upper()]) != model.coefs_[0])
    np.testing.assert_allclose(
        model.predict_proba(X), fit(X, Y, device="ref", max_iter=5).predict_proba(X), rtol=0, atol=0.02
    )


def test_float64_is_refused_at_fit():
    with pytest.raises(ValueError, match=r"rounds float32 numbers, but the network is float64, like the X"):
        MLPClassifier(device="ref", precision="tf32").fit(X.astype(float), Y)


def test_a_fitted_model_predicts_where_it_is_told_to():
    model = fit(X, Y, device="ref", precision="bf16")
    rounded_outputs = model.predict_proba(X)
    model.set_params(device="cpu", precision="full")
    full = model.predict_proba(X)
    assert model._network.device == "cpu"
    assert 0 < np.abs(full - rounded_outputs).max() < 0.02
    assert np.array_equal(model.predictor()(X[0]), full[0])
    model.set_params(device="ref", precision="bf16").partial_fit(X, Y)
    assert model._network.device == "ref"
