"""What features of images are worth, beside what R1 states of AlexNet's."""

from ..experiments.cifar_features import REPORTED
from ..experiments.cifar_features_settings import AS_REPORTED, WAYS
from ..experiments.extractors import TITLES
from ..experiments.text import percent


def find(outcome):
    """Say what the features are worth, and how they compare with the report's."""
    return [*_reached(outcome), *_constant(outcome), *_compared(outcome)]


def _reached(outcome):
    """The accuracies, either way."""
    for way in WAYS:
        means = {s.name: outcome.mean(s.key, "test_accuracy") for s in outcome.settings(way.name)}
        reached = [f"{name} {percent(mean)}" for name, mean in means.items() if mean is not None]
        if reached:
            start = "As reported" if way is AS_REPORTED else "With the sound settings"
            yield f"{start}, share of test images recognised: {', '.join(reached)}."


def _constant(outcome):
    """Who answers the same for every image, and how much of its last hidden layer is silent."""
    for setting in outcome.settings():
        results = outcome.first(setting.key)
        if results["same_for_all"]:
            yield (
                f"One answer for every test image: {setting.key}; {100 * results['silent_units']:.0f} % of "
                "the units of its last hidden layer are zero for all of them."
            )


def _compared(outcome):
    """The report's figures, which are AlexNet's, beside those of a network trained on the same images."""
    stated = f"{percent(REPORTED['train_accuracy'])} in training and {percent(REPORTED['test_accuracy'])}"
    stated += f" in testing, losses {REPORTED['train_loss']:.4f} and {REPORTED['test_loss']:.4f}"
    here = [setting.name for setting in outcome.settings(AS_REPORTED.name)]
    if TITLES["alexnet"] not in here:
        yield f"The report's features are AlexNet's, whose weights are not here: with them, it has {stated}."
    if TITLES["squeezenet"] in here:
        name = TITLES["squeezenet"]
        key = f"{AS_REPORTED.name}: {name}"
        train, test = (outcome.mean(key, f"{part}_accuracy") for part in ("train", "test"))
        if None not in (train, test):
            theirs = [percent(REPORTED[f"{part}_accuracy"]) for part in ("train", "test")]
            yield (
                f"{name}, another network trained on the same images, gives {percent(train)} in training and "
                f"{percent(test)} in testing, where the report's AlexNet gives {' and '.join(theirs)}."
            )
    matrix = REPORTED["confusion_matrix"]
    counts = [f"{sum(row):,}" for row in matrix]
    yield (
        f"The rows of the report's confusion matrix, {matrix}, sum to {' and '.join(counts)}, though there "
        "are 1,000 test images of each class."
    )
