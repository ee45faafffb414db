"""Known defects of scikit-learn's MLP, done right; the page of differences lists them."""

import warnings

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import ConvergenceWarning

from fastmlp import MLPClassifier, MLPRegressor
from fastmlp.kernels.contract import Update
from fastmlp.network import Network
from fastmlp.rows import as_rows, as_targets

from ..kernels.gradients import central_difference

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture
def orders(monkeypatch):
    """The row numbers of every epoch, as the network visits them."""
    seen, train_epoch = [], Network.train_epoch

    def spy(self, rows, targets, order, *rest):
        seen.append(order.copy())
        return train_epoch(self, rows, targets, order, *rest)

    monkeypatch.setattr(Network, "train_epoch", spy)
    return seen


def test_multi_output_lbfgs_gradient_is_that_of_the_loss():
    """In scikit-learn it is n_outputs times the gradient of the loss that the line search sees."""
    X, y = make_regression(40, 5, n_targets=4, random_state=0)
    reg = MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", max_iter=1, random_state=0).fit(X, y)
    network, update = reg._network, Update(l2=0.3)
    rows, targets = as_rows(X, np.float64), as_targets(y, np.float64)
    _, gradient = network.gradient(rows, targets, update)
    numeric = central_difference(lambda params: network.evaluate(rows, targets, update), network.params)
    real = gradient != 0  # pads have no gradient
    assert real.sum() == 5 * 3 + 3 + 3 * 4 + 4
    np.testing.assert_allclose(gradient[real], numeric[real], rtol=1e-6, atol=1e-6)


def test_multi_output_loss_is_the_sum_over_the_outputs():
    X, y = make_regression(60, 5, n_targets=3, random_state=0)
    y /= 100
    reg = MLPRegressor(solver="lbfgs", hidden_layer_sizes=(4,), alpha=0.0, max_iter=5, random_state=0)
    reg.fit(X, y)
    assert reg.loss_ == pytest.approx(0.5 * ((reg.predict(X) - y) ** 2).sum(axis=1).mean())


def test_early_stopping_split_is_stratified_for_three_classes(orders):
    rng = np.random.RandomState(0)
    y = np.repeat(["a", "b", "c"], [160, 30, 10])
    X = rng.normal(size=(200, 3))
    for seed in range(3):
        MLPClassifier(early_stopping=True, max_iter=1, random_state=seed).fit(X, y)
    assert len({order.tobytes() for order in orders}) == 3
    for order in orders:
        assert len(order) == len(set(order)) == 180
        assert [(y[order] == label).sum() for label in "abc"] == [144, 27, 9]


@pytest.mark.parametrize(
    ("counts", "fraction", "reason"),
    [
        ((40, 20, 1), 0.2, "class 'c' has a single row"),
        ((20, 10, 10), 0.05, "2 of 40 rows cannot hold all 3"),
    ],
)
def test_early_stopping_split_falls_back_where_it_cannot_be_stratified(counts, fraction, reason):
    y = np.repeat(["a", "b", "c"], counts)
    X = np.random.RandomState(0).normal(size=(len(y), 3))
    clf = MLPClassifier(early_stopping=True, validation_fraction=fraction, max_iter=2, random_state=0)
    with pytest.warns(UserWarning, match=f"not stratified: .*{reason}"):
        clf.fit(X, y)
    assert len(clf.validation_scores_) == 2


def test_early_stopping_of_two_classes_needs_two_members_each():
    """As in scikit-learn, whose message names the class since version 1.8."""
    with pytest.raises(ValueError, match=r"least populated class.* only 1 member"):
        MLPClassifier(early_stopping=True).fit([[1], [2], [3], [4]], ["a", "a", "a", "b"])


def test_partial_fit_with_an_int_seed_shuffles_anew_every_time(iris, orders):
    X, y = iris
    fitted = []
    for _ in range(2):
        clf = MLPClassifier(hidden_layer_sizes=(3,), random_state=0)
        for _ in range(3):
            clf.partial_fit(X, y, classes=[0, 1, 2])
        fitted.append(clf)
    assert len({order.tobytes() for order in orders[:3]}) == 3
    np.testing.assert_array_equal(orders[:3], orders[3:])  # and reproducibly
    np.testing.assert_array_equal(fitted[0].coefs_[0], fitted[1].coefs_[0])


def test_warm_start_with_an_int_seed_shuffles_anew_every_time(iris, orders):
    X, y = iris
    clf = MLPClassifier(hidden_layer_sizes=(3,), max_iter=2, warm_start=True, random_state=0)
    for _ in range(3):
        clf.fit(X, y)
    assert len({order.tobytes() for order in orders}) == 6


def test_warm_start_keeps_the_early_stopping_split(orders):
    """A new split would validate on rows that were trained on."""
    X, y = make_regression(50, 3, random_state=0)
    reg = MLPRegressor(
        hidden_layer_sizes=(), early_stopping=True, warm_start=True, max_iter=2, random_state=0
    )
    for _ in range(3):
        reg.fit(X, y)
    assert {tuple(np.sort(order)) for order in orders} == {tuple(np.sort(orders[0]))}
    assert len(orders[0]) == 45


def test_warm_start_resets_the_patience(iris):
    X, y = iris
    clf = MLPClassifier(
        hidden_layer_sizes=(4,), tol=10.0, n_iter_no_change=5, max_iter=4, warm_start=True, random_state=0
    )
    clf.fit(X, y)  # three epochs without improvement by 10
    clf.set_params(max_iter=50)
    clf.fit(X, y)
    assert clf.n_iter_ == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_layer_sizes": (5, 4)}, r"hidden_layer_sizes is \(4,\), but now it is \(5, 4\)"),
        ({"activation": "tanh"}, "activation is 'relu', but now it is 'tanh';"),
        ({"bias": False}, "bias is True"),
    ],
)
def test_warm_start_refuses_another_architecture(iris, change, message):
    X, y = iris
    clf = MLPClassifier(hidden_layer_sizes=(4,), warm_start=True, max_iter=2, random_state=0).fit(X, y)
    clf.set_params(**change)
    with pytest.raises(ValueError, match=f"warm_start=True goes on with the fitted network, whose {message}"):
        clf.fit(X, y)
    with pytest.raises(ValueError, match=f"partial_fit goes on with the fitted network, whose {message}"):
        clf.partial_fit(X, y)
    clf.set_params(warm_start=False).fit(X, y)
    assert clf._architecture.bias is clf.bias


def test_warm_start_refuses_another_number_of_outputs(iris):
    X, y = iris
    reg = MLPRegressor(hidden_layer_sizes=(4,), warm_start=True, max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match=r"outputs is \(1, 'identity'\), but now it is \(2, 'identity'\)"):
        reg.fit(X, np.column_stack([y, y]))
    assert reg.n_outputs_ == 1
    assert reg.predict(X).shape == (150,)


@pytest.mark.parametrize("patience", [1, 2, 5])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_patience_lasts_exactly_n_iter_no_change_epochs(iris, patience, early_stopping):
    """Nothing improves by 10: the first epoch sets the best value, and n_iter_no_change more follow."""
    X, y = iris
    clf = MLPClassifier(
        hidden_layer_sizes=(4,),
        tol=10.0,
        n_iter_no_change=patience,
        early_stopping=early_stopping,
        random_state=0,
    ).fit(X, y)
    assert clf.n_iter_ == patience + 1


def test_best_weights_are_restored_without_early_stopping(iris):
    X, y = iris
    history = []
    reg = MLPRegressor(
        hidden_layer_sizes=(4,),
        solver="sgd",
        learning_rate_init=0.3,  # jumps about
        batch_size=10,
        max_iter=25,
        tol=0.0,
        n_iter_no_change=np.inf,
        restore_best=True,
        random_state=0,
        callbacks=[lambda record: history.append((record.loss, record.estimator.coefs_[0].copy()))],
    ).fit(X, y)
    best = int(np.argmin(reg.loss_curve_))
    assert best < 24
    np.testing.assert_array_equal(reg.coefs_[0], history[best][1])
    assert reg.best_loss_ == history[best][0]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_best_weights_are_restored_by_the_validation_set(iris, early_stopping):
    X, y = iris
    history = []
    reg = MLPRegressor(
        hidden_layer_sizes=(4,),
        solver="sgd",
        learning_rate_init=0.3,
        batch_size=10,
        max_iter=25,
        tol=0.0,
        n_iter_no_change=np.inf,
        early_stopping=early_stopping,
        restore_best=True,
        random_state=0,
        callbacks=[lambda record: history.append(record.estimator.coefs_[0].copy())],
    ).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    best = int(np.argmax(reg.validation_scores_))
    assert best < 24
    np.testing.assert_array_equal(reg.coefs_[0], history[best])
    assert reg.score(X[1::2], y[1::2]) == pytest.approx(reg.best_validation_score_)


def test_poisson_rejects_negative_targets():
    X = np.arange(6.0).reshape(-1, 1)
    reg = MLPRegressor(loss="poisson", max_iter=2)
    with pytest.raises(ValueError, match=r"loss='poisson' needs y >= 0, but its smallest value is -2"):
        reg.fit(X, [1, 2, 3, -2, 0, 1])
    with pytest.raises(ValueError, match=r"loss='poisson' needs y_val >= 0"):
        reg.fit(X, [1, 2, 3, 2, 0, 1], X_val=X, y_val=[1, 2, 3, -2, 0, 1])
    assert reg.fit(X, [1, 2, 3, 2, 0, 1]).out_activation_ == "exp"


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_validation_fraction_of_zero_fails_early(iris, Estimator):
    X, y = iris
    estimator = Estimator(early_stopping=True, validation_fraction=0)
    with pytest.raises(ValueError, match=r"validation_fraction=0 leaves no rows .* X_val"):
        estimator.fit(X, y)
    assert not hasattr(estimator, "n_features_in_")  # nothing was done
    estimator.set_params(max_iter=2).fit(X, y, X_val=X, y_val=y)
    assert len(estimator.validation_scores_) == 2


def test_partial_fit_of_an_lbfgs_regressor_does_not_exist(iris):
    """In scikit-learn it does, and runs the whole solver."""
    assert not hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    assert hasattr(MLPRegressor(), "partial_fit")


def test_nan_ends_the_training(iris):
    """In scikit-learn NaN counts as improvement, and training goes on to max_iter."""
    X, y = iris
    epochs = []
    reg = MLPRegressor(
        activation="identity",
        solver="sgd",
        learning_rate_init=1.0,
        max_iter=500,
        random_state=0,
        callbacks=[epochs.append],
    )
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"non-finite .*learning_rate_init \(now 1\)"),
    ):
        reg.fit(X, y)
    assert 1 <= len(epochs) < 500
    assert not np.isfinite(epochs[-1].loss)


def test_diverged_training_with_best_weights_warns_and_keeps_them(iris):
    X, y = iris
    reg = MLPRegressor(
        activation="identity",
        solver="sgd",
        learning_rate_init=1.0,
        max_iter=500,
        early_stopping=True,
        random_state=0,
    )
    with (
        np.errstate(all="ignore"),
        pytest.warns(ConvergenceWarning, match="diverged: .* lower learning_rate"),
    ):
        reg.fit(X, y)
    assert np.isnan(reg.validation_scores_[-1])
    assert isinstance(reg.validation_scores_[-1], float)
    assert np.isfinite(reg.predict(X)).all()


def test_changed_settings_count_in_partial_fit(iris):
    """scikit-learn goes on with the settings of the first call, without a word."""
    X, y = iris
    clf = MLPClassifier(hidden_layer_sizes=(3,), solver="sgd", momentum=0.0, shuffle=False, random_state=0)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    before = clf.coefs_[0].copy()
    clf.set_params(learning_rate_init=1e-12).partial_fit(X, y)
    np.testing.assert_allclose(clf.coefs_[0], before, atol=1e-9)
    clf.set_params(solver="adam", learning_rate_init=0.1).partial_fit(X, y)
    assert abs(clf.coefs_[0] - before).max() > 0.05


def test_no_warning_of_max_iter_from_partial_fit(iris):
    X, y = iris
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPClassifier(max_iter=1).partial_fit(X, y, classes=[0, 1, 2])


def test_log_loss_of_a_confident_error_is_not_clipped():
    """scikit-learn clips probabilities, at 16 for float32; here the loss comes from the logits."""
    X = np.array([[-1.0], [1.0]], dtype=np.float32)
    for y, expected in (([0, 1], 200.0), ([0, 1, 2], 200.0)):
        rows = np.resize(X, (len(y), 1))
        clf = MLPClassifier((), warm_start=True, max_iter=1, learning_rate_init=1e-20, alpha=0.0)
        clf.fit(rows, y)
        clf.intercepts_ = [np.zeros_like(clf.intercepts_[0])]
        clf.coefs_ = [np.zeros_like(clf.coefs_[0])]
        clf.intercepts_[0][-1] = 200.0  # certain of the last class
        clf.fit(rows, y)
        assert clf.loss_ == pytest.approx(expected * (len(y) - 1) / len(y))


def test_several_outputs_stop_where_scikit_learn_s_do():
    """`tol` is one of the mean over the outputs; patience ends one epoch earlier than scikit-learn's."""
    rng = np.random.RandomState(0)
    X = rng.normal(size=(150, 5))
    y = X @ rng.normal(size=(5, 4)) + 0.1 * rng.normal(size=(150, 4))
    settings = {"hidden_layer_sizes": (10,), "learning_rate_init": 0.02, "max_iter": 500, "random_state": 0}
    ours = MLPRegressor(**settings, tol=3e-4).fit(X, y)
    theirs = sklearn.neural_network.MLPRegressor(**settings, tol=3e-4).fit(X, y)
    assert ours.n_iter_ == theirs.n_iter_ - 1 < 499
    np.testing.assert_allclose(np.array(ours.loss_curve_) / 4, theirs.loss_curve_[:-1], rtol=0.02)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_interrupt_before_the_first_epoch_has_ended_is_raised(solver, monkeypatch):
    """There is no trained network to return."""

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    for method in ("train_epoch", "gradient"):
        monkeypatch.setattr(Network, method, interrupted)
    model = MLPRegressor(solver=solver)
    with pytest.raises(KeyboardInterrupt):
        model.fit(np.eye(3), np.arange(3.0))
    assert not hasattr(model, "n_iter_")
