"""R4: how much of the training data is needed."""

from dataclasses import dataclass, replace

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Part, WithValidation
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.seed_curves import mean_of_seeds

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
PARTS = ("held-out", "test")
FIRST, LAST = 0.845, 0.89  # reported, roughly: with 20 % after one epoch, with 100 % in the end
PARAMETERS = {
    "hidden_layer_sizes": (256, 256),
    "weight_init": "glorot_uniform",  # as in Keras, with zero biases
    "solver": "adam",
    "learning_rate_init": 1e-3,
    "alpha": 0.0,
    "batch_size": 64,
    "max_iter": 30,
}


@dataclass(frozen=True)
class SomeOfTraining:
    """A division that keeps a share of another one's training rows; a larger share contains a smaller one.

    Parameters
    ----------
    divide : callable
        divide(data, seed) -> Division.
    share : float
    """

    divide: object
    share: float

    def __call__(self, data, seed):
        """Return the division."""
        division = self.divide(data, seed)
        X, y = division.parts["train"]
        order = np.random.RandomState(seed).permutation(len(y))
        rows = np.sort(order[: round(self.share * len(y))])
        return division._replace(parts=division.parts | {"train": Part(X[rows], y[rows])})


def fit(setting, data, seed, context):
    """Train on the share of the training images that the setting names."""
    parameters = dict(setting.parameters)
    divide = SomeOfTraining(WithValidation(0.3, name="held-out"), parameters.pop("share"))
    classification = Classification(divide, scored=("train", *PARTS), watched=PARTS, early=(1,))
    return classification(replace(setting, parameters=parameters), data, seed, context)


def find(outcome):
    """Say what more data bring, at the start and at the end."""
    settings = outcome.settings()
    if len(settings) < 2:
        return []
    least, most = settings[0], settings[-1]
    sentences = []
    for part in PARTS:
        first, last = (
            [outcome.mean(setting.key, f"{part}_accuracy{when}") for setting in (least, most)]
            for when in ("_after_1", "")
        )
        if None not in (*first, *last):
            sentences.append(
                f"On the {part} images, {least.name} of the training images give {100 * first[0]:.2f} % "
                f"after the first epoch and {100 * last[0]:.2f} % after the last, {most.name} give "
                f"{100 * first[1]:.2f} and {100 * last[1]:.2f} %."
            )
    early = mean_of_seeds(outcome, least.key, "held-out_accuracy") >= FIRST
    sentences.append(
        f"With {least.name}, the {100 * FIRST:.1f} % that the report gives for the first epoch are "
        + (f"reached after epoch {1 + early.argmax()}." if early.any() else "not reached.")
    )
    best = []
    for setting in (least, most):
        curve = mean_of_seeds(outcome, setting.key, "test_accuracy")
        epoch, highest = 1 + curve.argmax(), 100 * curve.max()
        best.append(f"with {setting.name} after epoch {epoch} of {len(curve)} ({highest:.2f} %)")
    return [*sentences, f"The test accuracy is highest {', '.join(best)}."]


def draw(outcome):
    """Draw test accuracy against the epoch, one curve for every share; return a dict of Figures."""
    panels = {
        title: {
            setting.name: 100 * mean_of_seeds(outcome, setting.key, f"{part}_accuracy")
            for setting in outcome.settings()
        }
        for part, title in (("held-out", "30 % held out"), ("test", "test images"))
    }
    return {
        "accuracy.png": plots.epoch_curves(
            panels, ylabel="accuracy (%)", title="Fashion-MNIST: share of the 42,000 training images"
        )
    }


def _reported(share):
    """What the report says of a share, in the text: it does not state which images it tested on."""
    figures = {0.2: ("accuracy_after_1", FIRST), 1.0: ("accuracy", LAST)}
    if share not in figures:
        return {}
    name, value = figures[share]
    return {f"{part}_{name}": value for part in PARTS}


RECIPE = Recipe(
    name="training-share",
    title="The share of the training images that is trained on",
    shows="Fashion-MNIST, 20 to 100 % of 42,000 images: accuracy on others after each of 30 epochs",
    report="R4",
    data="fashion-mnist",
    settings=tuple(
        Setting(f"{100 * share:.0f} %", PARAMETERS | {"share": share}, _reported(share)) for share in SHARES
    ),
    fit=fit,
    figures=(
        *accuracies("train"),
        *(Figure(f"{part}_accuracy_after_1", f"{part} after epoch 1 (%)", 1, True) for part in PARTS),
        *(Figure(f"{part}_accuracy", f"{part} accuracy (%)", 1, True) for part in PARTS),
    ),
    find=find,
    draw=draw,
    quick={"max_iter": 2},
    duration="6 min",
)
