"""Several things measured in turn, round by round."""

from statistics import median


class Turns(dict):
    """Name -> the figures of every round, seconds or rates."""

    def median(self, name):
        """Return the median figure."""
        return median(self[name])

    def ratio(self, above, below):
        """Return the median of the rounds' ratios of two figures."""
        return median(a / b for a, b in zip(self[above], self[below], strict=True))


def in_turn(benchmark, rounds, **measure):
    """Measure things in turn, every other round in the opposite order, so that none always comes first.

    What pytest-benchmark itself records is the wall time of whole rounds; the figures are in `extra_info`.

    Parameters
    ----------
    benchmark : BenchmarkFixture
    rounds : int
        One is run where pytest-benchmark is disabled.
    **measure : callable
        Each returns its figure.

    Returns
    -------
    Turns
    """
    turns, order = Turns({name: [] for name in measure}), list(measure)

    def one_round():
        for name in order:
            turns[name].append(measure[name]())
        order.reverse()

    benchmark.pedantic(one_round, rounds=rounds)
    return turns


def affordable(seconds, budget, least, most):
    """Return how many rounds of `seconds` each fit into a budget of seconds, between two limits, int."""
    return max(least, min(most, int(budget / seconds)))
