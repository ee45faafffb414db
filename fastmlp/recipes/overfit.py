"""R3: a network that learns a thousand images by heart."""

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Division, Part
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.seed_curves import first_seed
from ..experiments.text import count
from ._three_epochs import DEFAULT

N_IMAGES = 1000
BY_HEART = 1.0  # training accuracy

PARAMETERS = DEFAULT | {"hidden_layer_sizes": (50, 50, 50), "batch_size": 4, "max_iter": 500}
REPORTED = {
    "train_accuracy": 1.0,
    "train_loss": 0.0001,
    "other_accuracy": 0.867,
    "other_loss": 0.899,
    "n_parameters": 44_860,
}


def first_images(data, seed):
    """Train on the first images of the training set; the 'other' ones are the rest of it."""
    n = min(N_IMAGES, len(data.y_train) // 2)
    X, y = data.X_train, data.y_train
    return Division({"train": Part(X[:n], y[:n]), "other": Part(X[n:], y[n:])}, data.input_scale)


def find(outcome):
    """Say when it knew all images, and what that is worth on others."""
    setting = RECIPE.settings[0]
    known = [
        np.flatnonzero(np.array(one["epochs"]["train_accuracy"], float) >= BY_HEART)
        for one in outcome.results(setting.key)
    ]
    first = [int(epochs[0]) + 1 for epochs in known if len(epochs)]
    if not outcome.values(setting.key, "other_accuracy"):
        return ["Every fit diverged."]
    train, other = (100 * outcome.mean(setting.key, f"{part}_accuracy") for part in ("train", "other"))
    when = (
        f"Every training image is recognised for the first time in epoch {_epochs(first, len(known))}"
        if first
        else "In no epoch all training images are recognised"
    )
    train_loss, other_loss = (outcome.mean(setting.key, f"{part}_loss") for part in ("train", "other"))
    times = other_loss / train_loss
    return [
        f"{when}; in the end {train:.2f} % of them are, and {other:.2f} % of the images not trained on.",
        f"The loss on the other images is {times:,.{0 if times >= 10 else 1}f} times that of training.",
    ]


def _epochs(first, n_seeds):
    """Say from which epoch to which the first ones go, and with how many seeds there is one."""
    ends = " to ".join(dict.fromkeys(f"{epoch}" for epoch in (min(first), max(first))))
    return ends if len(first) == n_seeds else f"{ends} (with {len(first)} of {count(n_seeds, 'seed')})"


def draw(outcome):
    """Draw losses and accuracies against the epoch."""
    setting = RECIPE.settings[0]
    epochs = outcome.first(setting.key)["epochs"]
    title = f"{outcome.recipe.title}, {first_seed(outcome, [setting])}"
    names = {"images trained on": "train", "other images": "other"}
    return {
        "loss.png": plots.epoch_curves(
            {"Loss": {label: epochs[f"{part}_loss"] for label, part in names.items()}},
            ylabel="mean loss (cross-entropy, nats)",
            log=True,
            title=title,
        ),
        "accuracy.png": plots.epoch_curves(
            {
                "Accuracy": {
                    label: 100 * np.array(epochs[f"{part}_accuracy"], float) for label, part in names.items()
                }
            },
            ylabel="accuracy (%)",
            title=title,
        ),
    }


RECIPE = Recipe(
    name="overfit",
    title="A thousand images learned by heart",
    shows="MNIST, 500 epochs on 1,000 images: what is learned of these, and of others",
    report="R3",
    data="mnist",
    settings=(Setting("50-50-50", PARAMETERS, REPORTED),),
    fit=Classification(first_images, scored=("train", "other"), watched=("train", "other")),
    figures=(
        *accuracies("train", decimals=1),
        Figure("other_accuracy", "accuracy on other images (%)", 1, True),
        Figure("train_loss", "train loss", 4),
        Figure("other_loss", "loss on other images", 3),
        Figure("n_parameters", "parameters", 0),
    ),
    find=find,
    draw=draw,
    quick={"max_iter": 5},
    duration="1 min",
)
