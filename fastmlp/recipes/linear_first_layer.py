"""R5: a network whose first layer is linear, with the settings of Keras, epoch by epoch."""

from dataclasses import replace

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import LastValidating, WithValidation
from ..experiments.exploration import some_of_each
from ..experiments.recipe import Figure, Recipe, Setting, accuracies, losses
from ..experiments.seed_curves import mean_of_seeds
from ..plots.palette import TRAIN, VALIDATION
from ._optimizers import KERAS_ADAM

SHOWN = 50  # test images with their predicted class
SAMPLES = 5  # images of every class
N_EPOCHS = 10
NAME = "128 linear, 64 relu"
PARTS = ("train", "validation")
TITLE = f"MNIST, {NAME} units: the first seed"

#: Accuracy after the first epoch; the report's other figures are those of the last.
FIRST = {"train_accuracy_after_1": 0.8961, "validation_accuracy_after_1": 0.9409}
LAST = {"train_accuracy": 0.9930, "validation_accuracy": 0.9749, "test_accuracy": 0.9754, "test_loss": 0.0849}
REPORTED = FIRST | LAST | {"n_parameters": 109_386}

PARAMETERS = KERAS_ADAM | {
    "hidden_layer_sizes": (128, 64),
    "activation": ["identity", "relu"],
    "batch_size": 144,
    "max_iter": N_EPOCHS,
}

#: Which tenth of the training images validates is not stated; Keras takes the last.
LAST_TENTH, ANY_TENTH = "the last tenth validates", "a random tenth validates"
DIVISIONS = {LAST_TENTH: LastValidating(0.1), ANY_TENTH: WithValidation(0.1)}
SOUND = "sound: both layers relu"


def fit(setting, data, seed, context):
    """Train with the tenth of the images left out that the setting names."""
    parameters = dict(setting.parameters)
    classification = Classification(
        DIVISIONS[parameters.pop("division")],
        scored=("train", "validation", "test"),
        watched=PARTS,
        early=(1,),
        more=first_predictions,
    )
    return classification(replace(setting, parameters=parameters), data, seed, context)


def first_predictions(model, division, seed):
    """Return what the model takes the first test images for, dict."""
    return {"first_predicted": model.predict(division.parts["test"].X[:SHOWN])}


def find(outcome):
    """Say how the reproduced curves lie to the reported ends of theirs, and what the linear layer costs."""
    return [*_apart(outcome), *_running_mean(outcome), *_cost(outcome)]


def _apart(outcome):
    """The validation accuracy, which the report gives for the first and the last epoch."""
    ends = {
        "after the first epoch": ("validation_accuracy_after_1", FIRST),
        "at the end": ("validation_accuracy", LAST),
    }
    for group in DIVISIONS:
        apart = [
            f"{100 * (outcome.mean(setting.key, name) - reported[name]):+.2f} points {when}"
            for setting in outcome.settings(group)
            for when, (name, reported) in ends.items()
            if outcome.mean(setting.key, name) is not None
        ]
        if apart:
            yield (
                f"If {group}, the validation accuracy differs from the reported one by "
                f"{' and '.join(apart)}; the figures reported for the other epochs are not at hand."
            )


def _running_mean(outcome):
    """Why the training accuracy of the first epoch is another."""
    for setting in outcome.settings(LAST_TENTH):
        first, reported = outcome.mean(setting.key, "train_accuracy_after_1"), FIRST["train_accuracy_after_1"]
        changing, ended = (mean_of_seeds(outcome, setting.key, loss)[:1] for loss in ("loss", "train_loss"))
        if first is not None and first > reported and len(ended) and changing > ended:
            yield (
                f"The training accuracy of the first epoch, {100 * first:.2f} %, is that of its last "
                "weights, while Keras reports the mean of its steps. The loss is "
                f"{changing[0]:.3f} as a mean of the steps and {ended[0]:.3f} with the last weights: the "
                f"reported {100 * reported:.2f} % differ in the same direction."
            )


def _cost(outcome):
    """What a relu gives in place of the linear layer."""
    changes = []
    for part, name in (("test_accuracy", "test accuracy"), ("train_accuracy", "training accuracy")):
        linear, relu = (
            [outcome.mean(setting.key, part) for setting in outcome.settings(group)]
            for group in (LAST_TENTH, SOUND)
        )
        if linear and relu and None not in linear + relu:
            verb = "" if changes else "changes "
            changes.append(
                f"the {name} {verb}from {100 * linear[0]:.2f} to {100 * relu[0]:.2f} % "
                f"({100 * REPORTED[part]:.2f} % reported)"
            )
    if changes:
        yield (
            "Two layers without a nonlinearity between them are one: with relu in the first layer, too, "
            f"{', '.join(changes)}."
        )


def draw(outcome):
    """Draw the curves, samples of every class and the first test images; return a dict of Figures."""
    results, data = outcome.first(outcome.settings()[0].key), outcome.data
    figures = {"samples.png": _samples(data)}
    if results["epochs"].get("train_accuracy"):  # otherwise it diverged at once
        figures |= {"accuracy.png": _accuracy(results["epochs"]), "loss.png": _loss(results["epochs"])}
    if "first_predicted" in results:
        figures["predictions.png"] = _predictions(results["first_predicted"], data)
    return figures


def _accuracy(epochs):
    """Train against validation, with the ends that the report gives."""
    curves = {part: 100 * np.array(epochs[f"{part}_accuracy"], float) for part in PARTS}
    curves |= {f"{part}, reported": _ends(part, epochs) for part in PARTS}
    mark = {"linestyle": "", "marker": "x", "markersize": 8}
    styles = {
        f"{part}, reported": mark | {"color": colour}
        for part, colour in zip(PARTS, (TRAIN, VALIDATION), strict=True)
    }
    return plots.epoch_curves({TITLE: curves}, ylabel="accuracy (%)", styles=styles)


def _loss(epochs):
    """Train against validation."""
    curves = {part: epochs[f"{part}_loss"] for part in PARTS}
    return plots.epoch_curves({TITLE: curves}, ylabel="mean cross-entropy (nats)")


def _ends(part, epochs):
    """The reported accuracy after the first and the last epoch, NaN between."""
    values = np.full(len(epochs[f"{part}_accuracy"]), np.nan)
    values[0] = 100 * FIRST[f"{part}_accuracy_after_1"]
    if len(values) == N_EPOCHS:
        values[-1] = 100 * LAST[f"{part}_accuracy"]
    return values


def _samples(data):
    """Some images of every class, a row for each."""
    rows = some_of_each(data.y_train, len(data.classes), SAMPLES, seed=0)
    return plots.image_grid(
        data.X_train[rows.ravel()].reshape(-1, *data.image_shape),
        n_columns=SAMPLES,
        row_names=[f"{digit}" for digit in data.classes],
        title="Training images",
    )


def _predictions(predicted, data):
    """The first test images, with true and predicted class."""
    true = data.y_test[: len(predicted)]
    wrong = true != predicted
    return plots.image_grid(
        data.X_test[: len(predicted)].reshape(-1, *data.image_shape),
        [
            f"{one} taken for {other}" if one != other else f"{one}"
            for one, other in zip(true, predicted, strict=True)
        ],
        n_columns=10,
        wrong=wrong,
        title=f"The first {len(true)} test images: {wrong.sum()} wrong",
    )


RECIPE = Recipe(
    name="linear-first-layer",
    title="A linear first layer, as in a Keras model",
    shows="MNIST, 128 linear and 64 relu units: accuracy epoch by epoch, samples, predictions",
    report="R5",
    data="mnist",
    settings=(
        *(Setting(NAME, PARAMETERS | {"division": group}, REPORTED, group) for group in DIVISIONS),
        Setting(
            "128 relu, 64 relu", PARAMETERS | {"division": LAST_TENTH, "activation": "relu"}, group=SOUND
        ),
    ),
    fit=fit,
    figures=(
        Figure("train_accuracy_after_1", "train accuracy after epoch 1 (%)", 2, True),
        Figure("validation_accuracy_after_1", "validation accuracy after epoch 1 (%)", 2, True),
        *accuracies("train", "validation", "test"),
        *losses("test"),
        Figure("n_parameters", "parameters", 0),
    ),
    find=find,
    draw=draw,
    seeds=5,
    quick={"max_iter": 2},
    duration="1 min",
)
