"""The forward pass of any part of a network: plans without memory for gradients, images in shared memory."""

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastmlp.forward import Forward
from fastmlp.kernels.contract import Col
from fastmlp.layers import AvgPool2D, Concat, Conv2D, Dense, Dropout, Flatten, GlobalAvgPool2D, MaxPool2D
from fastmlp.network import Network
from fastmlp.plan import make_plan
from fastmlp.rows import as_rows, as_targets

from ..tolerances import TRAINING

SHAPE = (9, 7, 3)
LAYERS = [
    Conv2D(5, 3, padding=1, stride=2, activation="gelu", bias_init="normal"),
    Concat(
        [
            [Conv2D(3, 1), MaxPool2D(3, 1, 1)],
            [Dropout(0.5), Conv2D(7, 3, padding=1, activation="tanh")],
            [Dropout(0.3)],
            [AvgPool2D(3, 1, 1), Conv2D(4, 1), Conv2D(2, 3, padding=1, groups=2)],
        ]
    ),
    AvgPool2D(2, ceil_mode=True),
    Dropout(0.1),
    Dense(8, "silu"),
    Dropout(0.3),
    Dense(4, "identity"),
]


def make(layers=LAYERS, shape=SHAPE, loss="softmax_cross_entropy", **options):
    network = Network(layers, shape, loss, **{"dtype": "float64", **options})
    network.initialize(np.random.RandomState(0))
    return network


def rows_for(network_or_part, n_rows=37, dtype="float64", seed=1):
    values = np.random.RandomState(seed).normal(size=(n_rows, network_or_part.n_inputs))
    return as_rows(values.astype(dtype), np.dtype(dtype))


@pytest.mark.parametrize("first", range(len(LAYERS) + 1))
def test_every_part_of_a_network_is_the_reference_s(first):
    cpu, ref = make(device="cpu"), make(device="ref")
    for last in range(first, len(LAYERS) + 1):
        parts = [network.part(first, last) for network in (cpu, ref)]
        rows = rows_for(parts[0])
        found, expected = (part(rows) for part in parts)
        assert found.shape == (37, parts[0].n_outputs)
        assert_allclose(found, expected, **TRAINING["float64"])


@pytest.mark.parametrize("device", ["cpu", "ref"])
@pytest.mark.parametrize("middle", range(len(LAYERS)))
def test_two_parts_after_each_other_are_the_whole(middle, device):
    network = make(device=device)
    rows = rows_for(network)
    between = network.part(0, middle)(rows)
    whole = network.part(middle, len(LAYERS))(as_rows(between, network.dtype))
    assert_array_equal(whole, network.predict(rows))


def test_parts_read_the_present_parameters():
    network = make()
    part, rows = network.part(4, 6), rows_for(make().part(4, 6))
    before = part(rows)
    network.weights[-2][:] *= 2
    assert not np.array_equal(part(rows), before)


@pytest.mark.parametrize("kind", ["in place", "strided", "scaled", "bytes"])
def test_however_the_images_are_stored(kind, all_threads):
    network = make(dtype="float32", n_threads=2)
    images = np.random.RandomState(0).randint(0, 256, (40, network.n_inputs)).astype(np.uint8)
    dense = images.astype(np.float32)
    stored, scale = {
        "in place": (dense, 1.0),
        "strided": (np.asfortranarray(dense), 1.0),
        "scaled": (dense * 2, 0.5),
        "bytes": (images, 1.0),
    }[kind]
    before = stored.copy()
    found = network.predict(as_rows(stored, network.dtype, scale))
    expected = make(dtype="float32", device="ref").predict(as_rows(dense, network.dtype))
    assert_allclose(found, expected, **TRAINING["float32"])
    assert_array_equal(stored, before)


@pytest.mark.parametrize("n_rows", [1, 2, 5, 70, 300])
def test_the_same_bits_at_any_number_of_threads_and_rows(n_rows, all_threads):
    rows = rows_for(make(), n_rows, "float32")
    outputs = [make(dtype="float32", n_threads=n).predict(rows) for n in (1, 2, 3, 7)]
    for other in outputs[1:]:
        assert_array_equal(other, outputs[0])
    alone = make(dtype="float32").predict(as_rows(rows.data[:1], np.float32))
    assert_array_equal(alone, outputs[0][:1])


def test_a_network_without_a_loss_is_applied_and_not_trained():
    layers = [Conv2D(3, 2, bias_init="normal"), GlobalAvgPool2D()]
    found, expected = (
        make(layers, loss=None, device=device).predict(rows_for(make())) for device in ("cpu", "ref")
    )
    assert found.shape == (37, 3)
    assert_allclose(found, expected, **TRAINING["float64"])
    network = make(layers, loss=None)
    with pytest.raises(ValueError, match="loss=None is unknown"):
        network.evaluate(rows_for(network), as_targets(np.zeros(37, int), network.dtype))


@pytest.mark.parametrize(
    ("layers", "shape"),
    [([Flatten()], SHAPE), ([Flatten()], (5,)), ([Dropout(0.5)], (5,)), ([Dropout(0.5), Flatten()], SHAPE)],
)
@pytest.mark.parametrize("device", ["cpu", "ref"])
def test_layers_that_only_give_the_rows_another_name(layers, shape, device):
    network = make(layers, shape, loss=None, device=device)
    rows = rows_for(network)
    assert_array_equal(network.predict(rows), rows.data)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 2, 3)])
@pytest.mark.parametrize("device", ["cpu", "ref"])
def test_a_part_that_ends_with_branches_has_the_outputs_of_all(device, shape):
    """Also where there are no gaps between the pixels: one pixel, or whole cache lines of channels."""
    branches = [[Conv2D(3, 1)], [Conv2D(13, 1)]]
    network = make([Concat(branches), Dense(2, "identity")], shape, device=device)
    rows = rows_for(network)
    pixels = rows.data.reshape(-1, 3)
    made = [np.maximum(0, pixels @ weights[0, 0]) for weights in network.weights[:2]]
    assert_allclose(network.part(0, 1)(rows), np.hstack(made).reshape(37, -1), **TRAINING["float64"])


def test_a_network_that_has_predicted_is_freed_without_the_garbage_collector():
    network = make()
    network.predict(rows_for(network))
    alive = weakref.ref(network)
    gc.disable()
    try:
        del network
        assert alive() is None
    finally:
        gc.enable()


def plan_of(layers, *, batch=16, **options):
    return make_plan(
        layers, (16, 16, 16), "squared_error", batch=batch, dtype="float32", trains=False, **options
    )


def test_images_share_the_memory_of_those_that_nobody_reads_any_more():
    def memory(depth):
        layers = [Conv2D(16, 3, padding=1)] * depth
        return plan_of(layers, images_share_memory=True).n_work

    assert memory(1) < memory(2) == memory(3) == memory(10)
    image = 16 * 16 * 16
    assert plan_of([MaxPool2D(1)] * 9, images_share_memory=True).n_work < (16 + 16 + 3) * image
    assert plan_of([MaxPool2D(1)] * 9).n_work > 9 * 16 * image


def test_no_layer_writes_to_what_another_still_reads():
    """The input of branches, and what they made, are kept until all of it is put side by side."""
    branches = [[Conv2D(16, 1)] * 3, [MaxPool2D(3, 1, 1)], [Conv2D(32, 3, padding=1), Conv2D(16, 1)]]
    layers = [Conv2D(16, 1), Concat(branches), Conv2D(16, 1), MaxPool2D(2)]
    apart, shared = plan_of(layers).table, plan_of(layers, images_share_memory=True).table
    overlaps = 0
    for i, (row, reader) in enumerate(zip(apart, shared, strict=False)):
        size = row[Col.IN_0] * row[Col.IN_1] * row[Col.PIXEL_K]
        makers = [j for j in range(i) if row[Col.X] <= apart[j, Col.A] < row[Col.X] + size]
        for j in range(min(makers, default=i) + 1, i):
            made = shared[j, Col.OUT_0] * shared[j, Col.OUT_1] * shared[j, Col.PIXEL_N]
            overlap = shared[j, Col.A] < reader[Col.X] + size and reader[Col.X] < shared[j, Col.A] + made
            assert overlap == (j in makers), (i, j)
            overlaps += overlap
    assert overlaps == 2  # the parts behind the first one


def test_prediction_needs_no_memory_for_gradients():
    layers = [Dense(100), Dropout(0.5), Dense(10, "identity")]
    trains = make_plan(layers, (50,), "softmax_cross_entropy", batch=256, dtype="float32")
    applies = make_plan(layers, (50,), "softmax_cross_entropy", batch=256, dtype="float32", trains=False)
    assert len(applies.table) == 2
    assert (applies.table[:, [Col.D, Col.D_IN, Col.MASK]] == -1).all()
    assert applies.n_work == 256 * (applies.table[0, Col.LD_K] + applies.table[:, Col.LD_N].sum())
    assert_array_equal(applies.table[:, [Col.W, Col.B]], trains.table[[0, 2]][:, [Col.W, Col.B]])
    assert Forward(make()).plan.n_params == make().plan_for(1).n_params
