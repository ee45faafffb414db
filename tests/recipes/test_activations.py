"""R1's four activations: the second loss, what is said of unstable, constant and diverged fits, pictures."""

import joblib
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import log_loss

from fastmlp import MLPClassifier
from fastmlp.experiments.division import Division, Part
from fastmlp.recipes import activations
from fastmlp.recipes._activations import AS_REPORTED, MOMENTA, SOUND
from fastmlp.recipes.activations import RECIPE

from .few_images import made_up, small_images

DEFAULT, NONE = MOMENTA


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


def test_binary_losses_are_summed_over_the_outputs():
    probabilities = np.random.RandomState(0).dirichlet(np.ones(4), 50)
    classes = np.arange(50) % 4
    each = [log_loss(classes == k, probabilities[:, k], labels=[False, True]) for k in range(4)]
    assert activations.binary_cross_entropy(probabilities, classes) == pytest.approx(sum(each))


def test_certain_answers_have_a_finite_binary_loss():
    certain = np.eye(3, dtype=np.float32)
    assert activations.binary_cross_entropy(certain, np.arange(3)) == pytest.approx(0, abs=1e-6)
    wrong = activations.binary_cross_entropy(certain, np.array([1, 2, 0]))
    info = np.finfo(np.float32)
    assert wrong == pytest.approx(-np.log(info.tiny) - np.log(info.eps))


def test_both_parts_have_a_binary_loss():
    data = small_images(30)
    model = MLPClassifier((4,), max_iter=1, device="ref", random_state=0).fit(data.X_train, data.y_train)
    parts = {"train": Part(data.X_train, data.y_train), "test": Part(data.X_test, data.y_test)}
    losses = activations.binary_losses(model, Division(parts), 0)
    probabilities = model.predict_proba(data.X_test)
    assert losses["test_binary_loss"] == activations.binary_cross_entropy(probabilities, data.y_test)
    assert set(losses) == {"train_binary_loss", "test_binary_loss"}


def test_the_loss_that_agrees_is_named():
    one = result([0.95])
    one |= {"train_loss": 0.1, "test_loss": 0.25, "train_binary_loss": 0.14, "test_binary_loss": 0.3}
    sentences = activations.find(made_up(RECIPE, {f"{AS_REPORTED}: tanh": one}))
    (sentence,) = (each for each in sentences if "reported losses" in each)
    assert sentence.startswith("Closer to the binary cross-entropy, summed over the ten outputs, than to ")
    assert "alone: 1 of the 2 reported losses" in sentence
    assert "tanh, train 0.143 (0.140 and 0.100); tanh, test 0.259 (0.300 and 0.250)." in sentence


def test_seeds_are_compared_with_the_report():
    results = {
        f"{AS_REPORTED}: tanh": [result([0.3, 0.9]), result([0.3, 0.96])],
        f"{AS_REPORTED}: linear": [result([0.2, None])] * 2,
    }
    results[f"{AS_REPORTED}: sigmoid"] = [result([0.3, 0.93])] * 2
    spread, diverged, *_ = activations.find(made_up(RECIPE, results))
    assert "tanh 90.00 to 96.00 % (95.61 % reported); sigmoid 93.00 % (92.64 % reported)" in spread
    assert "linear" not in spread
    assert (
        "linear diverges in 2 of 2 fits; the report has 20.97 % in training and 21.01 % in testing"
        in diverged
    )
    assert "with outputs clipped to ±1,000: that is not done here" in diverged


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


def test_constant_answers_are_counted():
    constant, other = result([0.1, 0.1], ((71, 0), (9, 0))), result([0.1, 0.9])
    results = {f"{AS_REPORTED}: relu": [constant, other, constant]}
    answer, share = (
        each for each in activations.find(made_up(RECIPE, results)) if "answer" in each and "fall" not in each
    )
    assert answer == "In 2 of 3 fits, relu (as reported) gives the same answer for every test image: 0."
    assert share.startswith("11.25 % of the test images are of the digit 1")  # 9 of 80
    assert share.endswith("the accuracy of relu (as reported): one answer for all.")


def test_weights_that_are_not_numbers_answer_0():
    matrix = ((986, 0), (0, 9014))
    results = {f"{DEFAULT}: linear": result([None]), f"{AS_REPORTED}: tanh": result([0.9], matrix)}
    (share,) = (each for each in activations.find(made_up(RECIPE, results)) if "digit 0" in each)
    assert share.startswith("9.86 % of the test images are of the digit 0")
    assert share.endswith(f"linear ({DEFAULT}): one answer for all. Weights that are not numbers answer 0.")


def test_the_cure_has_its_figures():
    sentences = activations.find(made_up(RECIPE, {f"{SOUND}: tanh": result([0.98])}))
    assert any("20 epochs" in each and "tanh 98.00 %" in each for each in sentences)


def test_settings_are_those_of_the_report():
    settings = {s.key: dict(s.parameters) for s in RECIPE.settings}
    for name, batch in {"relu": 7000, "tanh": 7000, "sigmoid": 700, "linear": 7000}.items():
        own, theirs = settings[f"{AS_REPORTED}: {name}"], settings[f"{DEFAULT}: {name}"]
        assert settings[f"{NONE}: {name}"].items() <= own.items()
        assert (own["batch_size"], own["bias"], own["weight_init"]) == (batch, False, "normal")
        assert theirs.pop("momentum") == 0.9
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


def test_the_second_loss_is_compared_with_the_first():
    results = {f"{AS_REPORTED}: {name}": [result([0.95]), result([0.96])] for name in ("tanh", "sigmoid")}
    sentence = activations.find(made_up(RECIPE, results))[-1]
    assert "tanh 98.19 / 95.86, sigmoid 93.70 / 91.95, linear 21.25 / 21.30." in sentence
    assert sentence.endswith("In testing, tanh lie within 2 standard deviations of the first's figures here.")


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
        f"{group}, {part} images" for group in (AS_REPORTED, SOUND) for part in ("training", "test")
    ]
    assert pictures["error-linear.png"].axes[1].get_title() == (
        f"{AS_REPORTED}, test images:\n1 of 1 fit diverged"
    )
    limits = {group: panels[f"{group}, test images"].get_ylim() for group in (AS_REPORTED, SOUND)}
    assert limits[AS_REPORTED] != limits[SOUND]
    first, second = panels[f"{AS_REPORTED}, test images"].lines
    np.testing.assert_allclose(first.get_ydata(), [50, 10])
    np.testing.assert_allclose(second.get_ydata(), [50, np.nan])  # no logarithm of 0
    train, test = pictures["tsne.png"].axes
    assert (train.get_title(), test.get_title()) == ("20 training images", "20 test images")
    assert [len(axes.collections[0].get_offsets()) for axes in (train, test)] == [20, 20]


def test_the_map_is_of_one_of_the_four_models(outcome):
    best = outcome.fits[0] | {
        "setting": f"{AS_REPORTED}: relu, learning rate 0.01",
        "results": result([0.99]),
    }
    outcome.fits.append(best | {"model": "missing.joblib"})
    assert "tanh, seed 0" in activations.draw(outcome)["tsne.png"].get_suptitle()


def test_no_map_without_a_model_that_is_any_good(outcome):
    for fit in outcome.fits:
        fit["results"] = result([0.1, None])
    assert "tsne.png" not in activations.draw(outcome)
