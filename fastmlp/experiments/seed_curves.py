"""Curves against the epoch, from the fits of several seeds."""

import numpy as np


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
