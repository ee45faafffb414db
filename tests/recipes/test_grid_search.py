"""R2's grid search, cross-validation and winner."""

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from fastmlp.experiments.fitted import Context
from fastmlp.experiments.recipe import Setting
from fastmlp.recipes import cross_validation, few_images_winner, grid_search
from fastmlp.recipes._few_images import DIVIDE, TWO
from fastmlp.recipes._folds import folds, side_by_side, unfitted

from .few_images import accuracies, made_up, small_images

QUICK = {
    "hidden_layer_sizes": (4,),
    "max_iter": 3,
    "batch_size": 16,
    "solver": "sgd",
    "learning_rate_init": 0.5,
}
DATA = small_images(60)


@pytest.fixture(scope="module")
def search():
    """A small search on both networks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_search, "NETWORKS", {"1 hidden layer": {"hidden_layer_sizes": (4,)}})
        grid = {"hidden_layer_sizes": [(4,)], "activation": ["relu", "logistic"], "alpha": [1e-4, 1e3]}
        setting = Setting(grid_search.SEARCH.name, QUICK | {"grid": grid}, group=grid_search.SEARCH.group)
        return [grid_search.fit(setting, DATA, 0, Context(n, "ref")).results for n in (1, 2)]


def test_the_search_has_a_row_for_every_combination(search):
    rows = search[0]["rows"]
    assert {(row["group"], row["lambda"]) for row in rows} == {
        (f"1 hidden layer, {name}", value) for name in ("relu", "sigmoid") for value in (1e-4, 1e3)
    }
    best = max(rows, key=lambda row: row["accuracy"])
    assert search[0]["best"]["accuracy"] == search[0]["test_accuracy"] == best["accuracy"]
    assert best["lambda"] == 1e-4  # the other leaves no weights


def test_threads_do_not_change_the_search(search):
    assert search[0] == search[1]


def test_the_search_never_sees_the_test_images(search, monkeypatch):
    part = DIVIDE(DATA, 0).parts["train"]
    row = next(row for row in search[0]["rows"] if row["group"].endswith("sigmoid"))
    parameters = QUICK | {"activation": "logistic", "alpha": row["lambda"]}
    context = Context(1, "ref")
    with side_by_side(context):
        scores = cross_val_score(unfitted(parameters, 1 / 255, 0, context), part.X, part.y, cv=folds(0))
    assert row["accuracy"] == pytest.approx(scores.mean())


def test_best_of_one_division_and_rank_of_the_reported_one():
    recipe = grid_search.RECIPE
    results = {setting.key: accuracies(0.9, 0.8) for setting in recipe.settings[1:]}
    results[f"{TWO}, relu: lambda 0.5"] = accuracies(0.9, 0.81)
    first, second, *_ = grid_search.find(made_up(recipe, results))
    assert first == f"On the test images, {TWO}, relu: lambda 0.5 is best of 36 combinations with 81.0 %."
    assert second.endswith(f"best, {TWO}, relu: lambda 0.5, has 81.0 %; none of the others is better.")
    results[f"{TWO}, tanh: lambda 0.1"] = accuracies(0.9, 0.85)
    results[f"{TWO}, tanh: lambda 0.01"] = accuracies(None, None)
    first, second, *_ = grid_search.find(made_up(recipe, results))
    assert f"{TWO}, tanh: lambda 0.1 is best of 36 combinations with 85.0 %" in first
    assert second.endswith("has 81.0 %; 1 of the others is better.")
    best = {"group": f"{TWO}, relu", "lambda": 0.5, "accuracy": 0.88, "deviation": 0.012}
    rows = [best | {"lambda": value} for value in grid_search.LAMBDAS]
    results[grid_search.SEARCH.key] = {"best": best, "rows": rows}
    outcome = made_up(recipe, results)
    assert f"chooses {TWO}, relu, lambda 0.5: 88.0 %" in grid_search.find(outcome)[2]
    assert set(grid_search.draw(outcome)) == {"test-accuracy.png", "cross-validated-accuracy.png"}


def test_equal_combinations_and_those_within_a_deviation():
    recipe = grid_search.RECIPE
    results = {setting.key: accuracies(0.9, 0.8) for setting in recipe.settings[1:]}
    for value, off in {"1e-08": 0.0, "0.01": 0.0003, "0.05": -0.01, "0.1": -0.03}.items():
        results[f"{TWO}, tanh: lambda {value}"] = [accuracies(0.9, share + off) for share in (0.84, 0.86)]
    outcome = made_up(recipe, results)
    assert grid_search.find(outcome)[0] == (
        f"On the test images, {TWO}, tanh: lambda 1e-08 and {TWO}, tanh: lambda 0.01 are best of 36 "
        "combinations with 85.0 %, and 1 more within one standard deviation of that."
    )
    title = grid_search.draw(outcome)["test-accuracy.png"].get_suptitle()
    assert title.endswith("one division, mean ± deviation of 2 seeds")


def test_a_group_that_lacks_a_fit_is_left_out():
    recipe = grid_search.RECIPE
    results = {setting.key: accuracies(0.9, 0.8) for setting in recipe.settings[2:]}
    outcome = made_up(recipe, results)
    lines = grid_search.draw(outcome)["test-accuracy.png"].legends[0].get_texts()
    assert len(lines) == 5
    assert "of 30 combinations" in grid_search.find(outcome)[0]


def test_every_image_is_held_out_once():
    setting = Setting("small", QUICK | {"alpha": 0.0})
    results = cross_validation.fit(setting, DATA, 3, Context(2, "ref")).results
    assert len(results["folds"]) == 5
    assert results["test_accuracy"] == pytest.approx(np.mean(results["folds"]))
    assert results["deviation"] == pytest.approx(np.std(results["folds"], ddof=1))
    assert results["test_accuracy"] > 0.5  # of three classes
    again = cross_validation.fit(setting, DATA, 3, Context(1, "ref")).results
    np.testing.assert_array_equal(results["folds"], again["folds"])


@pytest.mark.parametrize(
    ("mean", "says"), [(0.88, "4.0 standard deviations above"), (0.91, "0.2 standard deviations below")]
)
def test_the_reported_figure_is_placed_among_the_seeds(mean, says):
    seeds = [{"test_accuracy": mean + i / 100, "folds": [mean] * 5} for i in (-1, 0)]
    sentences = cross_validation.find(made_up(cross_validation.RECIPE, {"as reported": seeds}))
    assert f"folds {100 * mean - 1:.1f} to {100 * mean:.1f} % with 2 seeds" in sentences[0]
    assert says in sentences[-1]
    assert ("alone does not explain it" in sentences[-1]) == (says.endswith("above"))


def test_a_seed_alone_has_no_place():
    one = {"test_accuracy": 0.88, "folds": [0.88] * 5}
    assert len(cross_validation.find(made_up(cross_validation.RECIPE, {"as reported": one}))) == 1


def test_what_it_takes_names_the_changes_that_reach_the_reported_figure():
    means = {"sound": 0.92, "sound lambda": 0.77, "sound initial weights and lambda": 0.9033}
    results = {name: {"test_accuracy": mean, "folds": [mean] * 5} for name, mean in means.items()}
    _, reached, missed, chosen = cross_validation.find(made_up(cross_validation.RECIPE, results))
    assert reached == (
        "The reported figure is reached with: sound initial weights and lambda (90.33 %), sound (92.00 %)."
    )
    assert missed == "It is not reached with: sound lambda (77.00 %)."
    assert "chosen by hand" in chosen


def test_the_steps_change_the_stated_settings_to_the_sound_ones():
    reported, *steps, sound = cross_validation.RECIPE.settings
    for step in steps:
        changed = {name for name in sound.parameters if step.parameters[name] != reported.parameters[name]}
        assert changed
        assert all(step.parameters[name] == sound.parameters[name] for name in changed)
        words = [words for name, words in cross_validation.NAMES.items() if name in changed]
        assert step.name == f"sound {' and '.join(words)}"


def test_folds_are_drawn_for_every_seed():
    recipe, folds = cross_validation.RECIPE, [0.8, 0.85, 0.9, 0.85, 0.8]
    results = {"as reported": [{"test_accuracy": 0.84, "folds": folds}] * 2}
    (axes,) = recipe.draw(made_up(recipe, results))["folds.png"].axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1"]
    line, _, (bars,) = axes.containers[0].lines
    assert line.get_ydata() == pytest.approx([84, 84])
    low, high = bars.get_segments()[0][:, 1]
    assert (high - low) / 2 == pytest.approx(100 * np.std(folds, ddof=1))
    assert recipe.draw(made_up(recipe, {"as reported": [{"test_accuracy": None}]})) == {}


def test_the_winner_s_worst_confusion_counts_all_seeds():
    recipe, own = few_images_winner.RECIPE, few_images_winner.OWN
    matrices = [[[5, 1, 0], [2, 5, 0], [0, 0, 7]], [[5, 1, 0], [3, 4, 0], [1, 0, 6]]]
    outcome = made_up(
        recipe,
        {own.key: [accuracies(0.9, 0.8, n_epochs=7) | {"test_confusion": matrix} for matrix in matrices]},
    )
    outcome.data = DATA
    epochs, confused, *_ = few_images_winner.find(outcome)
    assert f"{own.key} 7 epochs (41 s reported)" in epochs
    assert "takes 1 for 0 most often: 5 of 8 errors with 2 seeds" in confused


def test_an_early_end_of_the_reported_run_is_told():
    recipe = few_images_winner.RECIPE
    epochs = {"train_accuracy": [0.9, 0.96, 0.99, 0.99], "test_accuracy": [0.87, 0.89, 0.91, 0.92]}
    results = {
        few_images_winner.LIBRARY.key: accuracies(0.99, 0.92, n_epochs=4),
        few_images_winner.WATCHED.key: accuracies(0.99, 0.92, n_epochs=4, epochs=epochs),
    }
    *_, sentence = few_images_winner.find(made_up(recipe, results))
    assert "95.37 % early, in epoch 2 of 4" in sentence
    assert "89.00 % are right then, 91.67 % reported" in sentence
    results[few_images_winner.LIBRARY.key]["train_accuracy"] = 0.95  # no more than reported
    assert not any("early, in" in each for each in few_images_winner.find(made_up(recipe, results)))


def test_activations_of_any_number_make_a_square():
    square = few_images_winner._square(np.arange(50.0))
    assert square.shape == (few_images_winner.SIDE, few_images_winner.SIDE)
    assert square.max() == 1
    assert square[0, 0] == square[-1, -1] == 0  # 14 of 64 places stay empty
    assert not few_images_winner._square(np.zeros(9)).any()
