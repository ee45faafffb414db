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
    """Measure things in turn; pytest-benchmark records the wall time of the last one.

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
    turns = Turns({name: [] for name in measure})
    *others, last = measure

    def run(*names):
        for name in names:
            turns[name].append(measure[name]())

    benchmark.pedantic(lambda: run(last), setup=lambda: run(*others), rounds=rounds)
    return turns


def affordable(seconds, budget, least, most):
    """Return how many rounds of `seconds` each fit into a budget of seconds, between two limits, int."""
    return max(least, min(most, int(budget / seconds)))
