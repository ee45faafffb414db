"""R4: how much of the training data is needed."""

from dataclasses import dataclass, replace

import numpy as np

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import Part, WithValidation
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.seed_curves import first_epoch, mean_of_seeds
from ..experiments.text import count
from ._optimizers import KERAS_ADAM
from ._tested import TESTED as PARTS
from ._tested import which_images

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
HELD_OUT = 0.3
FIRST, LAST = 0.845, 0.89  # reported, roughly: with 20 % after one epoch, with 100 % in the end
PARAMETERS = KERAS_ADAM | {"hidden_layer_sizes": (256, 256), "batch_size": 64, "max_iter": 30}


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
    divide = SomeOfTraining(WithValidation(HELD_OUT, name="held-out"), parameters.pop("share"))
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
    return [
        *sentences,
        *which_images(outcome),
        *_early(outcome, least, most),
        *_highest(outcome, least, most),
    ]


def _early(outcome, *settings):
    """After how many steps the accuracy is that which the report gives for the first epoch."""
    reached = []
    for setting in settings:
        epoch = first_epoch(mean_of_seeds(outcome, setting.key, "held-out_accuracy") >= FIRST)
        n_rows = sum(map(sum, outcome.first(setting.key)["train_confusion"] or ()))
        n_steps = -(-n_rows // setting.parameters["batch_size"])
        if epoch is None:
            reached.append(f"with {setting.name} never")
        else:
            reached.append(f"with {setting.name} after {count(epoch, 'epoch')} of {count(n_steps, 'step')}")
    yield (
        f"The report has about {100 * FIRST:.1f} % after the first epoch even with {settings[0].name}. Here "
        f"the mean of the seeds reaches that on held-out images {', '.join(reached)}."
    )


def _highest(outcome, *settings):
    """After which epoch the test accuracy is highest."""
    best = []
    for setting in settings:
        curve = mean_of_seeds(outcome, setting.key, "test_accuracy")
        if np.isfinite(curve).any():
            epoch, highest = 1 + np.nanargmax(curve), 100 * np.nanmax(curve)
            best.append(f"with {setting.name} after epoch {epoch} of {len(curve)} ({highest:.2f} %)")
    if best:
        yield f"The test accuracy is highest {', '.join(best)}."


def draw(outcome):
    """Draw test accuracy against the epoch, one curve for every share; return a dict of Figures."""
    panels = {
        title: {
            setting.name: 100 * mean_of_seeds(outcome, setting.key, f"{part}_accuracy")
            for setting in outcome.settings()
        }
        for part, title in (("held-out", "30 % held out"), ("test", "test images"))
    }
    n_train = round(len(outcome.data.y_train) * (1 - HELD_OUT))
    return {
        "accuracy.png": plots.epoch_curves(
            panels, ylabel="accuracy (%)", title=f"Fashion-MNIST: share of {n_train:,} training images"
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
        Setting(f"{100 * share:.0f} %", PARAMETERS | {"share": share}, stated, roughly=tuple(stated))
        for share in SHARES
        for stated in [_reported(share)]
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
    duration="1 min",
)
