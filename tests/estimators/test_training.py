"""The pieces of the epoch loop by themselves."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from fastmlp.callbacks import EpochRecord, notify
from fastmlp.kernels.contract import Optimizer
from fastmlp.layers import Dense
from fastmlp.limits import one_blas_thread
from fastmlp.network import Network
from fastmlp.optimizers import OptimizerSpec, StochasticOptimizer
from fastmlp.rows import as_rows, as_targets
from fastmlp.training import BestParameters, Monitor, Patience, Stop, Training


def test_patience_counts_epochs_without_improvement_by_tol():
    patience = Patience(tol=0.1, limit=3)
    counts = []
    for value in (1.0, 1.05, 1.2, 1.2, np.nan, 1.25):
        patience.update(value)
        counts.append(patience.count)
    assert counts == [0, 1, 0, 1, 2, 3]
    assert patience.exhausted
    assert patience.best == 1.25


def test_patience_without_limit():
    patience = Patience(tol=0.0, limit=np.inf)
    for _ in range(1000):
        patience.update(np.nan)
    assert not patience.exhausted


def test_best_parameters_copy():
    params = np.zeros(3)
    best = BestParameters(params)
    for value in (1.0, 3.0, np.nan, 2.0, 3.0):
        params += 1
        best.offer(params, value)
    np.testing.assert_array_equal(best.params, [2, 2, 2])
    assert best.value == 3.0


def test_codes_of_the_optimizers():
    assert OptimizerSpec("adam").code == Optimizer.ADAM
    assert OptimizerSpec("adamw").code == Optimizer.ADAMW
    assert OptimizerSpec("sgd").code == Optimizer.NESTEROV
    assert OptimizerSpec("sgd", nesterov=False).code == Optimizer.MOMENTUM
    assert OptimizerSpec("sgd", momentum=0.0).code == Optimizer.SGD


def test_an_update_holds_plain_numbers():
    """The kernels are compiled for int and float, and Numba knows an enumeration as another type."""
    for spec in (OptimizerSpec("adam"), OptimizerSpec("sgd"), OptimizerSpec("sgd", momentum=0.0)):
        assert {type(value) for value in StochasticOptimizer(spec).update()} == {int, float}


def test_update_of_an_optimizer():
    spec = OptimizerSpec("sgd", learning_rate_init=0.5, momentum=0.7, l2=1.0, l1=2.0, clip_norm=3.0)
    optimizer = StochasticOptimizer(spec, seed=11)
    optimizer.epoch_ended(n_steps=4, n_seen=100)
    update = optimizer.update()
    assert (update.rate, update.beta_1, update.step, update.seed) == (0.5, 0.7, 4, 11)
    assert (update.l2, update.l1, update.clip_norm) == (1.0, 2.0, 3.0)
    assert StochasticOptimizer(OptimizerSpec("adam", beta_1=0.8)).update().beta_1 == 0.8


def test_schedules():
    optimizer = StochasticOptimizer(OptimizerSpec("sgd", 0.5, "invscaling", power_t=0.25))
    optimizer.epoch_ended(1, 15)
    assert optimizer.learning_rate == 0.25
    assert optimizer.plateau()
    optimizer = StochasticOptimizer(OptimizerSpec("sgd", 1e-5, "adaptive"))
    assert [optimizer.plateau() for _ in range(3)] == [False, False, True]
    assert optimizer.learning_rate == pytest.approx(4e-7)


def test_changed_settings_keep_the_lowered_rate_unless_the_rate_was_changed():
    optimizer = StochasticOptimizer(OptimizerSpec("adam", 0.1, "adaptive"))
    optimizer.plateau()
    optimizer.change(OptimizerSpec("adam", 0.1, "adaptive", l2=1.0))
    assert optimizer.learning_rate == pytest.approx(0.02)
    optimizer.change(OptimizerSpec("adam", 0.2, "adaptive"))
    assert optimizer.learning_rate == 0.2


def test_all_callbacks_are_called():
    record = EpochRecord(1, 0.5, None, None, 0.1, 10, 0.01)
    seen = []
    assert notify([lambda r: True, seen.append], record)
    assert seen == [record]
    assert notify([lambda r: np.float64(r.loss) < 1.0], record)
    assert not notify([lambda r: 1, lambda r: np.False_], record)
    assert not notify([], record)


def test_blas_threads_are_restored_when_the_last_fit_ends():
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with one_blas_thread():
        with one_blas_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert threads() == before


def run(max_epochs, after_epoch=lambda record: False, shuffle=True, **patience):
    """Train one weight to be 2 by gradient descent."""
    network = Network([Dense(1, "identity", weight_init="zeros")], (1,), "squared_error", dtype=np.float64)
    network.initialize(np.random.RandomState(0))
    X = np.linspace(-1, 1, 20).reshape(-1, 1)
    patience = {"tol": 0.0, "limit": np.inf, **patience}
    monitor = Monitor(network, Patience(**patience), after_epoch)
    training = Training(
        network,
        as_rows(X, np.float64),
        as_targets(2 * X, np.float64),
        np.arange(20),
        6,
        StochasticOptimizer(OptimizerSpec("sgd", learning_rate_init=0.5, momentum=0.0)),
        monitor,
        np.random.RandomState(0) if shuffle else None,
    )
    return training, training.run(max_epochs)


def test_training_by_itself():
    training, stop = run(40)
    assert stop == Stop.LIMIT
    np.testing.assert_allclose(training.network.weights[0], 2.0, rtol=1e-3)
    assert [record.epoch for record in training.monitor.records] == list(range(1, 41))
    assert training.n_seen == 800
    assert training.optimizer.step == 160  # ceil(20 / 6) = 4 steps an epoch
    losses = [record.loss for record in training.monitor.records]
    assert losses[-1] < 1e-6 < losses[0]


def test_reasons_to_stop():
    assert run(500, tol=1e-3, limit=2)[1] == Stop.CONVERGED
    assert run(5, lambda record: record.epoch == 2)[1] == Stop.CALLBACK

    def interrupt(record):
        raise KeyboardInterrupt

    training, stop = run(5, interrupt)
    assert stop == Stop.INTERRUPTED
    assert len(training.monitor.records) == 1


def test_training_on_some_of_the_rows():
    """Rows that are not to be trained on are never read: here they hold NaN."""
    X = np.full((30, 2), np.nan)
    X[::3] = np.random.RandomState(0).normal(size=(10, 2))
    network = Network([Dense(1, "identity")], (2,), "squared_error", dtype=np.float64)
    network.initialize(np.random.RandomState(0))
    monitor = Monitor(network, Patience(0.0, np.inf), lambda record: False)
    Training(
        network,
        as_rows(X, np.float64),
        as_targets(X[:, :1] + X[:, 1:], np.float64),
        np.arange(0, 30, 3),
        4,
        StochasticOptimizer(OptimizerSpec("adam", 0.1)),
        monitor,
        np.random.RandomState(0),
    ).run(60)
    np.testing.assert_allclose(network.weights[0][:, 0], 1.0, atol=0.1)
