"""What a sweep over one parameter says of equal values and of chance, and how findings write numbers."""

from dataclasses import replace

import pytest

from fastmlp.experiments.one_parameter import OneParameter, near_best, ranked
from fastmlp.experiments.outcome import Outcome
from fastmlp.experiments.recipe import Setting, accuracies
from fastmlp.experiments.seed_curves import first_seed, spread
from fastmlp.experiments.text import listed, span

SWEEP = OneParameter("rate", lambda parameters: parameters["rate"], shown=("validation_accuracy",))


@pytest.fixture
def outcome_of(recipe):
    """Return a function that makes an outcome of a setting's accuracies, seed by seed."""

    def make(group="", **values):
        settings = tuple(Setting(name, {"rate": i + 1}, group=group) for i, name in enumerate(values))
        fits = [
            {"setting": setting.key, "seed": 4 + i, "results": {"validation_accuracy": value}}
            for setting in settings
            for i, value in enumerate(values[setting.name])
        ]
        figures = accuracies("validation", decimals=1)
        return Outcome(replace(recipe, settings=settings, figures=figures), fits)

    return make


def test_equal_means_share_a_rank(outcome_of):
    outcome = outcome_of(a=[0.5], b=[0.7001], c=[None], d=[0.6999])
    ranks = ranked(outcome, outcome.settings(), "validation_accuracy")
    assert [[setting.name for setting in rank] for rank in ranks] == [["b", "d"], ["a"]]


def test_all_of_the_best_and_the_worst_are_named(outcome_of):
    (sentence,) = SWEEP.find(outcome_of(a=[0.9], b=[0.5], c=[0.90004], d=[0.5], e=[0.7]))
    assert sentence == (
        "The rate with the best validation accuracy is a or c (90.0 % each), that with the worst b or d "
        "(50.0 % each)."
    )
    (sentence,) = SWEEP.find(outcome_of("one layer", a=[0.5], b=[0.5001], c=[None]))
    assert sentence == (
        "With one layer, the validation accuracy is the same with the rate a or b (50.0 % each)."
    )


def test_those_within_a_deviation_of_the_best_are_named(outcome_of):
    outcome = outcome_of(a=[0.88, 0.92], b=[0.87, 0.88], c=[0.7, 0.95], d=[0.89, 0.88])
    (sentence,) = SWEEP.find(outcome)
    assert sentence == (
        "The rate with the best validation accuracy is a (90.0 %), that with the worst c (82.5 %); d and b "
        "are within one standard deviation of the best."
    )
    ranks = ranked(outcome, outcome.settings("")[:3], "validation_accuracy")
    assert [setting.name for setting in near_best(outcome, ranks, "validation_accuracy")] == ["b"]
    (sentence,) = SWEEP.find(outcome_of(a=[0.88, 0.92], b=[0.89, 0.88]))
    assert sentence.endswith("b is within one standard deviation of the best.")
    (sentence,) = SWEEP.find(outcome_of(a=[0.9], b=[0.8999]))
    assert "deviation" not in sentence


@pytest.mark.parametrize(
    ("seeds", "title"), [([0.5], ""), ([0.5, 0.6], "\nmean ± deviation of 2 seeds")], ids=["one", "two"]
)
def test_titles_say_what_error_bars_are(outcome_of, seeds, title):
    outcome = outcome_of("one layer", a=seeds, b=[0.5])
    (picture,) = SWEEP.draw(outcome).values()
    assert picture.get_suptitle() == f"{outcome.recipe.title}: one layer{title}"
    assert spread(outcome, outcome.settings()[1:]) == ""


def test_the_first_seed_is_that_of_the_first_fit(outcome_of):
    outcome = outcome_of(a=[0.5, 0.6], b=[0.5, 0.6])
    assert first_seed(outcome, outcome.settings()) == "seed 4"
    del outcome.fits[0]
    assert first_seed(outcome, outcome.settings()) == "seed 4 or 5"


def test_a_span_of_equal_ends_is_one_figure():
    assert span([0.5712, 0.5824, 0.5768], 1) == "57.1 to 58.2 %"
    assert span([0.5712, 0.5714], 1) == "57.1 %"
    assert span([0.5712, 0.5714]) == "57.12 to 57.14 %"


def test_names_are_joined():
    assert [listed("a"), listed([2, 1]), listed("abc", "or")] == ["a", "2 and 1", "a, b or c"]
