"""R3's recipes: sweeps over one parameter, the most confused pair, learning by heart, the playground."""

import numpy as np
import pytest

from fastmlp.datasets import load_playground
from fastmlp.experiments.fitted import Context
from fastmlp.experiments.recipe import Setting
from fastmlp.recipes import batch_size, depth, learning_rate, most_confused, overfit, playground

from .few_images import accuracies, made_up, small_images

REF = Context(device="ref")


@pytest.mark.parametrize(("recipe", "best"), [(batch_size, "4"), (depth, "4"), (learning_rate, "0.1")])
def test_sweeps_name_the_best_and_the_worst(recipe, best):
    settings = recipe.RECIPE.settings
    results = {
        s.key: accuracies(0.9, 0.9, validation_accuracy=0.9 if s.name == best else 0.5 + i / 100)
        for i, s in enumerate(settings)
    }
    (sentence,) = recipe.RECIPE.find(made_up(recipe.RECIPE, results))
    assert f"best validation accuracy is {best} (90.00 %)" in sentence
    worst = settings[0] if settings[0].name != best else settings[1]
    assert f"worst {worst.name} (50.00 %)" in sentence
    assert set(recipe.RECIPE.draw(made_up(recipe.RECIPE, results))) == {"accuracy.png"}


def test_a_sweep_without_differences_has_no_best():
    settings = depth.RECIPE.settings
    results = {s.key: accuracies(0.1, 0.1, validation_accuracy=0.1) for s in settings}
    assert depth.RECIPE.find(made_up(depth.RECIPE, results)) == [
        "The validation accuracy is the same with the number of hidden layers 1, 2, 4, 6 or 8 (10.00 % each)."
    ]


def test_the_report_s_best_batch_stands_beside_ours():
    (best,) = (s for s in batch_size.RECIPE.settings if s.reported)
    assert (best.name, best.reported) == ("4", {"validation_accuracy": 0.9654})


def test_arithmetic_of_parameters():
    assert most_confused.arithmetic([784, 100, 10]) == (
        "784 x 100 + 100 = 78,500, 100 x 10 + 10 = 1,010; together 79,510"
    )


def test_the_most_confused_pair_of_all_seeds():
    recipe = most_confused.RECIPE
    matrices = [[[5, 2, 0], [1, 5, 0], [0, 0, 7]], [[5, 0, 0], [3, 4, 0], [1, 0, 6]]]
    results = [accuracies(0.9, 0.8, layer_sizes=[4, 3]) | {"test_confusion": m} for m in matrices]
    outcome = made_up(recipe, {recipe.settings[0].key: results})
    pair, parameters = recipe.find(outcome)
    assert pair == "Most often a 1 is taken for a 0: 4 of 7 errors on test images, of all seeds together."
    assert parameters == "Parameters: 4 x 3 + 3 = 15; together 15."
    outcome.data = small_images(30)
    assert set(recipe.draw(outcome)) == {"confusion.png"}


@pytest.mark.parametrize(
    ("curves", "start"),
    [
        (
            ([0.5, 1.0, 1.0], [0.9, 0.9, 1.0]),
            "Every training image is recognised for the first time in epoch 2 to 3; in",
        ),
        (
            ([0.5, 1.0, 1.0], [0.9, 1.0, 1.0]),
            "Every training image is recognised for the first time in epoch 2; in",
        ),
        (
            ([0.5, 0.9, 1.0], [0.9, None, 0.9]),
            "Every training image is recognised for the first time in epoch 3 (with 1 of 2 seeds); in",
        ),
        (([0.5, 0.9, 0.8], [0.9, 0.9, 0.9]), "In no epoch all training images are recognised"),
    ],
)
def test_learning_by_heart(curves, start):
    recipe = overfit.RECIPE
    results = [
        {
            "train_accuracy": curve[-1],
            "train_loss": 0.01,
            "other_accuracy": 0.8,
            "other_loss": 0.5,
            "epochs": {"train_accuracy": curve},
        }
        for curve in curves
    ]
    first, second = recipe.find(made_up(recipe, {recipe.settings[0].key: results}))
    assert first.startswith(start)
    assert "80.00 % of the images not trained on" in first
    assert second == "The loss on the other images is 50 times that of training."


def test_the_first_images_are_trained_on_and_the_others_are_not():
    data = small_images(30)
    parts = overfit.first_images(data, seed=0).parts
    np.testing.assert_array_equal(parts["train"].X, data.X_train[:15])
    np.testing.assert_array_equal(parts["other"].X, data.X_train[15:])


def test_the_playground_keeps_the_start_that_trains_best():
    parameters = {"points": "circle", "hidden_layer_sizes": (3,), "max_iter": 3, "learning_rate_init": 0.03}
    setting = Setting("circle", parameters | {"solver": "adam", "alpha": 0.0, "starts": 4})
    several = playground.fit(setting, None, 1, REF).results
    ends = []
    for random_state in np.random.RandomState(1).randint(2**31, size=4):
        model = playground._model(
            {k: v for k, v in setting.parameters.items() if k not in ("points", "starts")},
            int(random_state),
            REF,
        )
        points = several["points"]["train"]
        with pytest.warns(UserWarning, match="Maximum iterations"):
            model.fit(points[:, :2], points[:, 2])
        ends.append(playground.half_squared_error(model, points[:, :2], points[:, 2]))
    assert several["train_loss"] == pytest.approx(min(ends), rel=0.02)  # the points are rounded
    assert 0 <= several["good_starts"] <= 1
    assert several["surface"].shape == (61, 61)


def test_playground_s_loss():
    X, y = load_playground("xor", 20, random_state=0)

    class Zero:
        def predict(self, X):
            return np.zeros(len(X))

    assert playground.half_squared_error(Zero(), X, y) == 0.5


def test_findings_and_pictures_of_the_playground():
    recipe = playground.RECIPE
    points = {"train": [[1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]], "test": [[1.0, -1.0, -1.0]]}
    results = {"test_loss": 0.03, "train_loss": 0.01, "good_starts": 0.5, "points": points}
    results["surface"] = np.zeros((61, 61)).tolist()
    outcome = made_up(recipe, {s.key: [results, results | {"test_loss": 0.1}] for s in recipe.settings})
    sentences = recipe.find(outcome)
    assert "the highest test loss of any seed is spiral 0.100, xor 0.100, circle 0.100" in sentences[1]
    assert sentences[2] == (
        "Of the 10 starts with Adam for every seed, this share ends at a test loss of 0.07 or less: "
        "spiral 50 %, xor 50 %, circle 50 %."
    )
    assert {name: picture.get_suptitle() for name, picture in recipe.draw(outcome).items()} == {
        "defaults.png": "gradient descent as in Playground, one start, seed 0",
        "sound.png": "Adam, a small penalty, best of 10 starts, seed 0",
    }
    one = made_up(recipe, {recipe.settings[0].key: results})
    assert set(recipe.draw(one)) == {"defaults.png"}
    assert recipe.find(one)
    _, sound, share = recipe.find(made_up(recipe.quickened(), {s.key: results for s in recipe.settings}))
    assert sound.startswith("Adam, a small penalty, best of 2 starts: ")
    assert share.startswith("Of the 2 starts with Adam")
