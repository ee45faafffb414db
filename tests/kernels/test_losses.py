"""Losses against their formulas in plain Python, their gradients, weights, extremes, predictions."""

import math

import numpy as np
import pytest

from fastmlp.kernels import cpu, ref
from fastmlp.kernels.contract import Loss
from tests.cases import CASES, normal
from tests.kernels.gradients import assert_gradient, central_difference
from tests.kernels.sizes import DTYPES

DELTA = 0.75


def entropy_term(z, y):
    return math.log1p(math.exp(z)) - y * z


def deviance_term(z, y):
    return (y * math.log(y) if y > 0 else 0) - y * z - y + math.exp(z)


def huber_term(z, y):
    r = abs(z - y)
    return r * r / 2 if r <= DELTA else DELTA * (r - DELTA / 2)


TERMS = {
    Loss.LOGISTIC_CROSS_ENTROPY: entropy_term,
    Loss.POISSON: deviance_term,
    Loss.SQUARED_ERROR: lambda z, y: (z - y) ** 2 / 2,
    Loss.ABSOLUTE_ERROR: lambda z, y: abs(z - y),
    Loss.HUBER: huber_term,
}
SLOPES = {
    Loss.LOGISTIC_CROSS_ENTROPY: lambda z, y: 1 / (1 + math.exp(-z)) - y,
    Loss.POISSON: lambda z, y: math.exp(z) - y,
    Loss.SQUARED_ERROR: lambda z, y: z - y,
    Loss.ABSOLUTE_ERROR: lambda z, y: math.copysign(1, z - y),
    Loss.HUBER: lambda z, y: max(-DELTA, min(DELTA, z - y)),
}
each_loss = pytest.mark.parametrize("loss", Loss, ids=lambda code: code.name.lower())
each_backend = pytest.mark.parametrize("backend", [ref, cpu], ids=["ref", "cpu"])
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def case_of(loss):
    return next(case for case in CASES if case.kernel == loss.name.lower())


def row_loss(loss, z, label, y):
    """Loss and gradient of one row, from lists of floats."""
    if loss == Loss.SOFTMAX_CROSS_ENTROPY:
        total = sum(math.exp(x) for x in z)
        slopes = [math.exp(x) / total - (j == label) for j, x in enumerate(z)]
        return math.log(total) - z[label], slopes
    pairs = list(zip(z, y, strict=True))
    return sum(TERMS[loss](*pair) for pair in pairs), [SLOPES[loss](*pair) for pair in pairs]


def run(backend, loss, z, labels=None, values=None, weights=None, delta=DELTA):
    """Loss (m,) and gradient (m, n) of rows without pads."""
    z = np.asarray(z)
    m, n = z.shape
    labels = np.zeros(m, np.int64) if labels is None else np.asarray(labels)
    values = np.zeros((m, n), z.dtype) if values is None else np.asarray(values, z.dtype)
    weights = np.ones(m) if weights is None else np.asarray(weights, np.float64)
    dz, losses = np.full_like(z, np.nan), np.full(m, np.nan)
    getattr(backend.losses, loss.name.lower())(n, z, labels, values, weights, delta, dz, losses)
    return losses, dz


@each_loss
def test_reference_against_loops(loss):
    inputs = case_of(loss).arguments(5, 4, "float64")
    losses, dz = run(ref, loss, inputs["z"], inputs["labels"], inputs["values"], inputs["weights"])
    for i, weight in enumerate(inputs["weights"]):
        z, y = inputs["z"][i].tolist(), inputs["values"][i].tolist()
        expected, slopes = row_loss(loss, z, inputs["labels"][i], y)
        assert losses[i] == pytest.approx(weight * expected, rel=1e-14)
        np.testing.assert_allclose(dz[i], weight * np.array(slopes), rtol=1e-13, atol=1e-15)


@each_backend
@each_loss
def test_gradient(loss, backend):
    """Central differences, away from the kinks of absolute_error at 0 and of huber's slope at delta."""
    inputs = case_of(loss).arguments(6, 5, "float64", seed=1)
    z, rest = inputs["z"], (inputs["labels"], inputs["values"], inputs["weights"])
    distance = z - inputs["values"]
    for kink in (0, -DELTA, DELTA):
        z += np.where(np.abs(distance - kink) < 0.01, 0.05, 0)
    numeric = central_difference(lambda z: run(backend, loss, z, *rest)[0], z)
    assert_gradient(run(backend, loss, z, *rest)[1], numeric)


@each_dtype
@each_backend
@each_loss
def test_dispatch_by_code(loss, backend, dtype):
    one, other = (case_of(loss).arguments(4, 3, dtype, ld=8) for _ in range(2))
    case_of(loss).call(backend, one)
    backend.losses.loss_and_gradient(int(loss), *other.values())
    for name in ("dz", "losses"):
        np.testing.assert_array_equal(one[name], other[name])


@each_dtype
@each_backend
@each_loss
def test_gradient_may_take_the_place_of_the_scores(loss, backend, dtype):
    apart, together = (case_of(loss).arguments(4, 19, dtype) for _ in range(2))
    together["dz"] = together["z"]
    case_of(loss).call(backend, apart)
    case_of(loss).call(backend, together)
    np.testing.assert_array_equal(together["z"], apart["dz"])
    np.testing.assert_allclose(together["losses"], apart["losses"], rtol=1e-15)  # another order of the sum


@each_dtype
@each_backend
@each_loss
def test_a_row_without_weight_counts_for_nothing(loss, backend, dtype):
    """Even where it holds numbers that overflow, infinities or NaN; the other rows are not touched."""
    inputs = case_of(loss).arguments(6, 3, dtype)
    z, labels, values, weights = (inputs[name] for name in ("z", "labels", "values", "weights"))
    used = run(backend, loss, z[:2], labels[:2], values[:2], weights[:2])
    z[2], z[3], z[4], z[5] = np.finfo(dtype).max, -np.finfo(dtype).max, np.inf, np.nan
    weights[2:] = 0
    with np.errstate(all="ignore"):
        losses, dz = run(backend, loss, z, labels, values, weights)
    np.testing.assert_array_equal(losses[2:], 0)
    np.testing.assert_array_equal(dz[2:], 0)
    np.testing.assert_array_equal(losses[:2], used[0])
    np.testing.assert_array_equal(dz[:2], used[1])


@each_dtype
@each_backend
@each_loss
def test_not_a_number_reaches_loss_and_gradient(loss, backend, dtype):
    inputs = case_of(loss).arguments(3, 20, dtype)
    z = inputs["z"]
    z[0, 0] = z[1, 17] = np.nan
    with np.errstate(invalid="ignore"):
        losses, dz = run(backend, loss, z, inputs["labels"], inputs["values"])
    np.testing.assert_array_equal(np.isnan(losses), [True, True, False])
    assert np.isnan(dz[0, 0])
    assert np.isnan(dz[1, 17])
    assert np.isfinite(dz[2]).all()


@each_dtype
@each_backend
def test_cross_entropies_of_extreme_scores(backend, dtype):
    """Certain and right costs nothing; certain and wrong costs the distance, not infinity."""
    z = np.array([[1000, 0, -1000], [1000, 0, -1000], [-1000, -1000, -1000]], dtype)
    losses, dz = run(backend, Loss.SOFTMAX_CROSS_ENTROPY, z, labels=[0, 2, 1])
    np.testing.assert_allclose(losses, [0, 2000, math.log(3)], rtol=1e-15)
    np.testing.assert_allclose(dz, [[0, 0, 0], [1, 0, -1], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-6)
    losses, dz = run(backend, Loss.LOGISTIC_CROSS_ENTROPY, z, values=[[1, 0, 0], [0, 1, 1], [1, 1, 0.5]])
    np.testing.assert_allclose(losses, [math.log(2), 2000 + math.log(2), 2500], rtol=1e-6)
    np.testing.assert_allclose(dz, [[0, 0.5, 0], [1, -0.5, -1], [-1, -1, -0.5]], rtol=1e-6)


@each_backend
def test_softmax_gradient_keeps_its_digits_where_the_row_is_certain(backend):
    """softmax - 1 in float32 would have none left."""
    z = np.array([[20, 0, 1]], np.float32)
    _, dz = run(backend, Loss.SOFTMAX_CROSS_ENTROPY, z)
    others = math.exp(-20) + math.exp(-19)
    assert dz[0, 0] == pytest.approx(-others / (1 + others), rel=1e-6)


@each_dtype
@each_backend
def test_poisson_with_a_target_of_zero(backend, dtype):
    """0 log 0 = 0: the half deviance is the mean."""
    losses, dz = run(backend, Loss.POISSON, np.array([[0.5]], dtype), values=[[0.0]])
    np.testing.assert_allclose([losses[0], dz[0, 0]], math.exp(0.5), rtol=1e-6)


@each_dtype
@each_backend
def test_huber_on_both_sides_of_delta(backend, dtype):
    z = np.array([[0.5, -0.5, 2.0, -2.0]], dtype).T
    losses, dz = run(backend, Loss.HUBER, z, delta=1.0)
    np.testing.assert_array_equal(losses, [0.125, 0.125, 1.5, 1.5])
    np.testing.assert_array_equal(dz[:, 0], [0.5, -0.5, 1.0, -1.0])


@each_backend
def test_losses_are_summed_in_float64(backend):
    """2^24 + 1 is no float32."""
    z = np.full((1, 2**8 + 1), 1.0, np.float32)
    z[0, 0] = 2.0**12
    losses, _ = run(backend, Loss.ABSOLUTE_ERROR, z * np.float32(2**12))
    assert losses[0] == 2.0**24 + 2.0**20


@each_dtype
@each_backend
def test_predictions(backend, dtype):
    """Softmax, logistic, exponential, or the scores themselves; in rows that lie closer than those of z."""
    z = normal(np.random.RandomState(0), (4, 24), dtype, 3.0)
    scores, out = z[:, :19].astype("float64"), np.full((4, 19), np.nan, dtype)
    e = np.exp(scores)
    expected = {
        Loss.SOFTMAX_CROSS_ENTROPY: e / e.sum(axis=1, keepdims=True),
        Loss.LOGISTIC_CROSS_ENTROPY: e / (1 + e),
        Loss.POISSON: e,
        Loss.SQUARED_ERROR: scores,
        Loss.ABSOLUTE_ERROR: scores,
        Loss.HUBER: scores,
    }
    for loss in Loss:
        backend.losses.output_activation(int(loss), 19, z, out)
        np.testing.assert_allclose(out, expected[loss], rtol=8 * np.finfo(dtype).eps)
    backend.losses.softmax(19, z, out)
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=8 * np.finfo(dtype).eps)


@each_dtype
@each_backend
def test_predictions_of_extreme_scores(backend, dtype):
    z, out = np.array([[1000, 0, -1000]], dtype), np.empty((1, 3), dtype)
    backend.losses.softmax(3, z, out)
    np.testing.assert_array_equal(out, [[1, 0, 0]])
    backend.losses.output_activation(int(Loss.LOGISTIC_CROSS_ENTROPY), 3, z, out)
    np.testing.assert_array_equal(out, [[1, 0.5, 0]])
