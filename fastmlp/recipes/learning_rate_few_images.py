"""R2: learning rates from 1e-8 to 0.01, and whether the report's rule for stopping explains its figures."""

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..experiments.recipe import Recipe, accuracies
from ._few_images import FIT, ONE, TWO, Sweep, figures, of_groups, swept

TENS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
FINE = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007)
FINER = {layers: f"{layers}, finer steps" for layers in (TWO, ONE)}
SWEEP = Sweep("learning rate", lambda parameters: parameters["learning_rate_init"])
FINER_SWEEP = replace(SWEEP, log=False)
BOUNDS = np.geomspace(1e-4, 0.1, 31)  # of the change of the training accuracy from one epoch to the next
FLAT = 3  # epochs within the bound, after which the report's rule stops

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
REPORTED_FINER = {TWO: figures(None, None, None, None, None, (0.928, 0.900), None), ONE: ()}


def find(outcome):
    """Say which rate is best, how far the report is, and what its stopping would change."""
    return [*SWEEP.find(outcome), *_stopping(outcome)]


def _stopping(outcome):
    """Stop every fit by the report's rule, whose bound it does not state, and compare with all epochs."""
    curves = {
        setting.key: known
        for setting in outcome.settings()
        if setting.reported
        for known in [[_shares(results) for results in outcome.results(setting.key)]]
        if all(len(shares) > FLAT for shares in known)
    }
    if not curves:
        return
    reported = {
        setting.key: [setting.reported[f"{part}_accuracy"] for part in ("train", "test")]
        for setting in outcome.settings()
        if setting.reported
    }

    def distance(bound):
        off = [
            np.mean([shares[stopped(shares[:, 0], bound)] for shares in known], axis=0) - reported[key]
            for key, known in curves.items()
        ]
        return 100 * np.abs(off).mean()

    whole, *others = (distance(bound) for bound in (None, *BOUNDS))
    best = int(np.argmin(others))
    rule = f"The report's rule, to stop once training accuracy is flat within some bound for {FLAT} epochs,"
    tried = f"bounds from {BOUNDS[0]:g} to {BOUNDS[-1]:g}"
    if others[best] >= whole:
        yield (
            f"{rule} does not explain the distances: of {tried}, none brings the tables closer than all "
            f"epochs do ({whole:.1f} points on average, {others[best]:.1f} with the best bound)."
        )
        return
    explains = "may explain the distances" if others[best] < whole / 2 else "explains little of the distances"
    yield (
        f"{rule} {explains}: of {tried}, {BOUNDS[best]:.1g} brings the tables closest, {others[best]:.1f} "
        f"points away on average; all epochs are {whole:.1f} points away."
    )


def _shares(results):
    """Return train and test accuracy after every epoch, ndarray of shape (n_epochs, 2)."""
    curves = results["epochs"]
    return np.array([curves.get(f"{part}_accuracy", []) for part in ("train", "test")], float).T


def stopped(shares, bound):
    """Return the place of the epoch after which the rule stops, int.

    Parameters
    ----------
    shares : ndarray of shape (n_epochs,)
        Training accuracies of more than `FLAT` epochs.
    bound : float or None
        None: every epoch is run.
    """
    if bound is None:
        return len(shares) - 1
    flat = sliding_window_view(np.abs(np.diff(shares)) <= bound, FLAT).all(axis=1)
    return int(flat.argmax()) + FLAT if flat.any() else len(shares) - 1


def draw(outcome):
    """Draw accuracies against the rate, which is logarithmic but for the finer steps, and the epoch."""
    return SWEEP.draw(of_groups(outcome, REPORTED)) | FINER_SWEEP.draw(of_groups(outcome, FINER.values()))


def _settings():
    """Yield the tables of both networks, and finer steps around their best rates."""
    for layers in (TWO, ONE):
        yield from swept("learning_rate_init", TENS, layers, REPORTED[layers])
        yield from swept("learning_rate_init", FINE, layers, REPORTED_FINER[layers], FINER[layers])


RECIPE = Recipe(
    name="learning-rate-few-images",
    title="The learning rate on 3,000 images",
    shows="3,000 images of MNIST, rates from 1e-8 to 0.01: what 100 epochs give with each",
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
