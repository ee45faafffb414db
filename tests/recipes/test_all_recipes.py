"""What holds for every recipe."""

import json
import re
from contextlib import suppress

import cloudpickle
import pytest

from fastmlp.experiments.classification import Classification
from fastmlp.experiments.data_sets import LOADERS
from fastmlp.experiments.outcome import MissingFits
from fastmlp.experiments.recipe import SKLEARN, recorded
from fastmlp.recipes import get_recipe, recipe_names

from .few_images import made_up, small_images

RECIPES = {name: get_recipe(name) for name in recipe_names()}
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def test_all_reports_are_there():
    assert {recipe.report for recipe in RECIPES.values()} >= {"R1", "R2", "R3", "R4", "R5"}


@every_recipe
def test_it_describes_itself(recipe):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", recipe.name)
    assert len(recipe.shows) < 110
    assert recipe.title
    assert re.fullmatch(r"\d+ (s|min)", recipe.duration)
    assert recipe.data is None or recipe.data in LOADERS
    assert recipe.seeds >= 1


@every_recipe
def test_its_parameters_go_into_a_record(recipe):
    for setting in recipe.settings:
        assert json.loads(json.dumps(recorded(setting.parameters))) == recorded(setting.parameters)
        assert setting.library in ("fastmlp", SKLEARN)


@every_recipe
def test_workers_can_have_its_fit(recipe):
    assert type(cloudpickle.loads(cloudpickle.dumps(recipe.fit))) is type(recipe.fit)


@every_recipe
def test_what_is_reported_is_plausible(recipe):
    shares = {figure.name for figure in recipe.figures if figure.percent}
    for setting in recipe.settings:
        for name, value in setting.reported.items():
            assert isinstance(value, int | float)
            assert 0 <= value <= 1 or name not in shares


@every_recipe
def test_a_quick_look_changes_parameters_only(recipe):
    quick = recipe.quickened()
    assert quick.seeds == 1
    assert [s.key for s in quick.settings] == [s.key for s in recipe.settings]
    for setting, changed in zip(recipe.settings, quick.settings, strict=True):
        assert changed.parameters == setting.parameters | recipe.quick
        assert changed.reported == setting.reported


def without(scores):
    """What the usual fit gives where training diverged in its first epoch."""
    parts = ("train", "validation", "held-out", "other", "test")
    nothing = {f"{part}_{kind}": None for part in parts for kind in ("accuracy", "loss", "confusion")}
    curves = {"loss": []} | {f"{part}_{kind}": [] for part in parts for kind in ("accuracy", "loss")}
    known = {"layer_sizes": [16, 4, 3], "n_parameters": 83, "summary": ""}
    return nothing | known | {"epochs": curves, "n_epochs": 0, "diverged": True} | scores


USUAL = {name: recipe for name, recipe in RECIPES.items() if isinstance(recipe.fit, Classification)}


@pytest.mark.parametrize("kept", [slice(None), slice(0, 1), slice(-1, None)], ids=["all", "first", "last"])
@pytest.mark.parametrize("recipe", USUAL.values(), ids=USUAL)
def test_divergence_breaks_no_findings_and_pictures(recipe, kept):
    settings = recipe.settings[kept]
    early = {
        f"{part}_{kind}_after_{n}": None
        for n in recipe.fit.early
        for part in recipe.fit.watched
        for kind in ("accuracy", "loss")
    }
    outcome = made_up(recipe, {setting.key: [without(early)] * 2 for setting in settings})
    for fit in outcome.fits:
        fit["model"] = None
    outcome.data = small_images(30)
    with suppress(MissingFits):
        assert all(isinstance(sentence, str) and "nan" not in sentence for sentence in recipe.find(outcome))
    with suppress(MissingFits):
        assert isinstance(recipe.draw(outcome), dict)


def test_there_are_usual_recipes():
    assert len(USUAL) > 8
