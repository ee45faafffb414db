"""R2: batches of 8 to 64 images."""

from ..experiments.recipe import Recipe, accuracies
from ._few_images import FIT, ONE, TWO, Sweep, figures, swept

SIZES = (8, 16, 32, 64)
REPORTED = {
    TWO: figures((0.876, 0.880), (0.932, 0.887), (0.946, 0.820), (0.831, 0.763)),
    ONE: figures((0.883, 0.887), (0.908, 0.880), (0.913, 0.867), (0.904, 0.843)),
}
SWEEP = Sweep("batch size", lambda parameters: parameters["batch_size"])

RECIPE = Recipe(
    name="batch-size-few-images",
    title="The batch size on 3,000 images",
    shows="3,000 images of MNIST, batches of 8 to 64 images: what 100 epochs give with each",
    report="R2",
    data="mnist",
    settings=tuple(
        setting for layers in (TWO, ONE) for setting in swept("batch_size", SIZES, layers, REPORTED[layers])
    ),
    fit=FIT,
    figures=accuracies("train", "test", decimals=1),
    find=SWEEP.find,
    draw=SWEEP.draw,
    quick={"max_iter": 1},
    duration="30 s",
)
