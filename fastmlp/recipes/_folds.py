"""What scikit-learn's cross-validation needs here: an estimator that runs every epoch, folds, and threads."""

from contextlib import contextmanager

import joblib
from sklearn.model_selection import StratifiedKFold

from ..classifier import MLPClassifier
from ..experiments.classification import ALL_EPOCHS
from ..experiments.fitting import epochs_as_chosen

N_FOLDS = 5


def unfitted(parameters, input_scale, seed, context):
    """Return the classifier of a setting, which uses one thread, MLPClassifier."""
    return MLPClassifier(
        **ALL_EPOCHS | parameters,
        random_state=seed,
        input_scale=input_scale,
        n_threads=1,
        device=context.device,
    )


def folds(seed):
    """Return five folds in which the classes have equal shares, StratifiedKFold."""
    return StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)


@contextmanager
def side_by_side(context):
    """Let scikit-learn fit on the threads that a fit of ours would use, and not warn of the last epoch."""
    with epochs_as_chosen(), joblib.parallel_config("threading", n_jobs=context.n_threads):
        yield
