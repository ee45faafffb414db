"""Epochs of an autoencoder against other libraries, in turn, and how well all reconstruct in the end."""

from importlib.util import find_spec

import pytest

from .autoencoders import BATCH, CODE, LOSSES, PEERS, ROWS
from .limits import limit_gflops
from .tables import AUTOENCODER
from .turns import in_turn
from .worker import Worker, WorkerError

EPOCHS = 10


@pytest.mark.parametrize(
    ("peer", "loss"),
    [(peer, loss) for loss in LOSSES for peer in PEERS if (peer, loss) != ("sklearn", LOSSES[1])],
)
def test_autoencoder(peer, loss, benchmark, result, at_most, quick):
    rows = 3 * BATCH if quick else ROWS
    named = {"peer": peer, "loss": loss, "threads": 1, "rows": rows}
    if find_spec(PEERS[peer]) is None:
        result(AUTOENCODER, **named, missing="not installed")
        pytest.skip(f"{PEERS[peer]} is not installed; python -m pip install -e '.[bench]'")

    def start(library):
        return Worker("bench.autoencoders", library, "--loss", loss, "--rows", rows)

    try:
        with start("fastmlp") as fastmlp, start(peer) as other:
            turns = in_turn(
                benchmark,
                at_most(EPOCHS),
                peer=other.ask,
                fastmlp=fastmlp.ask,
                limit=lambda: limit_gflops(1),
            )
            errors = {"error": fastmlp.ask("error"), "peer_error": other.ask("error")}
            features = fastmlp.greeting
    except WorkerError as error:
        result(AUTOENCODER, **named, missing="failed")
        pytest.fail(str(error), pytrace=False)
    result(
        AUTOENCODER,
        **named,
        **errors,
        cell=f"{features}-{CODE}-{features} batch {BATCH}",
        epochs=len(turns["fastmlp"]),
        seconds=turns.median("fastmlp"),
        peer_seconds=turns.median("peer"),
        ratio=turns.ratio("peer", "fastmlp"),
        limit_gflops=turns.median("limit"),
    )
