"""R2's sweeps: which readings of the report fit, and how far its figures are."""

from dataclasses import replace

import numpy as np
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
    outcome = made_up(recipe, results)
    off = _few_images.distances(outcome, outcome.settings(TWO))
    assert _few_images.mean_distance(off) == pytest.approx(0.08 / 8)
    worst = max(off, key=lambda each: each.distance)
    assert (worst.setting.name, worst.name) == ("8", "test_accuracy")
    assert (worst.distance, worst.found, worst.reported) == pytest.approx((0.08, 0.80, 0.88))
    assert str(worst) == "test accuracy 80.0 %, reported 88.00 %"
    assert _few_images.mean_distance(_few_images.distances(outcome, outcome.settings(ONE))) == 0


def test_distances_leave_out_what_diverged():
    recipe = batch_size_few_images.RECIPE
    results = {setting.key: accuracies(None, None) for setting in recipe.settings}
    outcome = made_up(recipe, results)
    assert _few_images.distances(outcome, outcome.settings(TWO)) == []
    assert _few_images.mean_distance([]) is None
    assert list(_few_images.agreement(outcome)) == []
    results[f"{TWO}: 8"] = accuracies(0.876, 0.87)
    outcome = made_up(recipe, results)
    off = _few_images.distances(outcome, outcome.settings(TWO))
    assert _few_images.mean_distance(off) == pytest.approx(0.005)
    first, _ = _few_images.agreement(outcome)
    assert f"{TWO}: 8 (train accuracy 87.6 %, reported 87.60 %; test accuracy 87.0 %" in first
    assert "average" not in first  # of a single setting


def test_chance_is_that_of_the_test_images():
    recipe = batch_size_few_images.RECIPE
    results = {setting.key: accuracies(0.9, 0.9, n_test=100) for setting in recipe.settings}
    distances, chance = _few_images.agreement(made_up(recipe, results))
    assert f"{ONE}: 2.1 points on average" in distances  # .017 + .013 + .008 + .020 + ..., of 8
    assert "100 test images" in chance
    assert "90.0 % has a standard deviation of 3.0 points" in chance


def test_chance_is_that_of_the_best_setting_s_mean():
    recipe = batch_size_few_images.RECIPE
    results = {setting.key: accuracies(0.9, 0.8) for setting in recipe.settings}
    results[f"{TWO}: 8"] = [accuracies(0.9, 0.8), accuracies(0.9, 1.0)]
    *_, chance = _few_images.agreement(made_up(recipe, results))
    assert "an accuracy of 90.0 % has" in chance


def test_where_training_passes_an_accuracy_is_a_mean_over_the_seeds():
    recipe = batch_size_few_images.RECIPE
    key = recipe.settings[0].key
    seeds = [
        accuracies(0.9, 0.8, epochs={"train_accuracy": train, "test_accuracy": [0.1, 0.2, 0.3, 0.4]})
        for train in ([0.5, 0.9, 0.9, 0.9], [0.5, None, 0.7, 0.9])
    ]
    outcome = made_up(recipe, {key: seeds})
    found = _few_images.passed(outcome, key, 0.8)
    assert (found.epoch, found.n_epochs, found.test_accuracy) == pytest.approx((3, 4, 0.3))
    assert _few_images.passed(outcome, key, 0.95) is None
    assert _few_images.passed(made_up(recipe, {key: accuracies(None, None)}), key, 0.8) is None


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
    agreement = "in agreement with" if right == "10" else "against"
    assert f"tables speak for base 10, {agreement} the distances above: its" in second
    assert "exponent -2 are those for lambda = 0.01 = 10^-2" in second  # whatever was reproduced
    assert others == []


def test_bases_that_fit_equally_well_are_all_named():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings) | as_reported(
        [setting for setting in recipe.settings if setting.group.endswith("powers of 2")], off=0.02
    )
    first, second, *_ = l2_penalty_exponents.find(made_up(recipe, results))
    assert first.startswith("Powers of 10 and e fit the reported accuracies best: 0.0 points")
    assert "in agreement with the distances above" in second


def test_the_report_s_own_tables_speak_without_distances():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings[:3])
    (sentence,) = l2_penalty_exponents.find(made_up(recipe, results))
    assert sentence.startswith("The report's own tables speak for base 10: its figures for the exponent -2")


def test_divergence_is_explained_where_it_happens():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings)
    results[f"{TWO}, powers of 10: 10^6"] = accuracies(None, None)
    results[f"{ONE}, powers of e: e^6"] = accuracies(None, None)
    first, *_, far, near, zeros = l2_penalty_exponents.find(made_up(recipe, results))
    assert first.startswith("Without the exponent 6 (no figures for 10^6, e^6), powers of ")
    assert far == (
        f"Training diverges with {TWO}, powers of 10: 10^6: the penalty alone subtracts 250 times the weight "
        "in every step; above 2 the weight grows."
    )
    assert near == f"Training diverges with {ONE}, powers of e: e^6."  # 0.1 times each weight
    assert "The report has 8.0 % of its test images right there." in zeros


@pytest.mark.parametrize(("zeros", "agrees"), [(30, "agrees"), (60, "does not agree")])
def test_what_is_no_number_is_taken_for_the_first_class(zeros, agrees):
    recipe = l2_penalty_exponents.RECIPE
    known = accuracies(0.1, 0.1) | {"test_confusion": [[zeros, 0], [300 - zeros, 0]]}
    results = {
        f"{TWO}, powers of 10: 10^2": known,
        f"{TWO}, powers of 10: 10^6": accuracies(None, None),
    }
    *_, sentence = l2_penalty_exponents.find(made_up(recipe, results))
    assert f"{zeros / 3:.1f} % of our test images are zeros" in sentence
    assert sentence.endswith(f"points, which {agrees}.")


def test_bases_are_compared_on_the_same_exponents():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings)
    for layers in (TWO, ONE):
        results[f"{layers}, powers of 10: 10^6"] = accuracies(None, None)
        results[f"{layers}, powers of 2: 2^6"] = accuracies(0.9, 0.9)  # far away, but not compared
    first, *_ = l2_penalty_exponents.find(made_up(recipe, results))
    assert "0.0 points away on average with base 2" in first


def test_exponents_are_drawn_with_the_report_beside_them():
    recipe = l2_penalty_exponents.RECIPE
    results = as_reported(recipe.settings)
    results[f"{TWO}, powers of 10: 10^6"] = accuracies(None, None)
    del results[f"{ONE}, powers of 2: 2^6"]  # it failed
    pictures = l2_penalty_exponents.draw(made_up(recipe, results))
    assert set(pictures) == {"train-2-hidden-layers.png", "test-2-hidden-layers.png"}
    legend = [text.get_text() for text in pictures["test-2-hidden-layers.png"].legends[0].get_texts()]
    assert legend == ["powers of 10", "powers of e", "powers of 2", "reported"]
    (axes,) = pictures["test-2-hidden-layers.png"].axes
    (hollow,) = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert hollow.get_color() not in [bars.lines[0].get_color() for bars in axes.containers]
    np.testing.assert_allclose(hollow.get_ydata(), [79, 80.3, 80.3, 81, 11.3, 8])


def stopping(make):
    """Return the sentences on the report's rule for stopping; make(reported) -> shares, epoch by epoch."""
    recipe, results = learning_rate_few_images.RECIPE, {}
    for setting in recipe.settings:
        if setting.reported:
            curves = {name: make(share) for name, share in setting.reported.items()}
            last = [curves[f"{part}_accuracy"][-1] for part in ("train", "test")]
            results[setting.key] = accuracies(*last, epochs=curves)
    return [each for each in learning_rate_few_images.find(made_up(recipe, results)) if "rule" in each]


def test_the_rule_stops_after_three_flat_epochs():
    shares = np.array([0.1, 0.2, 0.201, 0.2, 0.2, 0.3, 0.3])
    assert learning_rate_few_images.stopped(shares, 0.01) == 4
    assert learning_rate_few_images.stopped(shares, 0.0001) == len(shares) - 1
    assert learning_rate_few_images.stopped(shares, None) == len(shares) - 1
    assert learning_rate_few_images.stopped(np.full(5, np.nan), 1.0) == 4


def test_the_rule_for_stopping_is_tried():
    (sentence,) = stopping(lambda share: [share] * 4 + [share / 2])
    assert "may explain the distances" in sentence
    assert "0.0 points away on average; all epochs are 24.9" in sentence
    (sentence,) = stopping(lambda share: [share / 2] * 4 + [share])
    assert "none brings the tables closer than all epochs do (0.0 points on average, 24.9" in sentence
    assert stopping(lambda share: [share] * 3) == []  # too short for the rule


def test_finer_steps_have_an_axis_of_their_own():
    recipe = learning_rate_few_images.RECIPE
    curves = {"train_accuracy": [0.1, 0.3], "test_accuracy": [0.1, 0.2]}
    results = {setting.key: accuracies(0.5, 0.4, epochs=curves) for setting in recipe.settings}
    pictures = recipe.draw(made_up(recipe, results))
    assert len(pictures) == 8
    fine = pictures["accuracy-2-hidden-layers-finer-steps.png"].axes[0]
    assert fine.get_xscale() == "linear"
    assert "0.006" in [label.get_text() for label in fine.get_xticklabels()]
    assert pictures["accuracy-1-hidden-layer.png"].axes[0].get_xscale() == "log"


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
    assert [each.get_title() for each in axes] == [
        f"lambda {n}" for n in ("0.01", "0.05", "0.1", "0.5", "1", "5")
    ]
    assert max(line.get_ydata().max() for line in axes[0].lines[1:]) == pytest.approx(30)
    titles = {name: picture.get_suptitle() for name, picture in pictures.items()}
    assert titles["epochs-1-hidden-layer.png"] == f"{recipe.title}: {ONE}, seed 0"
    assert titles["accuracy-1-hidden-layer.png"] == f"{recipe.title}: {ONE}"  # one seed has no deviation


def test_one_group_alone_is_no_reading_to_compare():
    recipe = replace(l2_penalty.RECIPE, settings=l2_penalty.RECIPE.settings[:6])
    sentences = l2_penalty.find(made_up(recipe, as_reported(recipe.settings)))
    assert not any("readings" in sentence for sentence in sentences)
