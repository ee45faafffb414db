"""R2's sweeps: which readings of the report fit, and how far its figures are."""

from dataclasses import replace

import pytest

from fastmlp.recipes import (
    _few_images,
    batch_size_few_images,
    l2_penalty,
    l2_penalty_exponents,
    learning_rate_few_images,
)

from .few_images import accuracies, made_up

ONE, TWO = _few_images.ONE, _few_images.TWO


def as_reported(settings, off=0.0):
    """Return results that are those of the report, or off by a constant."""
    return {
        setting.key: accuracies(
            setting.reported["train_accuracy"] + off, setting.reported["test_accuracy"] + off
        )
        for setting in settings
        if setting.reported
    }


def test_distances_are_means_and_know_the_worst():
    recipe = batch_size_few_images.RECIPE
    results = as_reported(recipe.settings)
    results[f"{TWO}: 8"]["test_accuracy"] -= 0.08
    mean, (most, setting, name, found, reported) = _few_images.distance(made_up(recipe, results), TWO)
    assert mean == pytest.approx(0.08 / 8)
    assert (setting.name, name) == ("8", "test_accuracy")
    assert (most, found, reported) == pytest.approx((0.08, 0.80, 0.88))
    assert _few_images.distance(made_up(recipe, results), ONE)[0] == 0


def test_distances_leave_out_what_diverged():
    recipe = batch_size_few_images.RECIPE
    results = {setting.key: accuracies(None, None) for setting in recipe.settings}
    assert _few_images.distance(made_up(recipe, results), TWO) is None
    assert list(_few_images.agreement(made_up(recipe, results))) == []
    results[f"{TWO}: 8"] = accuracies(0.876, 0.87)
    assert _few_images.distance(made_up(recipe, results), TWO)[0] == pytest.approx(0.005)


def test_chance_is_that_of_the_test_images():
    recipe = batch_size_few_images.RECIPE
    results = {setting.key: accuracies(0.9, 0.9, n_test=100) for setting in recipe.settings}
    distances, chance = _few_images.agreement(made_up(recipe, results))
    assert f"{ONE}: 2.1 points on average" in distances  # .017 + .013 + .008 + .020 + ..., of 8
    assert "100 test images" in chance
    assert "90.0 % has a standard deviation of 3.0 points" in chance


def test_lambda_is_alpha_and_another_reading_is_a_batch_times_that():
    for setting in l2_penalty.RECIPE.settings:
        times = 16 if setting.group == l2_penalty.UNDIVIDED else 1
        assert setting.parameters["alpha"] == pytest.approx(times * float(setting.name))
        assert setting.parameters.get("input_scale", 1 / 255) == (
            1.0 if setting.group == l2_penalty.BYTES else 1 / 255
        )


@pytest.mark.parametrize("right", [TWO, l2_penalty.UNDIVIDED])
def test_the_reading_that_fits_is_named(right):
    recipe = l2_penalty.RECIPE
    results = as_reported(recipe.settings, off=0.05) | as_reported(
        [setting for setting in recipe.settings if setting.group == right]
    )
    sentence = l2_penalty.find(made_up(recipe, results))[-1]
    assert f"{right!r} is closest to its figures, 0.0 points away on average; " in sentence
    assert sentence.count("is 5.0 away") == 2


@pytest.mark.parametrize("right", l2_penalty_exponents.BASES)
def test_the_base_that_fits_is_named(right):
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings, off=0.02) | as_reported(
        [setting for setting in recipe.settings if setting.group.endswith(f"powers of {right}")]
    )
    first, second, *others = l2_penalty_exponents.find(made_up(recipe, results))
    assert first.startswith(f"Powers of {right} fit")
    assert f"0.0 points away on average with base {right}, 2.0 points" in first
    assert "exponent -2 are those for lambda = 0.01 = 10^-2" in second  # whatever was reproduced
    assert others == []


def test_divergence_is_explained_where_it_happens():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings)
    results[f"{TWO}, powers of 10: 10^6"] = accuracies(None, None)
    assert l2_penalty_exponents.find(made_up(recipe, results))[-1].startswith(f"{TWO}, powers of 10: 10^6: ")


def test_exponents_are_drawn_with_the_report_beside_them():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings)
    results[f"{TWO}, powers of 10: 10^6"] = accuracies(None, None)
    del results[f"{ONE}, powers of 2: 2^6"]  # it failed
    pictures = l2_penalty_exponents.draw(made_up(recipe, results))
    assert set(pictures) == {"train-2-hidden-layers.png", "test-2-hidden-layers.png"}
    legend = [text.get_text() for text in pictures["test-2-hidden-layers.png"].legends[0].get_texts()]
    assert legend == ["reported", "powers of 10", "powers of e", "powers of 2"]


def test_an_early_end_of_the_reported_run_is_seen():
    recipe = learning_rate_few_images.RECIPE

    def results(setting, last):
        reported = setting.reported["train_accuracy"]
        curve = [0.05, reported - 0.01, reported + 0.01, reported + last]
        return accuracies(curve[-1], 0.5, epochs={"train_accuracy": curve, "test_accuracy": curve})

    settings = [setting for setting in recipe.settings if setting.reported]
    outcome = made_up(recipe, {setting.key: results(setting, 0.02) for setting in settings})
    assert not any("early" in sentence for sentence in learning_rate_few_images.find(outcome))
    outcome.fits[5]["results"] = results(settings[5], 0.1)
    (sentence,) = (each for each in learning_rate_few_images.find(outcome) if "early" in each)
    assert f"{TWO}: 0.001 after 3 of 4 epochs." in sentence


def test_pictures_of_a_sweep_show_parameter_and_epochs():
    recipe = l2_penalty.RECIPE
    curves = {"train_accuracy": [0.1, None, 0.3], "test_accuracy": [0.1, 0.2, 0.3]}
    results = {setting.key: accuracies(0.5, 0.4, epochs=curves) for setting in recipe.settings}
    pictures = recipe.draw(made_up(recipe, results))
    assert set(pictures) == {
        f"{what}-{layers}.png"
        for what in ("accuracy", "epochs")
        for layers in ("2-hidden-layers", "1-hidden-layer")
    }
    axes = pictures["epochs-2-hidden-layers.png"].axes
    assert [each.get_title() for each in axes] == ["0.01", "0.05", "0.1", "0.5", "1", "5"]
    assert max(line.get_ydata().max() for line in axes[0].lines[1:]) == pytest.approx(30)


def test_one_group_alone_is_no_reading_to_compare():
    recipe = replace(l2_penalty.RECIPE, settings=l2_penalty.RECIPE.settings[:6])
    sentences = l2_penalty.find(made_up(recipe, as_reported(recipe.settings)))
    assert not any("readings" in sentence for sentence in sentences)
