"""The CUDA engine against the reference: the same networks, trained and applied, on a GPU or simulated.

A simulated thread takes a tenth of a millisecond: networks have a few units.
"""

import pickle
import signal

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastmlp.kernels.contract import Activation, Loss, Precision
from fastmlp.kernels.cuda import engine, memory, predict, program, replay
from fastmlp.kernels.cuda.device import SIMULATED
from fastmlp.layers import AvgPool2D, Concat, Conv2D, Dense, Dropout, GlobalAvgPool2D, MaxPool2D
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..tolerances import TRAINING
from .networks import LABEL_LOSS, make_data, make_network, problem
from .processes import python
from .training import UPDATES, train

DEVICES = ("ref", "cuda")


@pytest.fixture(autouse=True)
def spoiled(monkeypatch):
    """Memory of the device that is only reserved holds anything: here NaN, which would be seen."""

    def reserve(shape, dtype):
        value = np.nan if np.issubdtype(dtype, np.floating) else np.iinfo(dtype).max
        return memory.upload(np.full(shape, value, dtype))

    for module in (program, predict):
        monkeypatch.setattr(module, "reserve", reserve)


def assert_same_epoch(networks, rows, targets, update, *, batch_size, dtype="float64"):
    """One epoch."""
    expected, actual = networks
    losses = [
        train(network, rows, targets, update._replace(seed=5), batch_size=batch_size, n_epochs=1)
        for network in networks
    ]
    np.testing.assert_allclose(losses[1], losses[0], **TRAINING[dtype])
    np.testing.assert_allclose(actual.params, expected.params, **TRAINING[dtype])


def assert_same(networks, rows, targets, update, *, batch_size):
    """One epoch, then loss, gradient and outputs."""
    assert_same_epoch(networks, rows, targets, update, batch_size=batch_size)
    seen = [
        (*network.gradient(rows, targets, update), network.evaluate(rows, targets), network.predict(rows))
        for network in networks
    ]
    for expected, actual in zip(*seen, strict=True):
        np.testing.assert_allclose(actual, expected, **TRAINING["float64"])


def both(hidden, loss, *, n_inputs=5, n_outputs=3, **options):
    return [make_network(hidden, n_inputs, n_outputs, loss, device=device, **options) for device in DEVICES]


@pytest.mark.parametrize("loss", [loss.name.lower() for loss in Loss])
def test_losses(loss):
    rows, targets = problem(5, 5, 3, loss, weighted=True)
    assert_same(both([Dense(4, "tanh")], loss), rows, targets, UPDATES["sgd"], batch_size=3)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_optimizers(update, dtype):
    rows, targets = problem(3, 5, 3, LABEL_LOSS, dtype=dtype)
    networks = both([Dense(4, "relu")], LABEL_LOSS, dtype=dtype)
    assert_same_epoch(networks, rows, targets, UPDATES[update], batch_size=2, dtype=dtype)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_products_with_rounded_operands(precision):
    """A step rounds what it has computed before: differences of the last bit may become one of these bits."""
    rows, targets = problem(3, 5, 3, LABEL_LOSS, dtype="float32")
    networks = both([Dense(4, "tanh")], LABEL_LOSS, dtype="float32", precision=precision)
    losses, params, outputs = [], [], []
    for network in networks:
        losses.append(train(network, rows, targets, UPDATES["adam"], batch_size=2, n_epochs=1))
        params.append(network.params)
        outputs.append(network.predict(rows))
    bound = {"tf32": 1e-3, "bf16": 1e-2}[precision]
    for expected, actual in (losses, params, outputs):
        np.testing.assert_allclose(actual, expected, rtol=bound, atol=bound)
    full = both([Dense(4, "tanh")], LABEL_LOSS, dtype="float32")[1]
    assert np.any(full.predict(rows) != outputs[1])


def test_activations_one_upon_the_other():
    hidden = [Dense(3, activation.name.lower()) for activation in Activation]
    rows, targets = problem(3, 5, 3, "squared_error")
    assert_same(both(hidden, "squared_error"), rows, targets, UPDATES["sgd"], batch_size=3)


def test_dropout_has_the_same_masks():
    hidden = [Dropout(0.2), Dense(6, "elu"), Dropout(0.4)]
    rows, targets = problem(5, 5, 3, LABEL_LOSS)
    assert_same(both(hidden, LABEL_LOSS), rows, targets, UPDATES["adam"], batch_size=2)


def test_a_batch_in_parts(monkeypatch):
    monkeypatch.setattr(memory, "MOST_ROWS", 2)
    rows, targets = problem(4, 5, 3, LABEL_LOSS, weighted=True)
    networks = both([Dense(3, "tanh")], LABEL_LOSS)
    assert_same(networks, rows, targets, UPDATES["clipped with penalties"], batch_size=3)


@pytest.mark.parametrize("kind", ["uint8", "strided", "csr"])
def test_rows_of_every_kind(kind):
    X, y, _ = make_data(5, 5, 3, LABEL_LOSS)
    rows, targets = as_rows(of_kind(X, kind), "float64", 0.1), as_targets(y, "float64", None)
    assert_same(both([Dense(4, "tanh")], LABEL_LOSS), rows, targets, UPDATES["adam"], batch_size=3)


def of_kind(X, kind):
    if kind == "uint8":
        return np.abs(50 * X).astype(np.uint8)
    if kind == "strided":
        return np.asfortranarray(X)[::-1]
    return csr_array(np.where(X > 0, X, 0)) if kind == "csr" else X


@pytest.mark.parametrize("kind", ["dense", "uint8", "strided", "csr"])
def test_rows_stream_through_the_device(kind, monkeypatch):
    """Five rows in batches of two, each a piece of its own, on their way through two lanes."""
    monkeypatch.setattr(memory, "MOST_ROWS", 2)
    monkeypatch.setattr(predict, "PIECE", 1)
    X, _, _ = make_data(5, 5, 3, LABEL_LOSS)
    rows = as_rows(of_kind(X, kind), "float64", 0.1)
    expected, actual = (network.predict(rows) for network in both([Dense(4, "tanh")], LABEL_LOSS))
    np.testing.assert_allclose(actual, expected, **TRAINING["float64"])


def test_resident_rows_keep_their_program(monkeypatch):
    """Epochs in a block, one after it with what the optimizer remembers, and another network beside it."""
    made = []

    class Counted(program.Program):
        def __init__(self, mode, *args):
            made.append(mode.name)
            super().__init__(mode, *args)

    monkeypatch.setattr(engine, "Program", Counted)
    rows, targets = problem(4, 5, 3, LABEL_LOSS)
    networks = both([Dense(4, "tanh")], LABEL_LOSS)
    for network in networks:
        with network.resident(rows, targets):
            for step in (0, 2):
                update = UPDATES["adam"]._replace(rate=0.1 / (1 + step), step=step)
                network.train_epoch(rows, targets, np.arange(4)[::-1], update, 2)
                network.evaluate(rows, targets)
        network.train_epoch(rows, targets, np.arange(4), UPDATES["adam"]._replace(step=4), 2)
    np.testing.assert_allclose(networks[1].params, networks[0].params, **TRAINING["float64"])
    assert made == ["TRAIN", "EVALUATE", "TRAIN"]


def test_a_resident_optimizer_goes_on_with_other_batches():
    """Other rows or batches are another program, resident or not; a copy has what the optimizer remembers."""
    rows, targets = problem(4, 5, 3, LABEL_LOSS)
    others = problem(2, 5, 3, LABEL_LOSS, seed=2)
    networks = both([Dense(4, "tanh")], LABEL_LOSS)
    for network in networks:
        with network.resident(rows, targets):
            for step, (X, y) in enumerate([(rows, targets), others, (rows, targets)]):
                network.train_epoch(X, y, np.arange(2), UPDATES["adam"]._replace(step=step), 2)
            network.train_epoch(rows, targets, np.arange(3), UPDATES["adam"]._replace(step=3), 3)
            copied = pickle.loads(pickle.dumps(network))
        copied.train_epoch(rows, targets, np.arange(2), UPDATES["adam"]._replace(step=4), 2)
        network.train_epoch(rows, targets, np.arange(2), UPDATES["adam"]._replace(step=4), 2)
        np.testing.assert_array_equal(copied.params, network.params)
    np.testing.assert_allclose(networks[1].params, networks[0].params, **TRAINING["float64"])


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt, also in a shell's background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_is_heard_after_the_epoch(interruptible, monkeypatch):
    def carry_out(launches, stream, carry_out=replay.carry_out):
        signal.raise_signal(signal.SIGINT)
        carry_out(launches, stream)

    rows, targets = problem(4, 5, 3, LABEL_LOSS)
    networks = both([Dense(4, "tanh")], LABEL_LOSS)
    networks[0].train_epoch(rows, targets, np.arange(4), UPDATES["adam"], 2)
    monkeypatch.setattr(replay, "carry_out", carry_out)
    with pytest.raises(KeyboardInterrupt), networks[1].resident(rows, targets):
        networks[1].train_epoch(rows, targets, np.arange(4), UPDATES["adam"], 2)
    monkeypatch.undo()
    for network in networks:  # with all that the optimizer remembers
        network.train_epoch(rows, targets, np.arange(4), UPDATES["adam"]._replace(step=2), 2)
    np.testing.assert_allclose(networks[1].params, networks[0].params, **TRAINING["float64"])


@pytest.mark.skipif(SIMULATED, reason="takes a GPU: several blocks of every kernel")
@pytest.mark.parametrize("precision", [code.name.lower() for code in Precision])
@pytest.mark.parametrize("name", ["adam", "clipped with penalties"])
def test_wide_networks(name, precision, monkeypatch):
    monkeypatch.undo()  # memory as it comes
    rows, targets = problem(900, 150, 70, LABEL_LOSS, dtype="float32", weighted=True)
    hidden = [Dense(300, "gelu"), Dropout(0.2), Dense(200, "relu")]
    networks = both(hidden, LABEL_LOSS, dtype="float32", n_inputs=150, n_outputs=70, precision=precision)
    bound = {"full": 1e-4, "tf32": 2e-3, "bf16": 2e-2}[precision]
    for network in networks:
        train(network, rows, targets, UPDATES[name]._replace(seed=5), batch_size=400, n_epochs=1)
    np.testing.assert_allclose(networks[1].predict(rows), networks[0].predict(rows), rtol=0, atol=bound)


def test_rows_are_their_own_targets():
    X, _, _ = make_data(4, 3, 3, "squared_error")
    rows, targets = as_rows(X, "float64"), as_targets(np.empty((0, 3)), "float64", None)
    networks = both([Dense(2, "tanh")], "squared_error", n_inputs=3)
    assert_same(networks, rows, targets, UPDATES["adam"], batch_size=2)


IMAGES = {
    "convolution and pooling": ((4, 4, 1), [Conv2D(2, 2, activation="tanh"), MaxPool2D(2, 1)]),
    "strides, padding, groups, mean": (
        (4, 3, 2),
        [Conv2D(2, 2, stride=2, padding=1, groups=2), Dropout(0.3), AvgPool2D(2, 1), Dense(2, "gelu")],
    ),
    "branches": (
        (2, 2, 2),
        [
            Conv2D(2, 1),
            Concat([[Conv2D(1, 1, activation="logistic")], [Conv2D(1, 3, padding=1), MaxPool2D(3, 1, 1)]]),
            GlobalAvgPool2D(),
        ],
    ),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(name):
    shape, hidden = IMAGES[name]
    X, y, _ = make_data(3, int(np.prod(shape)), 2, LABEL_LOSS)
    networks = []
    for device in DEVICES:
        layers = [*hidden, Dense(2, "identity")]
        network = Network(layers, shape, LABEL_LOSS, device=device, dtype="float64")
        network.initialize(np.random.RandomState(0))
        networks.append(network)
    rows, targets = as_rows(X, "float64"), as_targets(y, "float64", None)
    assert_same_epoch(networks, rows, targets, UPDATES["adam"], batch_size=3)
    expected, actual = (network.predict(rows) for network in networks)
    np.testing.assert_allclose(actual, expected, **TRAINING["float64"])


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("row", [0, 4])
def test_an_infinite_number_is_found(row, monkeypatch):
    monkeypatch.setattr(memory, "MOST_ROWS", 1)
    monkeypatch.setattr(predict, "PIECE", 1)
    network = both([Dense(2, "relu")], LABEL_LOSS)[1]
    X, _, _ = make_data(5, 5, 3, LABEL_LOSS)
    assert network.predict(as_rows(X, "float64"), check=True) is not None
    X[row, 2] = np.inf
    assert network.predict(as_rows(X, "float64"), check=True) is None


#: Fit a network that is as large as the device allows, and print a hash of its weights.
FIT = """
import hashlib
import numpy as np
from fastmlp import MLPClassifier
from fastmlp.kernels.cuda.device import SIMULATED
rows, inputs, hidden, batch = (5, 3, (2,), 3) if SIMULATED else (5000, 100, (300, 200), 512)
rng = np.random.default_rng(0)
X, y = rng.random((rows, inputs), dtype=np.float32), np.arange(rows) % 3
options = {"batch_size": batch, "max_iter": 2, "dropout": 0.2, "clip_norm": 1.0, "random_state": 0}
model = MLPClassifier(hidden, device="cuda", **options).fit(X, y)
print(hashlib.md5(b"".join(w.tobytes() for w in model.coefs_ + model.intercepts_)).hexdigest())
"""


def test_two_processes_train_to_the_same_bits():
    first, second = (python(FIT).stdout for _ in range(2))
    assert first == second
    assert first.strip()


@pytest.mark.parametrize("name", ["to_device", "device_array"])
def test_what_does_not_fit_is_said(name, monkeypatch):
    """An allocation fails as numba-cuda words it; parameters stay as they were."""

    def refuse(*args):
        raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")

    rows, targets = problem(4, 5, 3, LABEL_LOSS)
    network = both([Dense(4, "tanh")], LABEL_LOSS)[1]
    before = network.params.copy()
    monkeypatch.setattr(program, "reserve", memory.reserve)
    monkeypatch.setattr(memory.cuda, name, refuse)
    with pytest.raises(MemoryError, match=r"MiB more do not fit into the GPU's memory; use smaller batches"):
        network.train_epoch(rows, targets, np.arange(4), UPDATES["adam"], 2)
    np.testing.assert_array_equal(network.params, before)
    monkeypatch.undo()
    network.train_epoch(rows, targets, np.arange(4), UPDATES["adam"], 2)
    assert np.any(network.params != before)
