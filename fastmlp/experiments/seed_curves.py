"""Curves against the epoch, from the fits of several seeds."""

import numpy as np

from .text import listed


def every_seed(outcome, key, quantity):
    """Return the curve of every seed.

    Parameters
    ----------
    outcome : Outcome
    key : str
        Of a setting.
    quantity : str
        What was noted after every epoch, such as 'test_accuracy'.

    Returns
    -------
    dict of str to ndarray of shape (n_epochs,)
        'seed 0' -> the curve, with NaN for what was not a number; empty if training diverged at once.
    """
    return {
        f"seed {fit['seed']}": np.array(fit["results"]["epochs"].get(quantity, ()), float)
        for fit in outcome.fits
        if fit["setting"] == key
    }


def mean_of_seeds(outcome, key, quantity):
    """Return the mean of the seeds' curves, as far as the shortest goes, ndarray of shape (n_epochs,)."""
    curves = list(every_seed(outcome, key, quantity).values())
    shortest = min(map(len, curves))
    return np.mean([curve[:shortest] for curve in curves], axis=0)


def first_seed(outcome, settings):
    """Name the seed of the fits that `Outcome.first` returns, such as 'seed 0'.

    Parameters
    ----------
    outcome : Outcome
    settings : sequence of Setting

    Returns
    -------
    str
        Several seeds where the first seed's fit of some setting failed.
    """
    seeds = {next(fit["seed"] for fit in outcome.fits if fit["setting"] == s.key) for s in settings}
    return f"seed {listed(sorted(seeds), 'or')}"


def spread(outcome, settings):
    """Say what points and error bars are, such as 'mean ± deviation of 3 seeds'; '' with one seed.

    Parameters
    ----------
    outcome : Outcome
    settings : sequence of Setting
        Those that are drawn.

    Returns
    -------
    str
    """
    n_seeds = max((len(outcome.results(setting.key)) for setting in settings), default=0)
    return f"mean ± deviation of {n_seeds} seeds" if n_seeds > 1 else ""


def first_epoch(reached):
    """Return the first epoch, counted from 1, that has reached something; None if none has.

    Parameters
    ----------
    reached : ndarray of bool, shape (n_epochs,)

    Returns
    -------
    int or None
    """
    return int(reached.argmax()) + 1 if reached.any() else None
