"""The usual fit of a recipe."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neural_network import MLPClassifier as SklearnClassifier

from fastmlp import MLPClassifier
from fastmlp.experiments.classification import Classification, lacking_in_sklearn
from fastmlp.experiments.division import Pooled, WithValidation
from fastmlp.experiments.fitted import Context
from fastmlp.experiments.recipe import SKLEARN, Setting, recorded
from fastmlp.initializers import Normal
from fastmlp.layers import Conv2D

pytestmark = pytest.mark.filterwarnings("ignore:.*Maximum iterations")

PARAMETERS = {"hidden_layer_sizes": (6,), "max_iter": 4, "batch_size": 20, "learning_rate_init": 0.01}
FIT = Classification(WithValidation(0.25), scored=("train", "validation", "test"), watched=("test",))
REF = Context(device="ref")


def fit(data, seed=3, how=FIT, context=REF, library="fastmlp", **more):
    return how(Setting("one", PARAMETERS | more, library=library), data, seed, context)


def test_it_is_the_estimator_with_these_parameters(digits):
    division = WithValidation(0.25)(digits, 3)
    X, y = division.parts["train"]
    same = MLPClassifier(
        **PARAMETERS,
        input_scale=1 / 240,
        random_state=3,
        tol=0,
        n_iter_no_change=np.inf,
        device="ref",
    )
    same.fit(X, y)
    fitted = fit(digits)
    assert fitted.results["epochs"]["loss"] == same.loss_curve_
    for name, part in division.parts.items():
        probabilities = same.predict_proba(part.X)
        assert fitted.results[f"{name}_accuracy"] == accuracy_score(part.y, same.predict(part.X))
        assert fitted.results[f"{name}_loss"] == pytest.approx(log_loss(part.y, probabilities), rel=1e-5)
        assert np.trace(fitted.results[f"{name}_confusion"]) == np.sum(part.y == same.predict(part.X))
    assert fitted.results["n_parameters"] == 64 * 6 + 6 + 6 * 10 + 10
    assert fitted.results["layer_sizes"] == [64, 6, 10]
    assert fitted.results["n_epochs"] == len(fitted.durations["epochs"]) == 4
    assert fitted.durations["train"] == sum(fitted.durations["epochs"])
    assert not fitted.results["diverged"]
    assert fitted.model is None


def test_parameters_without_biases_are_not_counted(digits):
    assert fit(digits, bias=False).results["n_parameters"] == 64 * 6 + 6 * 10


def test_what_is_watched(digits):
    epochs = fit(digits).results["epochs"]
    assert set(epochs) == {"loss", "test_accuracy", "test_loss"}
    assert len(epochs["test_accuracy"]) == 4
    assert fit(digits).results["test_accuracy"] == epochs["test_accuracy"][-1]
    early = fit(digits, how=replace(FIT, early=(1, 9))).results
    assert early["test_accuracy_after_1"] == epochs["test_accuracy"][0]
    assert early["test_loss_after_9"] is None


def test_validation_decides_only_if_it_is_asked_to(digits):
    plain, best = fit(digits, learning_rate_init=0.5), fit(digits, learning_rate_init=0.5, restore_best=True)
    assert plain.results["epochs"] == best.results["epochs"]
    assert best.results["validation_accuracy"] >= plain.results["validation_accuracy"]
    no_validation = replace(FIT, divide=Pooled(0.2), scored=("test",))
    assert fit(digits, how=no_validation, restore_best=True).results["test_accuracy"] > 0


def test_epochs_are_told(digits):
    told = []
    context = replace(REF, epoch_ended=lambda *epoch: told.append(epoch))
    fit(digits, context=context)
    fit(digits, context=context, library=SKLEARN)
    assert told == 2 * [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_batches_larger_than_the_data(digits):
    assert fit(digits, batch_size=7000).results["n_epochs"] == 4


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("library", ["fastmlp", SKLEARN])
def test_divergence_is_a_result(digits, library):
    wild = {"activation": "identity", "solver": "sgd", "learning_rate_init": 1e30, "input_scale": 1.0}
    fitted = fit(digits, library=library, **wild)
    assert fitted.results["diverged"]
    assert fitted.results["test_accuracy"] is None
    assert fitted.results["test_loss"] is None


def test_wrong_parameters_are_no_divergence(digits):
    with pytest.raises(ValueError, match="alpha"):
        fit(digits, alpha=-1.0)


def test_scikit_learn_gets_the_same_rows(digits):
    X, y = WithValidation(0.25)(digits, 3).parts["train"]
    same = SklearnClassifier(**PARAMETERS, random_state=3, tol=0, n_iter_no_change=9)
    same.fit((X * np.float32(1 / 240)).astype(np.float32), y)
    fitted = fit(digits, library=SKLEARN)
    assert fitted.results["epochs"]["loss"] == same.loss_curve_
    assert fitted.results["test_accuracy"] == same.score(digits.X_test * np.float32(1 / 240), digits.y_test)


def test_what_scikit_learn_lacks(digits):
    assert lacking_in_sklearn({"bias": False, "dropout": 0.1, "alpha": 0.0, "input_scale": 0.1}) == [
        "bias",
        "dropout",
    ]
    assert lacking_in_sklearn({"bias": True, "dropout": 0.0}) == []  # the defaults, which are scikit-learn's
    with pytest.raises(ValueError, match="scikit-learn's MLPClassifier has no bias"):
        fit(digits, library=SKLEARN, bias=False)


def count_rows(model, division, seed):
    return {"n_rows": len(division.parts["train"].y), "seed": seed}


def test_more_results_and_the_model(digits):
    fitted = fit(digits, how=replace(FIT, more=count_rows, keep_model=True))
    assert (fitted.results["n_rows"], fitted.results["seed"]) == (180, 3)
    model = pickle.loads(pickle.dumps(fitted.model))
    assert model.score(digits.X_test, digits.y_test) == fitted.results["test_accuracy"]


def test_recorded_parameters():
    parameters = {"layers": (Conv2D(8, 5), 25), "weight_init": Normal(0.1), "n": np.int64(3), "w": Normal()}
    assert recorded(parameters) == {
        "layers": ["Conv2D(filters=8, kernel_size=5)", 25],
        "weight_init": "Normal(scale=0.1)",
        "n": 3,
        "w": "Normal()",
    }
