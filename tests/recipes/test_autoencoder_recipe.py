"""R2's autoencoder and the classifier of its features."""

import numpy as np
import pytest

from fastmlp.experiments.fitted import Context
from fastmlp.experiments.recipe import Setting
from fastmlp.recipes import autoencoder
from fastmlp.recipes._few_images import DIVIDE

from .few_images import accuracies, made_up, small_images

PARAMETERS = {"activation": "relu", "max_iter": 1, "classifier_epochs": 1}
DATA = small_images(100, side=28, n_classes=10)


@pytest.fixture(scope="module")
def fitted():
    """One epoch of each."""
    return autoencoder.fit(Setting("relu code", PARAMETERS), DATA, 0, Context(1, "ref"))


def test_networks_have_the_reported_sizes(fitted):
    for name in ("autoencoder_parameters", "n_parameters"):
        assert fitted.results[name] == autoencoder.REPORTED[name]


def test_the_classifier_sees_features_of_the_few_images(fitted):
    assert np.sum(fitted.results["test_confusion"]) == len(DIVIDE(DATA, 0).parts["test"].y) == 10
    assert fitted.model.transform(DATA.X_test).shape == (100, 32)


def test_the_error_is_that_of_pixels_from_0_to_1(fitted):
    made = fitted.model.inverse_transform(fitted.model.transform(DATA.X_test))
    error = np.mean((DATA.X_test / 255 - made / 255) ** 2)
    assert fitted.results["reconstruction_error"] == pytest.approx(error, rel=1e-5)
    assert set(fitted.durations) >= {"train", "train_autoencoder"}


def test_findings_name_the_spread_of_the_seeds():
    seeds = [accuracies(0.99, share) for share in (0.92, 0.94)]
    first, off, _ = autoencoder.find(made_up(autoencoder.RECIPE, {"relu code": seeds}))
    start, end = (
        "93.00 % of the images held out are recognised",
        "(92.67 % reported, after 11 s of training the",
    )
    assert first == f"relu code: {start}, 92.00 to 94.00 % with single seeds {end} classifier)."
    assert "train accuracy 99.0 %, reported 99.96 %" in off
    first, *_ = autoencoder.find(made_up(autoencoder.RECIPE, {"relu code": seeds[1]}))
    assert first.startswith("relu code: 94.00 % of the images held out are recognised (92.67 %")


def test_the_loss_is_that_of_a_named_seed():
    outcome = made_up(autoencoder.RECIPE, {"relu code": {"autoencoder_loss": [2.0, 1.0]}})
    outcome.data, outcome.fits[0]["seed"], outcome.fits[0]["model"] = DATA, 5, None
    assert autoencoder.draw(outcome)["loss.png"].get_suptitle().endswith("training loss, seed 5")
