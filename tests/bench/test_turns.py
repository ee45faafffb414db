"""Several things measured in turn."""

import pytest

from bench.turns import Turns, affordable, in_turn


class Benchmark:
    """pytest-benchmark's fixture, as far as it is used."""

    def pedantic(self, function, rounds):
        for _ in range(rounds):
            function()


def test_every_other_round_runs_in_the_opposite_order():
    order = []

    def measure(name):
        order.append(name)
        return len(order)

    turns = in_turn(Benchmark(), 3, a=lambda: measure("a"), b=lambda: measure("b"), c=lambda: measure("c"))
    assert "".join(order) == "abccbaabc"
    assert turns == {"a": [1, 6, 7], "b": [2, 5, 8], "c": [3, 4, 9]}


def test_a_ratio_is_the_median_of_the_rounds():
    """Not the ratio of the medians: both sides of a round had the same machine."""
    turns = Turns(a=[2, 20, 9], b=[1, 10, 3])
    assert turns.median("a") == 9
    assert turns.ratio("a", "b") == 2


@pytest.mark.parametrize(("seconds", "rounds"), [(0.5, 6), (10, 3), (0.01, 7)])
def test_rounds_that_fit_a_budget(seconds, rounds):
    assert affordable(seconds, budget=3.0, least=3, most=7) == rounds
