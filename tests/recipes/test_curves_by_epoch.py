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
    last = values[-1] if values else None
    return {"validation_loss": last, "train_loss": last, "epochs": curves}


def test_the_best_rate_and_when_it_passes_the_others():
    recipe = learning_rate_curves.RECIPE
    results = {"0.1": losses(1.0, 0.5, 0.3, 0.2), "0.01": losses(2.0, 1.5, 1.2, 0.4)}
    results["0.001"] = [losses(2.2, 2.1, 2.0, 1.0), losses(2.2, 2.1, 2.0, 1.4)]
    (sentence,) = learning_rate_curves.find(made_up(recipe, results))
    assert "The learning rate 0.1 ends with the lowest validation loss, 0.2000" in sentence
    assert "that of 0.01 (0.4000) after epoch 3, that of 0.001 (1.2000) after epoch 1." in sentence
    assert learning_rate_curves.find(made_up(recipe, {"0.1": losses(1.0)})) == []
    results["0.1"] = [losses(1.0, 0.2), losses()]  # the second diverged at once, and leaves no mean curve
    (sentence,) = learning_rate_curves.find(made_up(recipe, results))
    assert sentence.endswith("validation loss, 0.2000.")


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
        matrix = {"train_confusion": [[600, 40], [0, 1]]}
        return {"epochs": curves} | ends | {f"{name}_after_1": first for name in ends} | matrix

    recipe = training_share.RECIPE
    sentences = training_share.find(
        made_up(recipe, {"20 %": results(0.8, 0.85), "100 %": results(0.84, 0.89)})
    )
    assert "20 % of the training images give 80.00 % after the first epoch and 85.00 %" in sentences[0]
    assert "100 % give 84.00 and 89.00 %" in sentences[0]
    assert sentences[2].startswith("The report does not say whether it tests on")
    assert sentences[3].endswith(
        "with 20 % after 2 epochs of 11 steps, with 100 % after 2 epochs of 11 steps."
    )
    assert "with 100 % after epoch 2 of 3 (90.00 %)" in sentences[4]
    assert training_share.find(made_up(recipe, {"20 %": results(0.8, 0.85)})) == []
    never = {"20 %": results(0.8, 0.85), "100 %": results(0.84, 0.89)}
    never["20 %"]["epochs"] = {f"{part}_accuracy": [0.7, 0.8] for part in training_share.PARTS}
    assert "with 20 % never, with 100 % after" in training_share.find(made_up(recipe, never))[3]


def test_rough_statements_are_not_judged():
    stated = {s.name: s for s in training_share.RECIPE.settings if s.reported}
    assert set(stated) == {"20 %", "100 %"}
    assert all(set(s.roughly) == set(s.reported) for s in stated.values())


def test_the_number_of_training_images_is_that_of_the_data():
    results = {s.key: {"epochs": {}} for s in training_share.RECIPE.settings}
    outcome = made_up(training_share.RECIPE, results)
    outcome.data = small_images(100)
    (picture,) = training_share.draw(outcome).values()
    assert picture.get_suptitle() == "Fashion-MNIST: share of 70 training images"


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
    assert "differs from the reported one by +0.00 points after the first epoch and -0.25" in sentences[0]
    assert "test accuracy changes from 97.54 to 98.00 % (97.54 % reported)" in sentences[-1]
    assert "training accuracy from 99.30 to 99.60 % (99.30 % reported)" in sentences[-1]
    keras_like.fits[0]["results"] |= {"train_accuracy_after_1": 0.94}
    keras_like.fits[0]["results"]["epochs"] |= {"loss": [0.36, 0.2], "train_loss": [0.19, 0.1]}
    (sentence,) = (each for each in linear_first_layer.find(keras_like) if "last weights, while" in each)
    assert "0.360 as a mean of the steps and 0.190 with the last weights" in sentence
    keras_like.fits[0]["results"]["epochs"]["loss"][0] = 0.1  # which explains nothing
    assert not any("mean of the steps" in each for each in linear_first_layer.find(keras_like))


def test_a_diverged_fit_has_no_curves(keras_like):
    keras_like.fits[0]["results"] = {"diverged": True, "epochs": {"loss": []}}
    assert set(linear_first_layer.draw(keras_like)) == {"samples.png"}


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


def cifar_results(train, held_out, wave=0.0, early=None):
    """Return results of a network whose held-out accuracy goes up and down around its end."""
    matrix = np.eye(10, dtype=int)
    curve = [held_out + wave * (-1) ** epoch for epoch in range(12)]
    return {
        "train_accuracy": train,
        "train_accuracy_after_20": early,
        "held-out_accuracy": held_out,
        "held-out_accuracy_after_20": early,
        "train_confusion": matrix,
        "held-out_confusion": matrix,
        "epochs": {"train_accuracy": curve, "held-out_accuracy": curve},
    }


def cifar_networks(**changed):
    """Return results as reported of the nine networks, except for those whose keys are given."""
    settings = [s for s in cifar10_depth.RECIPE.settings if s.reported]
    assert len(settings) == 9
    exact = {
        s.key: cifar_results(*(s.reported[f"{part}_accuracy"] for part in ("train", "held-out")))
        for s in settings
    }
    return made_up(cifar10_depth.RECIPE, exact | changed)


def test_networks_far_from_the_report_are_named():
    low, high = cifar_results(0.6, 0.47, 0.03, 0.48), cifar_results(0.4, 0.4, 0.001)
    outcome = cifar_networks(**{"relu: 1 x 1024": low, "tanh: 3 x 1024": high})
    counts, lower, higher, inside, *_ = cifar10_depth.find(outcome)
    assert "7 of 9 networks lie within 1.5 points of the report, 1 lower and 1 higher" in counts
    assert lower == (
        "Lower: relu, 1 x 1024, 47.0 % (49.30 % reported; 44.0 to 50.0 % in the last 5 epochs, 48.0 % after "
        "20)."
    )
    assert "tanh, 3 x 1024, 40.0 % (36.49 % reported; 39.9 to 40.1 % in the last 5 epochs)." in higher
    assert inside.startswith("Of these 2, 1 had the reported accuracy")


@pytest.mark.parametrize(("n_epochs", "range_"), [(1, ""), (2, "; 44.0 to 50.0 % in the last 2 epochs")])
def test_a_short_run_has_fewer_last_epochs(n_epochs, range_):
    short = cifar_results(0.6, 0.47, 0.03)
    short["epochs"] = {name: curve[:n_epochs] for name, curve in short["epochs"].items()}
    sentences = cifar10_depth.find(made_up(cifar10_depth.RECIPE, {"relu: 1 x 1024": short}))
    assert sentences[1] == f"Lower: relu, 1 x 1024, 47.0 % (49.30 % reported{range_})."
    assert any("of their last epochs" in sentence for sentence in sentences) == bool(range_)


def test_one_figure_of_two_parts_is_explained_where_there_is_one():
    sentence = "The report does not say whether it tests on images held out"
    assert any(each.startswith(sentence) for each in cifar10_depth.find(cifar_networks()))
    (sound, _) = (s.key for s in cifar10_depth.RECIPE.settings if s.group == "sound")
    alone = made_up(cifar10_depth.RECIPE, {sound: cifar_results(0.6, 0.5)})
    assert not any(each.startswith(sentence) for each in cifar10_depth.find(alone))


def test_networks_near_the_report_need_no_words():
    counts, _, depths, *_ = cifar10_depth.find(cifar_networks())
    assert "9 of 9 networks lie within" in counts
    assert depths == (
        "With relu, accuracy in percent on training / held-out images, by depth: 56.9 / 49.3, 64.8 / 50.7, "
        "70.5 / 50.2."
    )


def test_the_epochs_of_the_listing_are_compared():
    outcome = cifar_networks(**{"relu: 1 x 1024": cifar_results(0.6692, 0.493, early=0.5492)})
    (sentence,) = (each for each in cifar10_depth.find(outcome) if "listing" in each)
    assert (
        "1 of 1 networks are closer to the report after the 20 epochs of its listing (2.0 points" in sentence
    )
    assert sentence.endswith("than after the 30 of its text (10.0).")


def test_smaller_steps_stand_beside_the_bad_setting():
    sound = [s for s in cifar10_depth.RECIPE.settings if s.group == "sound"]
    assert [len(s.parameters["hidden_layer_sizes"]) for s in sound] == [2, 3]
    assert {s.parameters["activation"] for s in sound} == {"tanh"}
    outcome = cifar_networks(**{sound[0].key: cifar_results(0.66, 0.51)})
    assert cifar10_depth.find(outcome)[-1].endswith("tanh, learning rate 0.0001, 2 x 1024: 66.0 / 51.0.")


def test_two_matrices_for_every_network():
    outcome = made_up(
        cifar10_depth.RECIPE, {s.key: cifar_results(0.6, 0.5) for s in cifar10_depth.RECIPE.settings}
    )
    outcome.data = replace(small_images(20), class_names=tuple("abcdefghij"))
    pictures = cifar10_depth.draw(outcome)
    assert set(pictures) == {"confusion-train.png", "confusion-held-out.png", "accuracy.png"}
    assert pictures["confusion-train.png"].get_suptitle() == "CIFAR-10, 10 training images"
    titles = [axes.get_title() for axes in pictures["confusion-held-out.png"].axes]
    assert titles[0] == "relu, 1 x 1024: 50.0 %"
    assert titles[8] == "sigmoid, 3 x 1024: 50.0 %"
    assert len(titles) == 10  # with the scale of colours
    curves = {axes.get_title(): len(axes.lines) for axes in pictures["accuracy.png"].axes}
    assert curves == {"relu": 6, "tanh": 6, "sigmoid": 6, "tanh, learning rate 0.0001": 4}
