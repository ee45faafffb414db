"""What the recipes of learning rates, shares of the data and a linear layer say of curves, and draw."""

from dataclasses import replace

import numpy as np
import pytest

from fastmlp.experiments.division import WithValidation
from fastmlp.experiments.fitted import Context
from fastmlp.recipes import cifar10_depth, learning_rate_curves, linear_first_layer, training_share

from .few_images import made_up, small_images


def losses(*values):
    """Return results whose train and validation losses are these, epoch by epoch."""
    curves = {f"{part}_loss": list(values) for part in ("train", "validation")}
    return {"validation_loss": values[-1], "train_loss": values[-1], "epochs": curves}


def test_the_best_rate_and_when_it_passes_the_others():
    recipe = learning_rate_curves.RECIPE
    results = {"0.1": losses(1.0, 0.5, 0.3, 0.2), "0.01": losses(2.0, 1.5, 1.2, 0.4)}
    results["0.001"] = [losses(2.2, 2.1, 2.0, 1.0), losses(2.2, 2.1, 2.0, 1.4)]
    (sentence,) = learning_rate_curves.find(made_up(recipe, results))
    assert "The learning rate 0.1 ends with the lowest validation loss, 0.2000" in sentence
    assert "that of 0.01 (0.4000) after epoch 3, that of 0.001 (1.2000) after epoch 1." in sentence
    assert learning_rate_curves.find(made_up(recipe, {"0.1": losses(1.0)})) == []


def test_curves_are_means_of_the_seeds():
    results = {"0.1": [losses(1.0, 0.5), losses(3.0, 0.7)]}
    (figure,) = learning_rate_curves.draw(made_up(learning_rate_curves.RECIPE, results)).values()
    train, validation = figure.axes[0].lines
    np.testing.assert_allclose(train.get_ydata(), [2.0, 0.6])
    np.testing.assert_allclose(validation.get_ydata(), [2.0, 0.6])


def test_shares_contain_each_other_and_leave_the_rest_alone():
    data = small_images(100)
    divide = WithValidation(0.3, name="held-out")
    whole = divide(data, 3)
    rows = []
    for share in (0.2, 0.6, 1.0):
        division = training_share.SomeOfTraining(divide, share)(data, 3)
        assert len(division.parts["train"].y) == round(share * 70)
        assert len(division.parts["train"].X) == len(division.parts["train"].y)
        np.testing.assert_array_equal(division.parts["held-out"].X, whole.parts["held-out"].X)
        rows.append({row.tobytes() for row in division.parts["train"].X})
    assert rows[0] < rows[1] < rows[2]


def test_a_share_is_trained_on():
    data, setting = small_images(100), training_share.RECIPE.settings[0]
    setting = replace(setting, parameters=setting.parameters | {"max_iter": 2, "hidden_layer_sizes": (4,)})
    results = training_share.fit(setting, data, 0, Context(device="ref")).results
    assert len(results["epochs"]["test_accuracy"]) == 2
    assert results["held-out_accuracy_after_1"] == results["epochs"]["held-out_accuracy"][0]
    assert np.sum(results["train_confusion"]) == 14


def test_what_more_data_bring():
    def results(first, last):
        curves = {f"{part}_accuracy": [first, 0.9, last] for part in training_share.PARTS}
        ends = {f"{part}_accuracy": last for part in training_share.PARTS}
        return {"epochs": curves} | ends | {f"{name}_after_1": first for name in ends}

    recipe = training_share.RECIPE
    sentences = training_share.find(
        made_up(recipe, {"20 %": results(0.8, 0.85), "100 %": results(0.84, 0.89)})
    )
    assert "20 % of the training images give 80.00 % after the first epoch and 85.00 %" in sentences[0]
    assert "100 % give 84.00 and 89.00 %" in sentences[0]
    assert sentences[2].endswith("first epoch are reached after epoch 2.")
    assert "with 100 % after epoch 2 of 3 (90.00 %)" in sentences[3]
    assert training_share.find(made_up(recipe, {"20 %": results(0.8, 0.85)})) == []


@pytest.fixture
def keras_like():
    """The outcome of R5's network on 60 images, fitted by the reference for two epochs."""
    recipe, data = linear_first_layer.RECIPE, small_images(60, side=4, n_classes=3)
    results = {}
    for setting in recipe.settings:
        quick = replace(setting, parameters=setting.parameters | {"max_iter": 2})
        results[setting.key] = linear_first_layer.fit(quick, data, 0, Context(device="ref")).results
    outcome = made_up(recipe, results)
    outcome.data = data
    return outcome


def test_which_tenth_validates(keras_like):
    last, any_tenth, relu = keras_like.fits
    assert last["results"]["validation_accuracy"] is not None
    assert np.sum(last["results"]["validation_confusion"]) == 6
    assert last["results"]["epochs"]["loss"] != any_tenth["results"]["epochs"]["loss"]
    counts = [fit["results"]["summary"].count("identity") for fit in (last, relu)]
    assert counts == [2, 1]  # the output layer's is one of them


def test_distances_from_the_reported_ends(keras_like):
    reported = linear_first_layer.REPORTED
    keras_like.fits[0]["results"] |= reported | {"validation_accuracy": 0.9724}
    keras_like.fits[2]["results"] |= {"test_accuracy": 0.98, "train_accuracy": 0.996}
    sentences = linear_first_layer.find(keras_like)
    assert "+0.00 points after the first epoch and -0.25 points at the end" in sentences[0]
    assert "test accuracy changes from 97.54 to 98.00 % (97.54 % reported)" in sentences[-1]
    assert "training accuracy from 99.30 to 99.60 % (99.30 % reported)" in sentences[-1]
    keras_like.fits[0]["results"] |= {"train_accuracy_after_1": 0.94}
    assert any("94.00 %, is that of its last weights" in each for each in linear_first_layer.find(keras_like))


def test_images_with_true_and_predicted_class(keras_like):
    keras_like.fits[0]["results"]["first_predicted"] = [*keras_like.data.y_test[:49], -1]
    pictures = linear_first_layer.draw(keras_like)
    assert set(pictures) == {"accuracy.png", "loss.png", "samples.png", "predictions.png"}
    texts = [text.get_text() for text in pictures["predictions.png"].axes[0].texts]
    assert len(texts) == 50
    assert texts[-1] == f"{keras_like.data.y_test[49]} taken for -1"
    assert pictures["predictions.png"].get_suptitle() == "The first 50 test images: 1 wrong"
    reported = pictures["accuracy.png"].axes[0].lines[3].get_ydata()  # of validation
    assert reported[0] == pytest.approx(94.09)
    assert np.isnan(reported[1])  # the second epoch is not the report's last


def cifar_results(train, test, wave=0.0):
    curve = [test + wave * (-1) ** epoch for epoch in range(12)]
    matrix = np.eye(10, dtype=int)
    return {
        "train_accuracy": train,
        "held-out_accuracy": test + 0.01,
        "test_accuracy": test,
        "train_confusion": matrix,
        "test_confusion": matrix,
        "epochs": {"train_accuracy": curve, "test_accuracy": curve},
    }


def test_distances_of_all_networks_from_the_report():
    recipe = cifar10_depth.RECIPE
    assert len(recipe.settings) == 9
    results = {
        s.key: cifar_results(s.reported["train_accuracy"] - 0.02, s.reported["test_accuracy"], 0.01)
        for s in recipe.settings
    }
    sentences = cifar10_depth.find(made_up(recipe, results))
    assert "-2.0 points on train images (from -2.0 to -2.0)" in sentences[0]
    assert "+1.0 points on held-out images" in sentences[0]
    assert "+0.0 points on test images" in sentences[0]
    assert sentences[1] == (
        "With relu, accuracy in percent on training / test images, by depth: 54.9 / 49.3, 62.8 / 50.7, "
        "68.5 / 50.2."
    )
    assert "change by 2.0 points" in sentences[-1]
    assert "-0.2 (test) points" in sentences[-1]  # of five epochs, three are 0.01 below


def test_two_matrices_for_every_network():
    recipe = cifar10_depth.RECIPE
    outcome = made_up(recipe, {s.key: cifar_results(0.6, 0.5) for s in recipe.settings})
    outcome.data = replace(small_images(20), class_names=tuple("abcdefghij"))
    pictures = cifar10_depth.draw(outcome)
    assert set(pictures) == {"confusion-train.png", "confusion-test.png", "accuracy.png"}
    titles = [axes.get_title() for axes in pictures["confusion-test.png"].axes[:9]]
    assert titles[0] == "relu, 1 x 1024: 50.0 %"
    assert titles[8] == "sigmoid, 3 x 1024: 50.0 %"
    assert [len(axes.lines) for axes in pictures["accuracy.png"].axes] == [6, 6, 6]
