"""Seconds per training epoch against other libraries, in turn, each in a process of its own."""

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from .machine import cores
from .peers import PEERS
from .turns import in_turn

ROUNDS = 7
PAUSE = 0.1  # seconds before an epoch: the other libraries' idle threads go on spinning for a while


class Cell(NamedTuple):
    """One workload."""

    hidden: str
    batch: int
    rows: int
    features: int = 784

    def __str__(self):
        return f"{self.hidden} batch {self.batch}"


MNIST = Cell("256,128,64", 128, 60_000)


class Worker:
    """A process that runs one library and trains an epoch when told to."""

    def __init__(self, peer, cell, threads):
        self.command = [sys.executable, "-m", "bench.peers", peer, "--in-turn", "--threads", str(threads)]
        for name, value in cell._asdict().items():
            self.command += [f"--{name}", str(value)]
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=Path(__file__).parent.parent,
        )
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.command)} ended with status {self.process.wait()}.")
        return line

    def epoch(self):
        """Seconds of one epoch."""
        time.sleep(PAUSE)
        self.process.stdin.write("\n")
        return float(self.answer())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module", params=[(MNIST, 1), (MNIST, 2)], ids=["mnist-1", "mnist-2"])
def ours(request, quick):
    """A workload, a number of threads, and fastmlp waiting to train on them."""
    cell, threads = request.param
    if len(cores()) < threads:
        pytest.skip(f"{threads} threads need as many cores.")
    if quick:
        cell = cell._replace(rows=2_000)
    with Worker("fastmlp", cell, threads) as worker:
        yield cell, threads, worker


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer != "fastmlp"])
def test_epoch(peer, ours, benchmark, row, quick):
    cell, threads, fastmlp = ours
    columns = {"network": str(cell), "rows": str(cell.rows), "threads": str(threads), "peer": peer}
    if find_spec(PEERS[peer]) is None:
        row("Training", **columns, seconds="not installed", fastmlp="", ratio="")
        pytest.skip(f"{PEERS[peer]} is not installed; python -m pip install -e '.[bench]'")
    with Worker(peer, cell, threads) as other:
        turns = in_turn(benchmark, other.epoch, fastmlp.epoch, rounds=1 if quick else ROUNDS)
    benchmark.extra_info.update(
        cell._asdict(),
        threads=threads,
        peer=peer,
        seconds_per_epoch=turns.figure(),
        fastmlp_seconds_per_epoch=turns.reference(),
        ratio=turns.ratio(),
    )
    row(
        "Training",
        **columns,
        seconds=f"{turns.figure():.4f}",
        fastmlp=f"{turns.reference():.4f}",
        ratio=f"{turns.ratio():.2f}",
    )
