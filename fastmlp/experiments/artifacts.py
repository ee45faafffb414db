"""The files that a run leaves beside its record, which lists them."""

import joblib

from .. import plots
from ..files import atomic_open


def save_model(model, name, folder, record):
    """Write a fitted estimator with joblib.

    Parameters
    ----------
    model : estimator
    name : str
        Of the file.
    folder : Path
    record : dict
        Gets the name.
    """
    with atomic_open(folder / name) as file:
        joblib.dump(model, file)
    record["files"].append(name)


def save_figures(figures, folder, record):
    """Write figures as PNG files.

    Parameters
    ----------
    figures : dict of str to Figure
        Name of the file -> what it shows.
    folder : Path
    record : dict
        Gets the names.
    """
    for name, figure in figures.items():
        plots.save_figure(figure, folder / name)
        record["files"].append(name)
