"""scikit-learn's own checks of estimators, all of them, without one expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastmlp import Autoencoder, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks(
    [
        MLPClassifier(max_iter=100),
        MLPRegressor(max_iter=100),
        MLPClassifier(max_iter=100, solver="lbfgs"),
        MLPRegressor(max_iter=100, solver="lbfgs"),
        Autoencoder(max_iter=20),
        Autoencoder(max_iter=20, solver="lbfgs"),
    ]
)
def test_sklearn_check(estimator, check):
    check(estimator)
