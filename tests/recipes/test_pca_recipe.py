"""R2's principal components."""

import numpy as np
import pytest

from fastmlp.experiments.fitted import Context
from fastmlp.experiments.recipe import Setting
from fastmlp.recipes import pca
from fastmlp.recipes._few_images import DIVIDE

from .few_images import accuracies, made_up, small_images

DATA = small_images(60)


def test_components_are_learned_from_the_training_images_alone():
    division = DIVIDE(DATA, 0)
    fitted, reduced = pca.components(division, 3)
    train = division.parts["train"].X / 255
    assert reduced.input_scale == 1.0
    assert reduced.parts["test"].X.shape == (6, 3)
    np.testing.assert_allclose(reduced.parts["train"].X.mean(axis=0), 0, atol=1e-5)
    by_hand = (train - train.mean(axis=0)) @ fitted.components_.T
    np.testing.assert_allclose(reduced.parts["train"].X, by_hand, atol=1e-5)
    np.testing.assert_array_equal(reduced.parts["test"].y, division.parts["test"].y)


def test_no_more_components_than_pixels():
    assert pca.components(DIVIDE(DATA, 0), 100)[0].n_components_ == 16


@pytest.mark.parametrize(("n_components", "n_inputs"), [(5, 5), (None, 16)])
def test_softmax_regression_on_components_or_pixels(n_components, n_inputs):
    parameters = {"n_components": n_components, "hidden_layer_sizes": (), "max_iter": 2, "batch_size": 16}
    results = pca.fit(Setting("small", parameters), DATA, 0, Context(1, "ref")).results
    assert results["n_parameters"] == (n_inputs + 1) * 3
    assert 0 < results.get("explained_variance", 1) <= 1
    assert ("explained_variance" in results) == (n_components is not None)


def test_components_and_pixels_are_compared():
    recipe = pca.RECIPE
    results = {setting.key: accuracies(0.9, 0.8) for setting in recipe.settings}
    results["50 components: 2 hidden layers"] = accuracies(0.95, 0.92, explained_variance=0.825)
    outcome = made_up(recipe, results)
    outcome.data = DATA
    first, second, *_ = pca.find(outcome)
    assert "highest with 50 components: 92.0 %. It is 80.0 % with 20 components" in first
    results["pixels: 2 hidden layers"] = accuracies(0.95, 0.92003)
    first, *_ = pca.find(made_up(recipe, results))
    assert "highest with 50 components and pixels: 92.0 %. It is 80.0 % with 20 components" in first
    assert "50 components 82 %" in second or "50 components 83 %" in second
    pictures = pca.draw(outcome)
    assert set(pictures) == {"train-accuracy.png", "test-accuracy.png", "dropout.png", "components.png"}
    legend = [text.get_text() for text in pictures["test-accuracy.png"].legends[0].get_texts()]
    assert legend == ["20 components", "50 components", "100 components", "pixels", "reported"]


def test_the_report_s_components_stand_beside_no_number_of_them():
    results = {setting.key: accuracies(0.9, 0.8) for setting in pca.RECIPE.settings}
    outcome = made_up(pca.RECIPE, results)
    outcome.data = DATA
    (axes,) = pca.draw(outcome)["test-accuracy.png"].axes
    pixels, components = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    colours = {bars.get_label(): bars.lines[0].get_color() for bars in axes.containers}
    assert pixels.get_color() == colours["pixels"]
    assert components.get_color() not in colours.values()
    np.testing.assert_allclose(pixels.get_ydata(), [np.nan, np.nan, 91.67])
    np.testing.assert_allclose(components.get_ydata(), [88.67, 91.67, 93])


def test_the_epoch_that_passes_the_report_is_told():
    curves = {"train_accuracy": [0.9, 0.96, 0.99], "test_accuracy": [0.87, 0.89, 0.91]}
    results = {"pixels: 2 hidden layers": accuracies(0.99, 0.91, epochs=curves)}
    *_, sentence = pca.find(made_up(pca.RECIPE, results))
    assert "pixels in epoch 2 of 3, with 89.00 % of the test images right then (91.67 % reported)" in sentence
