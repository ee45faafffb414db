"""R2: the best network of the report's grid search, beside a standard library with early stopping."""

from contextlib import suppress
from math import ceil, sqrt

import numpy as np
from sklearn.metrics import confusion_matrix

from .. import plots
from ..experiments.classification import Classification
from ..experiments.evaluation import confused_pairs
from ..experiments.outcome import MissingFits
from ..experiments.recipe import SKLEARN, Recipe, Setting, accuracies
from ..experiments.seed_curves import first_seed
from ..experiments.text import count, percent
from ._few_images import DIVIDE, agreement, passed
from ._winner import AS_REPORTED, CHOSEN, CURE, SOUND, STOPPING, WINNER

STOPPED = "early stopping"
ADAM = STOPPING | {"hidden_layer_sizes": WINNER["hidden_layer_sizes"]}
OWN = Setting("gradient descent", WINNER, {"train_accuracy": 0.931, "test_accuracy": 0.903}, AS_REPORTED)
LIBRARY = Setting(
    "Adam, scikit-learn", ADAM, {"train_accuracy": 0.9537, "test_accuracy": 0.9167}, STOPPED, SKLEARN
)
WATCHED = Setting("Adam, fastmlp", ADAM, group=STOPPED)  # the same, epoch by epoch
CURED = Setting("gradient descent", CURE, group=SOUND)
REPORTED_SECONDS = {OWN.key: 41, LIBRARY.key: 33}
PICTURED = 0  # number of the test image whose activations are drawn
SIDE = 280  # pixels of each square in that picture: a multiple of the sides 28, 10 and 8


def find(outcome):
    """Compare the epochs, name the most confused digits, and the distance from the report and its cause."""
    return [
        *_epochs(outcome),
        *_confused(outcome),
        *agreement(outcome),
        *_earlier(outcome),
        *_chosen(outcome),
    ]


def _epochs(outcome):
    """How long was trained; the times are in the table, as they differ from run to run."""
    epochs = [
        f"{setting.key} {count(round(mean), 'epoch')}"
        + (f" ({REPORTED_SECONDS[setting.key]} s reported)" if setting.key in REPORTED_SECONDS else "")
        for setting in outcome.settings()
        for mean in [outcome.mean(setting.key, "n_epochs")]
        if mean is not None
    ]
    if epochs:
        yield f"Trained for: {'; '.join(epochs)}."


def _confused(outcome):
    """The pair of digits that is confused most often, over all seeds."""
    known = outcome.values(OWN.key, "test_confusion")
    matrix = np.sum(known, axis=0)
    pairs = confused_pairs(matrix, outcome.data.classes) if known else []
    if pairs:
        worst, n_wrong = pairs[0], matrix.sum() - np.trace(matrix)
        yield (
            f"{OWN.key} takes {worst['true']} for {worst['predicted']} most often: {worst['count']} of "
            f"{count(n_wrong, 'error')} with {count(len(known), 'seed')}."
        )


def _earlier(outcome):
    """When our network, watched as theirs is not, passes what the report's library has in the end."""
    train, test = (LIBRARY.reported[f"{part}_accuracy"] for part in ("train", "test"))
    found = passed(outcome, WATCHED.key, train)
    end = outcome.mean(LIBRARY.key, "train_accuracy")
    if found is not None and end is not None and end > train:
        yield (
            f"{WATCHED.key} passes the reported training accuracy of {percent(train)} early, in epoch "
            f"{found.epoch:.3g} of {found.n_epochs:.3g} on average over the seeds; of the test images, "
            f"{percent(found.test_accuracy)} are right then, {percent(test)} reported."
        )


def _chosen(outcome):
    """How the sound setting was chosen."""
    if outcome.results(CURED.key):
        yield f"{CURED.key} {CHOSEN}."


def draw(outcome):
    """Draw curves of all networks; confusions, errors and activations of the reported one."""
    pictures, panels = {}, {}
    for setting in outcome.settings():
        curves = outcome.first(setting.key)["epochs"]
        if curves.get("train_accuracy"):  # scikit-learn's are not watched
            panels[setting.key] = {
                part: 100 * np.array(curves[f"{part}_accuracy"], float) for part in ("train", "test")
            }
    if panels:
        title = f"{outcome.recipe.title}, {first_seed(outcome, outcome.settings())}"
        pictures["epochs.png"] = plots.epoch_curves(panels, ylabel="correct (%)", title=title)
    with suppress(MissingFits):  # it diverged with every seed
        pictures |= _closer(outcome, *outcome.first_model(OWN.key))
    return pictures


def _closer(outcome, seed, model):
    """Draw confusions, errors and activations of one fit."""
    test, shape = DIVIDE(outcome.data, seed).parts["test"], outcome.data.image_shape
    probabilities = model.predict_proba(test.X)
    predicted = model.classes_[probabilities.argmax(axis=1)]
    wrong = predicted != test.y
    name = f"{OWN.name} {OWN.group}, seed {seed}"
    image, widths = test.X[PICTURED], OWN.parameters["hidden_layer_sizes"]
    hidden = [model.hidden_features(image[None], layer)[0] for layer in range(len(widths))]
    layers = " and ".join(f"{len(units)} units ({place})" for place, units in enumerate(hidden, 2))
    matrix = confusion_matrix(test.y, predicted, labels=model.classes_)
    return {
        "confusion.png": plots.confusion(matrix, outcome.data.classes, title=f"{name}: test images"),
        "misclassified.png": plots.misclassified(
            test.X[wrong].reshape(-1, *shape),
            test.y[wrong],
            predicted[wrong],
            probabilities.max(axis=1)[wrong],
            title=f"{name}: misclassified test images",
        ),
        "activations.png": plots.feature_maps(
            np.stack([_square(values) for values in (image, *hidden)], axis=-1),
            title=f"A {test.y[PICTURED]}, taken for {predicted[PICTURED]} (1), and activations of {layers}",
            label="share of the largest in each",
        ),
    }


def _square(values):
    """Arrange values in a square, row by row, as large as the others; return shares of the largest."""
    side = ceil(sqrt(len(values)))
    square = np.zeros(side * side)
    square[: len(values)] = values / (np.abs(values).max() or 1)
    places = np.arange(SIDE) * side // SIDE
    return square.reshape(side, side)[np.ix_(places, places)]


RECIPE = Recipe(
    name="few-images-winner",
    title="The report's best of 36 networks on 3,000 images",
    shows="3,000 images of MNIST: what a network of 100 and 64 units confuses, and what its layers answer",
    report="R2",
    data="mnist",
    settings=(OWN, LIBRARY, WATCHED, CURED),
    fit=Classification(DIVIDE, watched=("train", "test"), keep_model=True),
    figures=accuracies("train", "test", decimals=1),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="10 s",
)
