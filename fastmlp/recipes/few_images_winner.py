"""R2: a closer look at the grid search's best network, beside a standard library with early stopping."""

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.evaluation import confused_pairs
from ..experiments.recipe import SKLEARN, Recipe, Setting, accuracies
from ..experiments.text import count
from ._few_images import DIVIDE, agreement
from ._winner import AS_REPORTED, CURE, SOUND, WINNER

STOPPED = "early stopping"
#: The report's library is Keras; it does not state the optimizer's settings: here they are the library's own.
STOPPING = {
    "hidden_layer_sizes": WINNER["hidden_layer_sizes"],
    "batch_size": WINNER["batch_size"],
    "max_iter": WINNER["max_iter"],
    "early_stopping": True,
    "n_iter_no_change": 10,
    "tol": 1e-4,
}
OWN = Setting("gradient descent", WINNER, {"train_accuracy": 0.931, "test_accuracy": 0.903}, AS_REPORTED)
LIBRARY = Setting(
    "Adam, scikit-learn", STOPPING, {"train_accuracy": 0.9537, "test_accuracy": 0.9167}, STOPPED, SKLEARN
)
REPORTED_SECONDS = {OWN.key: 41, LIBRARY.key: 33}
PICTURED = 0  # number of the test image whose activations are drawn


def find(outcome):
    """Compare the epochs, name the most confused digits, and tell the distance from the report."""
    return [*_epochs(outcome), *_confused(outcome), *agreement(outcome)]


def _epochs(outcome):
    """How long was trained; the times are in the table, as they differ from run to run."""
    epochs = [
        f"{setting.key} {count(round(np.mean(outcome.values(setting.key, 'n_epochs'))), 'epoch')}"
        + (f" ({REPORTED_SECONDS[setting.key]} s reported)" if setting.key in REPORTED_SECONDS else "")
        for setting in outcome.settings()
    ]
    yield f"Trained for: {'; '.join(epochs)}."


def _confused(outcome):
    """The pair of digits that is confused most often, over all seeds."""
    known = [results["test_confusion"] for results in outcome.results(OWN.key)]
    matrix = np.sum([matrix for matrix in known if matrix is not None], axis=0)
    pairs = confused_pairs(matrix, outcome.data.classes) if known else []
    if pairs:
        worst, n_wrong = pairs[0], matrix.sum() - np.trace(matrix)
        yield (
            f"{OWN.key} takes {worst['true']} for {worst['predicted']} most often: {worst['count']} of "
            f"{count(n_wrong, 'error')} with {count(len(known), 'seed')}."
        )


def draw(outcome):
    """Draw curves of all networks; confusions, errors and activations of the reported one."""
    panels = {}
    for setting in outcome.settings():
        curves = outcome.first(setting.key)["epochs"]
        if "train_accuracy" in curves:  # scikit-learn's are not watched
            panels[setting.key] = {
                part: 100 * np.array(curves[f"{part}_accuracy"]) for part in ("train", "test")
            }
    pictures = {"epochs.png": plots.epoch_curves(panels, ylabel="correct (%)", title=outcome.recipe.title)}
    seed, model = outcome.first_model(OWN.key)
    test, shape = DIVIDE(outcome.data, seed).parts["test"], outcome.data.image_shape
    probabilities = model.predict_proba(test.X)
    predicted = model.classes_[probabilities.argmax(axis=1)]
    wrong = predicted != test.y
    name = f"{OWN.name} {OWN.group}, seed {seed}"
    pictures["confusion.png"] = plots.confusion(
        np.array(outcome.first(OWN.key)["test_confusion"]), outcome.data.classes, title=f"{name}: test images"
    )
    pictures["misclassified.png"] = plots.misclassified(
        test.X[wrong].reshape(-1, *shape),
        test.y[wrong],
        predicted[wrong],
        probabilities.max(axis=1)[wrong],
        title=f"{name}: misclassified test images",
    )
    pictures["image.png"] = plots.image_grid(
        test.X[PICTURED].reshape(1, *shape),
        [f"taken for {predicted[PICTURED]}"],
        n_columns=1,
        title=f"The test image whose activations are drawn, a {test.y[PICTURED]}",
    )
    for layer, units in enumerate(OWN.parameters["hidden_layer_sizes"]):
        maps = model.hidden_features(test.X[PICTURED : PICTURED + 1], layer).reshape(-1, int(units**0.5), 1)
        pictures[f"hidden-layer-{layer + 1}.png"] = plots.feature_maps(
            maps, title=f"{units} activations of hidden layer {layer + 1}, image of a {test.y[PICTURED]}"
        )
    return pictures


RECIPE = Recipe(
    name="few-images-winner",
    title="The best of 36 networks on 3,000 images",
    shows="3,000 images of MNIST: what a network of 100 and 64 units confuses, and what its layers answer",
    report="R2",
    data="mnist",
    settings=(
        OWN,
        LIBRARY,
        Setting("Adam, fastmlp", STOPPING, group=STOPPED),
        Setting("gradient descent", CURE, group=SOUND),
    ),
    fit=Classification(DIVIDE, watched=("train", "test"), keep_model=True),
    figures=accuracies("train", "test"),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="1 min",
)
