"""Layer specs, initializers, and the plan that is made from them."""

from itertools import pairwise

import numpy as np
import pytest

from fastmlp.initializers import NAMED, Constant, Normal, Uniform, VarianceScaling, draw, resolve
from fastmlp.kernels.contract import Col, Layer
from fastmlp.layers import Dense, Dropout
from fastmlp.network import Network
from fastmlp.plan import make_plan
from fastmlp.summary import summarize

LAYERS = [Dropout(0.1), Dense(50, "gelu"), Dropout(0.5), Dense(33, bias=False), Dense(3, "identity")]


def plan_of(layers=LAYERS, shape=(20,), loss="softmax_cross_entropy", batch=9, dtype="float32"):
    return make_plan(layers, shape, loss, batch=batch, dtype=dtype)


def test_shapes_and_leading_dimensions():
    plan = plan_of()
    np.testing.assert_array_equal(plan.table[:, Col.K], [20, 20, 50, 50, 33])
    np.testing.assert_array_equal(plan.table[:, Col.N], [20, 50, 50, 33, 3])
    np.testing.assert_array_equal(plan.table[:, Col.LD_K], [32, 32, 64, 64, 48])
    np.testing.assert_array_equal(plan.table[:, Col.LD_N], [32, 64, 64, 48, 16])
    assert (plan.ld_batch, plan.lanes) == (16, 16)
    assert plan.n_params == 20 * 64 + 64 + 50 * 48 + 33 * 16 + 16
    assert plan_of(dtype="float64").lanes == 8


def test_rows_are_not_whole_pages_apart():
    table = plan_of([Dense(1024), Dense(512), Dense(3, "identity")], shape=(2048,)).table
    np.testing.assert_array_equal(table[:, Col.LD_K], [2080, 1056, 512])
    np.testing.assert_array_equal(table[:, Col.COLUMNS], [1024, 512, 16])


def test_each_layer_reads_what_the_one_before_wrote():
    table = plan_of().table
    np.testing.assert_array_equal(table[1:, Col.X], table[:-1, Col.A])
    np.testing.assert_array_equal(table[2:, Col.D_IN], table[1:-1, Col.D])


def test_nothing_below_the_first_dense_layer_has_a_gradient():
    table = plan_of().table
    assert table[0, Col.D] == -1
    assert table[1, Col.D] >= 0
    assert table[1, Col.D_IN] == -1


def test_ranges_of_the_workspace_and_the_parameters_do_not_overlap():
    plan = plan_of()
    rows = plan.ld_batch
    work = {(plan.input, rows * 32), (plan.values, rows * 3), (plan.d_t, 64 * rows), (plan.dx_t, 64 * rows)}
    params = set()
    for row in plan.table:
        work |= {(row[col], rows * row[Col.LD_N]) for col in (Col.A, Col.Z, Col.D, Col.MASK) if row[col] >= 0}
        if row[Col.KIND] == Layer.DENSE:
            params.add((row[Col.W], row[Col.K] * row[Col.LD_N]))
            if row[Col.B] >= 0:
                params.add((row[Col.B], row[Col.LD_N]))
    for ranges, size in ((work, plan.n_work), (params, plan.n_params)):
        ordered = sorted(ranges)
        for (start, length), (following, _) in pairwise(ordered):
            assert start + length <= following
        assert sum(ordered[-1]) <= size
        assert all(start % plan.lanes == 0 for start, _ in ordered)


def test_only_gelu_and_silu_keep_z_apart():
    for activation in ("relu", "tanh", "logistic", "elu", "softplus", "leaky_relu", "identity"):
        row = plan_of([Dense(4, activation), Dense(3, "identity")]).table[0]
        assert row[Col.Z] == row[Col.A]
    for activation in ("gelu", "silu"):
        row = plan_of([Dense(4, activation), Dense(3, "identity")]).table[0]
        assert row[Col.Z] != row[Col.A]


def test_rows_may_have_up_to_three_axes():
    plan = plan_of([Dropout(0.5), Dense(3, "identity")], shape=(4, 5, 2))
    np.testing.assert_array_equal(plan.table[0, Col.IN_0 : Col.OUT_2 + 1], [4, 5, 2, 4, 5, 2])
    np.testing.assert_array_equal(plan.table[1, Col.IN_0 : Col.OUT_2 + 1], [4, 5, 2, 3, 0, 0])
    assert plan.table[1, Col.K] == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": []}, "must end with a Dense layer"),
        ({"layers": [Dense(3, "identity"), Dropout(0.5)]}, "must end with a Dense layer"),
        ({"layers": ["dense", Dense(3, "identity")]}, r"layers\[0\]='dense' is not a layer"),
        ({"layers": [Dense(3, "relu")]}, r"layers\[0\]: activation='relu' must be 'identity'"),
        ({"shape": ()}, r"input_shape=\(\)"),
        ({"shape": (0,)}, r"input_shape=\(0,\)"),
        ({"batch": 0}, "batch=0"),
        ({"loss": "hinge"}, "loss='hinge' is unknown"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        plan_of(**arguments)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0), "units=0"),
        (lambda: Dense(-3), "units=-3"),
        (lambda: Dense(2.5), "units=2.5"),
        (lambda: Dense(2, "swish"), "activation='swish' is unknown"),
        (lambda: Dense(2, weight_init="xavier"), "weight_init='xavier'"),
        (lambda: Dense(2, bias_init=3), "bias_init=3"),
        (lambda: Dropout(1.0), "rate=1.0"),
        (lambda: Dropout(-0.1), "rate=-0.1"),
        (lambda: Dropout("half"), "rate='half'"),
    ],
)
def test_bad_layers(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", NAMED)
def test_named_initializers_are_seeded(name):
    first, second, other = (resolve(name)(np.random.RandomState(seed), (30, 20)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert (name == "zeros") == np.array_equal(first, other)


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (Normal(0.01), 1e-4),
        (Uniform(0.3), 0.03),
        (VarianceScaling(1.0, "average", "uniform"), 2 / (300 + 200)),
        (VarianceScaling(1.0, "average", "normal"), 2 / (300 + 200)),
        (VarianceScaling(2.0, "in", "uniform"), 2 / 300),
        (VarianceScaling(2.0, "in", "normal"), 2 / 300),
    ],
)
def test_variance_of_initializers(initializer, variance):
    values = initializer(np.random.RandomState(0), (300, 200))
    assert values.var() == pytest.approx(variance, rel=0.03)  # 60,000 draws: about 5 standard errors
    assert abs(values.mean()) < 5 * np.sqrt(variance / values.size)


def test_constant_and_callable_initializers():
    np.testing.assert_array_equal(Constant(2.5)(None, (2, 3)), np.full((2, 3), 2.5))
    layers = [Dense(3, "identity", weight_init=lambda state, shape: np.ones(shape), bias_init=Constant(-1))]
    network = Network(layers, (2,), "squared_error", device="ref")
    network.initialize(np.random.RandomState(0))
    np.testing.assert_array_equal(network.weights[0], np.ones((2, 3)))
    np.testing.assert_array_equal(network.biases[0], -np.ones(3))


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (lambda state, shape: np.zeros(7), r"shape \(7,\); it must have shape \(2, 3\)"),
        (lambda state, shape: np.full(shape, np.nan), "NaN or infinity"),
    ],
)
def test_what_an_initializer_returns_is_checked(init, message):
    with pytest.raises(ValueError, match=message):
        draw(init, np.random.RandomState(0), (2, 3), "weight_init")


def test_summary_counts_what_is_trained():
    """784 x 128 + 128, 128 x 64 + 64, 64 x 10 + 10: 109,386 parameters, as in the course."""
    layers = [Dense(128, "identity"), Dropout(0.5), Dense(64), Dense(10, "identity")]
    text = summarize(Network(layers, (784,), "softmax_cross_entropy", device="ref"))
    lines = text.splitlines()
    assert lines[0].split() == ["layer", "output", "shape", "parameters"]
    assert [line.split()[-1] for line in lines[3:7]] == ["100,480", "0", "8,256", "650"]
    assert lines[7] == "total: 109,386 parameters, 0.42 MiB as float32"
