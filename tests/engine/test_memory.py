"""Memory is planned, then used: no step allocates, and what can be made again is not kept."""

import pickle

import pytest
from numba.core.runtime import rtsys
from numba.core.runtime._nrt_python import memsys_enable_stats

from fastmlp.kernels.contract import State, Targets
from fastmlp.layers import Dense, Dropout

from .networks import LABEL_LOSS, make_network, problem
from .training import DTYPES, UPDATES, train


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("clip_norm", [0.0, 0.1])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_epoch_allocates_nothing(dtype, clip_norm, n_threads, all_threads):
    """Numba makes one handle per array argument and thread when it is called; no step allocates."""
    memsys_enable_stats()
    update = UPDATES["penalties"]._replace(clip_norm=clip_norm)
    rows, targets = problem(500, 30, 3, LABEL_LOSS, dtype=dtype, weighted=True)
    layers = [Dense(40, "gelu"), Dropout(0.2), Dense(20, "relu")]
    network = make_network(layers, 30, 3, LABEL_LOSS, device="cpu", dtype=dtype, n_threads=n_threads)
    handles = len(State._fields) + len(Targets._fields) + len(["table", "rates", "order", "loss"])
    for batch_size in (500, 20, 5):  # in two parts; vectors of rows; less than a vector
        train(network, rows, targets, update, batch_size=batch_size, n_epochs=1)
        before = rtsys.get_allocation_stats().alloc
        train(network, rows, targets, update, batch_size=batch_size, n_epochs=1)
        assert rtsys.get_allocation_stats().alloc - before == n_threads * handles


def test_a_pickle_holds_no_workspace():
    rows, targets = problem(5000, 19, 3, LABEL_LOSS)
    network = make_network([Dense(16)], 19, 3, LABEL_LOSS, device="cpu")
    before = len(pickle.dumps(network))
    train(network, rows, targets, UPDATES["sgd"], batch_size=5000, n_epochs=1)
    assert len(pickle.dumps(network)) == before
