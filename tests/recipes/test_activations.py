"""R1's four activations: what is said of unstable, dead and diverged fits, and the pictures."""

import joblib
import numpy as np
import pytest
from matplotlib.figure import Figure

from fastmlp import MLPClassifier
from fastmlp.recipes import activations
from fastmlp.recipes.activations import AS_REPORTED, RECIPE, SOUND

from .few_images import made_up, small_images

DEFAULT, NONE = activations.MOMENTA


def result(accuracies, matrix=((5, 1), (1, 5))):
    """Return results of one fit: the last accuracy counts; None for one that diverged."""
    last = accuracies[-1]
    return {
        "diverged": last is None,
        "train_accuracy": last,
        "test_accuracy": last,
        "test_confusion": None if last is None else matrix,
        "epochs": {f"{part}_accuracy": accuracies for part in ("train", "test")},
    }


def test_seeds_are_compared_with_the_report():
    results = {
        f"{AS_REPORTED}: tanh": [result([0.3, 0.9]), result([0.3, 0.96])],
        f"{AS_REPORTED}: linear": [result([0.2, None])] * 2,
    }
    spread, diverged, *_ = activations.find(made_up(RECIPE, results))
    assert "tanh 90.00 to 96.00 % (95.61 % reported)" in spread
    assert "linear" not in spread
    assert "linear diverges in 2 of 2 fits; the report has 21.01 % with outputs clipped" in diverged


def test_the_worst_fall_is_told():
    results = {f"{AS_REPORTED}: tanh": [result([0.1, 0.8, 0.7]), result([0.1, 0.923, 0.449, 0.95])]}
    results[f"{AS_REPORTED}: relu"] = result([0.4, 0.1, 0.1])  # never learned anything
    (sentence,) = (each for each in activations.find(made_up(RECIPE, results)) if "lost again" in each)
    assert "tanh with seed 1 falls from 92.3 % of the test images (epoch 2) to 44.9 % (epoch 3)" in sentence
    assert "ends at 95.0 %" in sentence


@pytest.mark.parametrize("curve", [[0.5, 0.6, 0.59], [None, None]])
def test_no_fall_is_made_up(curve):
    sentences = activations.find(made_up(RECIPE, {f"{AS_REPORTED}: tanh": [result(curve)]}))
    assert not any("lost again" in sentence for sentence in sentences)


def test_dead_networks_are_counted():
    dead, alive = result([0.1, 0.1], ((71, 0), (9, 0))), result([0.1, 0.9])
    (sentence,) = (
        each
        for each in activations.find(made_up(RECIPE, {f"{AS_REPORTED}: relu": [dead, alive, dead]}))
        if "dead" in each
    )
    assert "relu is dead in 2 of 3 fits: every test image is taken for a 0 (88.75 % of them)." in sentence
    assert sentence.endswith("The reported figure is the share of the digit 1.")  # 9 of 80: 11.25 %


def test_the_cure_has_its_figures():
    sentences = activations.find(made_up(RECIPE, {f"{SOUND}: tanh": result([0.98])}))
    assert any("20 epochs" in each and "tanh 98.00 %" in each for each in sentences)


def test_settings_are_those_of_the_report():
    settings = {s.key: dict(s.parameters) for s in RECIPE.settings}
    for name, batch in {"relu": 7000, "tanh": 7000, "sigmoid": 700, "linear": 7000}.items():
        own, theirs = settings[f"{AS_REPORTED}: {name}"], settings[f"{DEFAULT}: {name}"]
        assert settings[f"{NONE}: {name}"].items() <= own.items()
        assert (own["batch_size"], own["bias"], own["weight_init"]) == (batch, False, "normal")
        assert (theirs.pop("momentum"), theirs.pop("nesterovs_momentum")) == (0.9, True)
        assert own | theirs == own
        assert own["input_scale"] == 1.0


def test_the_momentum_that_fits():
    results = {f"{DEFAULT}: relu": result([0.1125]), f"{NONE}: relu": result([0.5])}
    sentences = activations.find(made_up(RECIPE, results))
    assert sentences[0] == (
        f"Scikit-learn's reported test accuracies are closest to {DEFAULT}: relu (0.00 points)."
    )
    results |= {f"{DEFAULT}: sigmoid": result([None]), f"{NONE}: sigmoid": result([0.9546])}
    sentences = activations.find(made_up(RECIPE, results))
    assert f"relu (0.00 points) to {DEFAULT}; for sigmoid (1.00 points) to {NONE}." in sentences[0]


@pytest.fixture
def outcome(tmp_path):
    """Two activations on 60 images, one of them with a saved model."""
    data = small_images(60)
    model = MLPClassifier((6,), max_iter=2, device="ref", random_state=0, n_iter_no_change=9)
    joblib.dump(model.fit(data.X_train, data.y_train), tmp_path / "tanh.joblib")
    results = {
        f"{AS_REPORTED}: tanh": [result([0.5, 0.9]), result([0.5, 1.0])],
        f"{AS_REPORTED}: linear": [result([0.2, None])],
        f"{SOUND}: tanh": [result([0.9, 0.98])],
    }
    outcome = made_up(RECIPE, results)
    outcome.data, outcome.folder = data, tmp_path
    for fit in outcome.fits:
        fit["model"] = "tanh.joblib" if fit["setting"] == f"{AS_REPORTED}: tanh" else None
    return outcome


def test_pictures(outcome):
    pictures = activations.draw(outcome)
    assert set(pictures) == {"error-tanh.png", "error-linear.png", "tsne.png"}
    assert all(isinstance(picture, Figure) for picture in pictures.values())
    panels = {axes.get_title(): axes for axes in pictures["error-tanh.png"].axes}
    assert list(panels) == [
        f"{group}, {part}" for group in (AS_REPORTED, SOUND) for part in ("train", "test")
    ]
    first, second = panels[f"{AS_REPORTED}, test"].lines
    np.testing.assert_allclose(first.get_ydata(), [50, 10])
    np.testing.assert_allclose(second.get_ydata(), [50, np.nan])  # no logarithm of 0
    train, test = pictures["tsne.png"].axes
    assert (train.get_title(), test.get_title()) == ("20 train images", "20 test images")
    assert [len(axes.collections[0].get_offsets()) for axes in (train, test)] == [20, 20]


def test_no_map_without_a_model_that_is_any_good(outcome):
    for fit in outcome.fits:
        fit["results"] = result([0.1, None])
    assert "tsne.png" not in activations.draw(outcome)
