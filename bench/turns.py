"""Two things timed in turn, round by round."""

from statistics import median
from typing import NamedTuple


class Turns(NamedTuple):
    """Seconds (or any figure) of every round, and of what ran just before it."""

    own: list
    other: list

    def figure(self):
        """Return the median of the own figures."""
        return median(self.own)

    def reference(self):
        """Return the median of the other's figures."""
        return median(self.other)

    def ratio(self):
        """Return the median of own / other, each round by itself."""
        return median(own / other for own, other in zip(self.own, self.other, strict=True))


def in_turn(benchmark, own, other, rounds):
    """Call `other()` and `own()` in turn; pytest-benchmark records the wall time of the second.

    Parameters
    ----------
    benchmark : BenchmarkFixture
    own, other : callable
        Each returns its figure, a rate or seconds.
    rounds : int
        One is run where pytest-benchmark is disabled.

    Returns
    -------
    Turns
    """
    turns = Turns([], [])
    benchmark.pedantic(
        lambda: turns.own.append(own()), setup=lambda: turns.other.append(other()), rounds=rounds
    )
    return turns
