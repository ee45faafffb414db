"""R2: the L2 penalty, and how its lambda is to be read."""

from dataclasses import replace

from ..experiments.recipe import Recipe, accuracies
from ._few_images import (
    DESCENT,
    FIT,
    ONE,
    TWO,
    Sweep,
    distances,
    figures,
    mean_distance,
    of_groups,
    swept,
)

LAMBDAS = (0.01, 0.05, 0.1, 0.5, 1, 5)
REPORTED = {
    TWO: figures(
        (0.998, 0.810), (0.997, 0.787), (0.995, 0.797), (0.934, 0.887), (0.887, 0.897), (0.111, 0.113)
    ),
    ONE: figures(
        (0.929, 0.840), (0.932, 0.857), (0.929, 0.860), (0.907, 0.883), (0.880, 0.880), (0.549, 0.537)
    ),
}
UNDIVIDED = f"{TWO}, lambda W not divided by the batch"
BYTES = f"{TWO}, pixels from 0 to 255"
SWEEP = Sweep("lambda", lambda parameters: parameters["alpha"])


def _settings():
    """Yield the report's tables, and the first of them with other readings of what is not stated."""
    for layers in (TWO, ONE):
        yield from swept("alpha", LAMBDAS, layers, REPORTED[layers])
    m = DESCENT["batch_size"]
    undivided = swept(
        "alpha", [m * each for each in LAMBDAS], TWO, REPORTED[TWO], UNDIVIDED, lambda alpha: f"{alpha / m:g}"
    )
    for setting in (*undivided, *swept("alpha", LAMBDAS, TWO, REPORTED[TWO], BYTES, input_scale=1.0)):
        yield replace(setting, most_seeds=1)


def find(outcome):
    """Say what the penalty does, how far the figures are from the report's, and which reading fits best."""
    sentences = SWEEP.find(of_groups(outcome, REPORTED))
    far = {
        group: mean_distance(distances(outcome, outcome.settings(group))) for group in (TWO, UNDIVIDED, BYTES)
    }
    known = {group: mean for group, mean in far.items() if mean is not None}
    if len(known) > 1:
        first, *others = sorted(known, key=known.get)
        sentences.append(
            f"Of {len(known)} readings of what the report leaves open, {first!r} is closest to its figures, "
            f"{100 * known[first]:.1f} points away on average; "
            + " and ".join(f"{group!r} is {100 * known[group]:.1f} away" for group in others)
            + "."
        )
    return sentences


def draw(outcome):
    """Draw the report's tables; the other readings are for the table alone."""
    return SWEEP.draw(of_groups(outcome, REPORTED))


RECIPE = Recipe(
    name="l2-penalty",
    title="The L2 penalty on 3,000 images",
    shows="3,000 images of MNIST, lambda from 0.01 to 5, with two hidden layers and with one",
    report="R2",
    data="mnist",
    settings=tuple(_settings()),
    fit=FIT,
    figures=accuracies("train", "test", decimals=1),
    find=find,
    draw=draw,
    quick={"max_iter": 1},
    duration="1 min",
)
