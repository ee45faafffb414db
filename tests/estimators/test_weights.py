"""Sample weights that are wrong or zero; test_parity compares with scikit-learn what others do."""

import numpy as np
import pytest

from fastmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(40, 3))
Y = np.arange(40) % 2
BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
QUICK = {"hidden_layer_sizes": (4, 3), "max_iter": 2, "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@BOTH
@pytest.mark.parametrize("weights", [np.zeros(40), -np.ones(40), 0])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sample_weights_that_sum_to_nothing(Estimator, weights, solver):
    estimator = Estimator(solver=solver, **QUICK)
    message = (
        rf"^sample_weight sums to {np.sum(weights * np.ones(40)):g} over the 40 rows of X, but the sum of "
        "the weights must be above zero; give at least one row a positive weight"
    )
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, Y, sample_weight=weights)
    if solver == "adam":
        estimator.fit(X, Y)
        with pytest.raises(ValueError, match=message):
            estimator.partial_fit(X, Y, sample_weight=weights)


@BOTH
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_validation_weights_that_sum_to_nothing(Estimator, solver, early_stopping):
    epochs = []
    estimator = Estimator(solver=solver, early_stopping=early_stopping, callbacks=[epochs.append], **QUICK)
    with pytest.raises(ValueError, match=r"^sample_weight_val sums to 0 over the 20 rows of X_val.* give at"):
        estimator.fit(X[:20], Y[:20], X_val=X[20:], y_val=Y[20:], sample_weight_val=np.zeros(20))
    assert epochs == []


@BOTH
def test_a_part_of_the_early_stopping_split_without_weight(Estimator):
    """One row alone has weight: whichever part it gets into, the other has none."""
    found = set()
    for row in range(40):
        epochs = []
        estimator = Estimator(
            early_stopping=True, validation_fraction=0.5, callbacks=[epochs.append], **QUICK
        )
        message = (
            "^sample_weight sums to 0 over the 20 rows of the (training|validation) part of the "
            "early-stopping split, .* change validation_fraction or random_state, or pass X_val and y_val"
        )
        with pytest.raises(ValueError, match=message) as error:
            estimator.fit(X, Y, sample_weight=np.arange(40) == row)
        assert epochs == []
        found.add("training" if "training part" in str(error.value) else "validation")
    assert found == {"training", "validation"}


def test_class_weights_that_sum_to_nothing():
    none = {0: 0.0, 1: 0.0}
    with pytest.raises(ValueError, match=r"^class_weight sums to 0 over the 40 rows of X"):
        MLPClassifier(class_weight=none, **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match=r"^class_weight times sample_weight sums to 0 over the 40 rows"):
        MLPClassifier(class_weight={0: 0.0}, **QUICK).fit(X, Y, sample_weight=Y == 0)


@BOTH
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(19), r"\.shape == \(19,\), expected \(20,\): one weight for every row"),
        (np.ones((20, 1)), r"\.shape == \(20, 1\), expected \(20,\)"),
        (np.where(np.arange(20) == 3, np.nan, 1.0), " contains NaN"),
    ],
)
def test_messages_name_the_argument(Estimator, weights, message):
    with pytest.raises(ValueError, match="sample_weight" + message):
        Estimator(**QUICK).fit(X[:20], Y[:20], sample_weight=weights)
    with pytest.raises(ValueError, match="sample_weight_val" + message):
        Estimator(**QUICK).fit(X, Y, X_val=X[:20], y_val=Y[:20], sample_weight_val=weights)


@BOTH
def test_one_number_weighs_all_rows(Estimator):
    a, b = Estimator(**QUICK).fit(X, Y, sample_weight=3.0), Estimator(**QUICK)
    b.fit(X, Y, sample_weight=np.full(40, 3.0))
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])


@BOTH
def test_a_batch_without_weight_is_skipped(Estimator):
    """scikit-learn divides by zero there."""
    weights = np.repeat([0.0, 1.0], 20)
    params = {**QUICK, "batch_size": 20, "shuffle": False, "solver": "sgd", "momentum": 0.0, "alpha": 0.0}
    all_rows = Estimator(**params).fit(X, Y, sample_weight=weights)
    half = Estimator(**params).fit(X[20:], Y[20:])
    np.testing.assert_allclose(all_rows.coefs_[0], half.coefs_[0], rtol=1e-12)
