"""Made-up outcomes and small images for the tests of R2's recipes."""

import numpy as np

from fastmlp.datasets import ImageSet
from fastmlp.experiments.outcome import Outcome


def made_up(recipe, results):
    """Return an outcome of the settings whose results are given, with one seed unless there are several.

    Parameters
    ----------
    recipe : Recipe
    results : dict of str to dict or list of dict
        Key of a setting -> results of every seed.
    """
    fits = []
    for setting in recipe.settings:
        several = results.get(setting.key, [])
        for seed, each in enumerate(several if isinstance(several, list) else [several]):
            durations = {"train": 1.0, "train_autoencoder": 2.0}
            fits.append({"setting": setting.key, "seed": seed, "results": each, "durations": durations})
    return Outcome(recipe, fits)


def accuracies(train, test, n_test=300, **others):
    """Return results with these accuracies, None where a fit diverged."""
    right = 0 if test is None else round(test * n_test)
    matrix = None if test is None else [[right, n_test - right], [0, 0]]
    shares = {"train_accuracy": train, "test_accuracy": test, "test_confusion": matrix}
    return shares | {"diverged": test is None} | others


def small_images(n_rows, side=4, n_classes=3, seed=0):
    """Return images of which every class has its own bright pixels, half of them for training."""
    random_state = np.random.RandomState(seed)
    y = np.arange(2 * n_rows) % n_classes
    X = random_state.randint(0, 60, (2 * n_rows, side * side)).astype(np.uint8)
    X[np.arange(2 * n_rows), y] = 255
    return ImageSet(
        "test", "Test", X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:], (side, side), 1 / 255, "nowhere"
    )
