"""R2: learning rates from 1e-8 to 0.01."""

from ..experiments.recipe import Recipe, accuracies
from ._few_images import FIT, ONE, TWO, Sweep, figures, swept

TENS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
FINE = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007)
FINER = f"{TWO}, finer steps"
PASSES = 0.03  # by which a training accuracy is clearly above the reported one
SWEEP = Sweep("learning rate", lambda parameters: parameters["learning_rate_init"])

REPORTED = {
    TWO: figures(
        (0.103, 0.080),
        (0.090, 0.083),
        (0.220, 0.210),
        (0.635, 0.600),
        (0.719, 0.667),
        (0.743, 0.717),
        (0.927, 0.883),
    ),
    FINER: figures(None, None, None, None, None, (0.928, 0.900), None),
    ONE: figures(
        (0.092, 0.103),
        (0.091, 0.100),
        (0.105, 0.100),
        (0.386, 0.350),
        (0.781, 0.773),
        (0.871, 0.847),
        (0.920, 0.907),
    ),
}


def find(outcome):
    """Say which rate is best, how far the figures are from the report's, and where it may have stopped."""
    return [*SWEEP.find(outcome), *_earlier(outcome)]


def _earlier(outcome):
    """Name the fits that pass the reported training accuracy long before their last epoch."""
    passed = []
    for setting in outcome.settings():
        reported = setting.reported.get("train_accuracy")
        curve = outcome.first(setting.key)["epochs"]["train_accuracy"]
        if reported is not None and None not in curve and curve[0] < reported < curve[-1] - PASSES:
            epoch = next(i for i, share in enumerate(curve, 1) if share >= reported)
            passed.append(f"{setting.key} after {epoch} of {len(curve)} epochs")
    if passed:
        yield (
            f"The training accuracy passes the reported one by more than {100 * PASSES:.0f} points, and "
            f"reaches it early: {'; '.join(passed)}. The report also describes a rule that stops once the "
            "training accuracy stays within some bound for three epochs; it does not state the bound, nor "
            "which runs used it."
        )


RECIPE = Recipe(
    name="learning-rate-few-images",
    title="The learning rate on 3,000 images",
    shows="3,000 images of MNIST, rates from 1e-8 to 0.01: what 100 epochs give with each",
    report="R2",
    data="mnist",
    settings=(
        *swept("learning_rate_init", TENS, TWO, REPORTED[TWO]),
        *swept("learning_rate_init", FINE, TWO, REPORTED[FINER], FINER),
        *swept("learning_rate_init", TENS, ONE, REPORTED[ONE]),
    ),
    fit=FIT,
    figures=accuracies("train", "test", decimals=1),
    find=find,
    draw=SWEEP.draw,
    quick={"max_iter": 1},
    duration="3 min",
)
