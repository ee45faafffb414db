"""What fits add up to."""

import pytest

from fastmlp.experiments.outcome import Outcome
from fastmlp.experiments.recipe import Figure, Recipe, Setting, accuracies

ACCURACY = Figure("test_accuracy", "test accuracy (%)", 1, percent=True)


def outcome(values, reported=None, figure=ACCURACY):
    """One setting with a fit for every value, which is None where it diverged."""
    setting = Setting("one", {}, {} if reported is None else {figure.name: reported}, group="group")
    recipe = Recipe("toy", "Toy", "", "R0", None, (setting,), print, (figure,), print)
    fits = [
        {
            "setting": "group: one",
            "seed": seed,
            "results": {figure.name: value, "diverged": value is None},
            "durations": {"train": 1.0 + seed},
            "model": None,
        }
        for seed, value in enumerate(values)
    ]
    return Outcome(recipe, fits)


def cell(values, reported=None, figure=ACCURACY):
    (row,) = outcome(values, reported, figure).table()
    return row["figures"][figure.name]


def test_mean_and_standard_deviation():
    assert cell([0.5, 0.6, 0.7]) == {
        "reported": None,
        "roughly": False,
        "mean": pytest.approx(0.6),
        "sd": pytest.approx(0.1),
        "n": 3,
        "differs": None,
    }
    assert cell([0.5])["sd"] is None


@pytest.mark.parametrize(
    ("values", "reported", "differs"),
    [
        ([0.5, 0.6, 0.7], 0.79, False),
        ([0.5, 0.6, 0.7], 0.8004, False),  # two deviations, and what rounding hides
        ([0.5, 0.6, 0.7], 0.802, True),
        ([0.5, 0.6, 0.7], 0.39, True),
        ([0.1127, 0.1127], 0.113, False),  # the same to the digits that are reported
        ([0.1127, 0.1127], 0.114, True),
        ([0.5], 0.9, None),  # one fit says nothing about the spread
        ([None, None], 0.5, True),  # whatever the seed, it diverges
        ([None], 0.5, None),
    ],
)
def test_reported_figures_beyond_two_deviations(values, reported, differs):
    assert cell(values, reported)["differs"] is differs


def test_divergence_counts_and_leaves_the_mean_to_the_others():
    (row,) = outcome([0.5, None, 0.7]).table()
    assert (row["n_fits"], row["n_diverged"], row["seconds"]) == (3, 1, 2.0)
    assert row["figures"]["test_accuracy"]["mean"] == pytest.approx(0.6)
    assert row["figures"]["test_accuracy"]["n"] == 2


def test_settings_without_fits_are_left_out():
    empty = outcome([])
    assert (empty.settings(), empty.table()) == ([], [])
    with pytest.raises(LookupError, match="no fit of 'group: one' was completed"):
        empty.first("group: one")
    with pytest.raises(LookupError, match="no completed fit has a test_accuracy"):
        empty.best("test_accuracy")
    with pytest.raises(LookupError, match="no model of 'group: one' was saved"):
        outcome([0.5]).first_model("group: one")


@pytest.mark.parametrize(("values", "differs"), [([0.01, 0.02], False), ([0.2, 0.21], True), ([0.2], None)])
def test_reported_limits(values, differs):
    limit = Figure("loss", "loss", 2, at_most=True)
    assert cell(values, 0.07, limit)["differs"] is differs
    assert limit.show_reported(0.07) == "≤ 0.07"


def test_figures_as_text():
    assert ACCURACY.show(0.98765) == "98.8"
    assert Figure("loss", "loss", 3).show(0.1234) == "0.123"
    assert Figure("n", "parameters", 0).show(99_710) == "99710"
    assert ACCURACY.show(None) == "-"


def recipe(**changes):
    parts = {"settings": (Setting("a", {}),), "figures": accuracies("test")}
    return Recipe("toy", "Toy", "", "R0", None, fit=print, find=print, **parts | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ()}, "has no settings"),
        ({"settings": (Setting("a", {}), Setting("a", {"b": 1}))}, "has two settings named 'a'"),
        ({"settings": (Setting("a", {}, {"speed": 1.0}),)}, "reports 'speed', which is none of its figures"),
    ],
)
def test_recipes_that_contradict_themselves(changes, message):
    with pytest.raises(ValueError, match=f"The recipe 'toy' {message}"):
        recipe(**changes)


def test_equal_names_in_different_groups():
    settings = (Setting("a", {}, group="x"), Setting("a", {}, group="y"))
    assert [s.key for s in recipe(settings=settings).settings] == ["x: a", "y: a"]
