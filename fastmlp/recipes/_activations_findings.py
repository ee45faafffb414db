"""What the fits of four activations say of R1's figures."""

import numpy as np

from ..experiments.recipe import FAR
from ..experiments.seed_curves import every_seed
from ..experiments.text import count, percent, span
from ._activations import ACTIVATIONS, AS_REPORTED, CLIPPED, MOMENTA, SECOND_LOSS, SOUND

LEARNED, LOST = 0.5, 0.05  # accuracy that a fit must have had, and how much of it is worth a sentence
LOSSES = {
    "binary_loss": "the binary cross-entropy, summed over the ten outputs",
    "loss": "the cross-entropy of the true class alone",
}


def find(outcome):
    """Say what the seeds have in common, what fails and why, and what cures it."""
    return [
        *_spread(outcome),
        *_diverged(outcome),
        *_losses(outcome),
        *_falls(outcome),
        *_constant(outcome),
        *_cure(outcome),
        *_momentum(outcome),
        _second_loss(outcome),
    ]


def _spread(outcome):
    """Between which figures the seeds lie."""
    ranges = []
    for setting in outcome.settings(AS_REPORTED):
        values, reported = outcome.values(setting.key, "test_accuracy"), setting.reported["test_accuracy"]
        if len(values) > 1:
            about = "about " if "test_accuracy" in setting.roughly else ""
            ranges.append(f"{setting.name} {span(values)} ({about}{percent(reported)} reported)")
    if ranges:
        yield (
            f"As reported, where the seed alone changes, test accuracy is: {'; '.join(ranges)}. The report "
            "has one run of each."
        )


def _diverged(outcome):
    """What has no figures at all."""
    for setting in outcome.settings(AS_REPORTED):
        results = outcome.results(setting.key)
        n_diverged = sum(one["diverged"] for one in results)
        if n_diverged:
            reported = [
                f"{percent(setting.reported[f'{part}_accuracy'])} in {what}"
                for part, what in (("train", "training"), ("test", "testing"))
                if f"{part}_accuracy" in setting.reported
            ]
            clipped = (
                ", with outputs clipped to ±1,000: that is not done here, so these are not reproduced"
                if setting.name in CLIPPED
                else ""
            )
            yield (
                f"As reported, {setting.name} diverges in {n_diverged} of {count(len(results), 'fit')}; the "
                f"report has {' and '.join(reported)}{clipped}."
            )


def _losses(outcome):
    """Which definition of the cross-entropy the reported figures agree with."""
    texts, errors = [], {kind: [] for kind in LOSSES}
    for setting in outcome.settings(AS_REPORTED):
        for part in ("train", "test"):
            reported = setting.reported.get(f"{part}_binary_loss")
            means = {kind: outcome.mean(setting.key, f"{part}_{kind}") for kind in LOSSES}
            if reported is not None and None not in means.values():
                both = " and ".join(f"{mean:.3f}" for mean in means.values())
                texts.append(f"{setting.name}, {part} {reported:.3f} ({both})")
                for kind, mean in means.items():
                    errors[kind].append(abs(mean - reported))
    if texts:
        n_closer = sum(np.less(errors["binary_loss"], errors["loss"]))
        yield (
            f"Closer to {LOSSES['binary_loss']}, than to {LOSSES['loss']}: {n_closer} of the "
            f"{len(texts)} reported losses. Beside each, these two as reproduced: {'; '.join(texts)}."
        )


def _falls(outcome):
    """The largest fall of the test accuracy below what it was before, of a fit that had learned something."""
    falls = []
    for setting in outcome.settings(AS_REPORTED):
        for seed, curve in every_seed(outcome, setting.key, "test_accuracy").items():
            curve = curve[np.isfinite(curve)]  # up to where it diverged
            if len(curve) and curve.max() > LEARNED:
                lost = np.maximum.accumulate(curve) - curve
                falls.append((lost.max(), f"{setting.name} with {seed}", curve, lost.argmax()))
    largest, fit, curve, low = max(falls, key=lambda fall: fall[0], default=(0, "", (), 0))
    if largest > LOST:
        high = curve[:low].argmax()
        yield (
            f"Accuracy is lost again: {fit} falls from {100 * curve[high]:.1f} % of the test images (epoch "
            f"{high + 1}) to {100 * curve[low]:.1f} % (epoch {low + 1}), and ends at "
            f"{100 * curve[-1]:.1f} %. Which epoch comes last decides what is reported."
        )


def _constant(outcome):
    """Who answers the same for every image, and whose share of the images the report has."""
    settings = [s for group in (AS_REPORTED, *MOMENTA) for s in outcome.settings(group)]
    matrices = {
        s.key: [np.array(one["test_confusion"]) for one in outcome.results(s.key) if one["test_confusion"]]
        for s in settings
    }
    for setting in settings:
        answers = [np.flatnonzero(matrix.sum(axis=0)) for matrix in matrices[setting.key]]
        constant = [digits[0] for digits in answers if len(digits) == 1]
        if constant:
            named = " or ".join(f"{digit}" for digit in sorted(set(constant)))
            yield (
                f"In {len(constant)} of {count(len(outcome.results(setting.key)), 'fit')}, {_named(setting)} "
                f"gives the same answer for every test image: {named}."
            )
    any_matrix = next((matrix for several in matrices.values() for matrix in several), None)
    if any_matrix is None:
        return
    shares = any_matrix.sum(axis=1) / any_matrix.sum()  # the division has the same of every class, always
    for digit, share in enumerate(shares):
        same = [s for s in settings if abs(s.reported["test_accuracy"] - share) < 1e-4]
        if same:
            diverged = any(one["diverged"] for setting in same for one in outcome.results(setting.key))
            nan = " Weights that are not numbers answer 0." if digit == 0 and diverged else ""
            yield (
                f"{percent(share)} of the test images are of the digit {digit}, which is what the report "
                f"gives as the accuracy of {'; '.join(map(_named, same))}: one answer for all.{nan}"
            )


def _named(setting):
    """Name a setting within a sentence."""
    return f"{setting.name} ({setting.group})"


def _cure(outcome):
    """What the sound settings reach."""
    settings = outcome.settings(SOUND)
    means = {setting.name: outcome.mean(setting.key, "test_accuracy") for setting in settings}
    reached = [f"{name} {percent(mean)}" for name, mean in means.items() if mean is not None]
    if reached:
        n_epochs = settings[0].parameters["max_iter"]
        yield (
            "With pixels from 0 to 1, biases, Adam, and initial weights matched to the layer widths, "
            f"{n_epochs} epochs give on the test images: {', '.join(reached)}."
        )


def _momentum(outcome):
    """With which momentum scikit-learn gives what the report has."""
    closest = {group: [] for group in MOMENTA}
    for name in ACTIVATIONS:
        distances = {}
        for setting in outcome.settings():
            accuracy = outcome.mean(setting.key, "test_accuracy")
            if setting.name == name and setting.group in MOMENTA and accuracy is not None:
                distances[setting.group] = abs(accuracy - setting.reported["test_accuracy"])
        if distances:
            best = min(distances, key=distances.get)
            closest[best].append(f"{name} ({100 * distances[best]:.2f} points)")
    if all(closest.values()):
        first, second = (f"{', '.join(names)} to {group}" for group, names in closest.items())
        yield (
            "The report does not state scikit-learn's momentum. By the test accuracy, its figures are "
            f"closest for {first}; for {second}."
        )
    elif any(closest.values()):
        group, names = next(item for item in closest.items() if item[1])
        yield f"Scikit-learn's reported test accuracies are closest to {group}: {', '.join(names)}."


def _second_loss(outcome):
    """Why its figures are not reproduced, and whether they could be told from the first's."""
    texts = [f"{name} {100 * a:.2f} / {100 * b:.2f}" for name, (a, b) in SECOND_LOSS.items()]
    figure, alike = outcome.recipe.figure("test_accuracy"), []
    for setting in outcome.settings(AS_REPORTED):
        deviation = outcome.deviation(setting.key, figure.name)
        if setting.name in SECOND_LOSS and deviation is not None:
            mean = outcome.mean(setting.key, figure.name)
            if not figure.differs(SECOND_LOSS[setting.name][1], mean, deviation):
                alike.append(setting.name)
    within = (
        f" In testing, {', '.join(alike)} lie within {FAR:g} standard deviations of the first's figures here."
        if alike
        else ""
    )
    return (
        "The report's second variant of the loss is not reproduced, as the report does not define it. It "
        f"gives, in percent of the training / test images: {', '.join(texts)}.{within}"
    )
