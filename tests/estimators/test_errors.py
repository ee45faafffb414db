"""Wrong input: every error names the argument, the value, and where it helps the remedy."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from fastmlp import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).normal(size=(20, 3))
Y = np.arange(20) % 3
BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
QUICK = {"hidden_layer_sizes": (4, 3), "max_iter": 2, "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@BOTH
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("container", [np.array, sparse.csr_matrix])
def test_nan_and_infinity(Estimator, bad, container):
    spoiled = X.copy()
    spoiled[3, 1] = bad
    estimator = Estimator(**QUICK)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        estimator.fit(container(spoiled), Y)
    estimator.fit(X, Y)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        estimator.predict(container(spoiled))
    with pytest.raises(ValueError, match="contains"):
        estimator.fit(X, Y, X_val=spoiled, y_val=Y)
    with pytest.raises(ValueError, match=r"Input y contains (NaN|infinity)|Input y_true contains"):
        MLPRegressor(**QUICK).fit(X, np.where(np.arange(20) == 3, bad, 1.0))
    with pytest.raises(ValueError, match="sample_weight contains"):
        estimator.fit(X, Y, sample_weight=np.where(np.arange(20) == 3, bad, 1.0))


@BOTH
def test_number_of_features(Estimator):
    estimator = Estimator(**QUICK).fit(X, Y)
    message = "X has 2 features, but MLP.* is expecting 3 features"
    for call in (
        lambda: estimator.predict(X[:, :2]),
        lambda: estimator.partial_fit(X[:, :2], Y),
        lambda: estimator.fit(X, Y, X_val=X[:, :2], y_val=Y),
        lambda: estimator.set_params(warm_start=True).fit(X[:, :2], Y),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@BOTH
def test_empty_and_misshapen(Estimator):
    estimator = Estimator(**QUICK)
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        estimator.fit(X[:0], Y[:0])
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        estimator.fit(X[:, :0], Y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        estimator.fit(X, Y[:-1])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        estimator.fit(X[:, 0], Y)
    with pytest.raises(ValueError, match="Found array with dim 3"):
        estimator.fit(X.reshape(20, 3, 1), Y)
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        estimator.fit(X, Y, sample_weight=np.ones(19))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        estimator.fit(X, Y).predict(X[:0])


@BOTH
def test_not_numbers(Estimator):
    with pytest.raises(ValueError, match="could not convert string to float"):
        Estimator(**QUICK).fit(np.full((20, 3), "three"), Y)
    with pytest.raises(ValueError, match="Complex data not supported"):
        Estimator(**QUICK).fit(X + 1j, Y)


@pytest.mark.parametrize("labels", [Y, Y == 1, np.eye(3, dtype=int)[Y]], ids=["multi", "binary", "labels"])
def test_targets_of_another_kind(labels):
    """Class numbers where there were labels, or the other way round; also other numbers of labels."""
    others = [Y, np.eye(3, dtype=int)[Y][:, :2], np.eye(4, dtype=int)[Y]]
    for other in others[labels.ndim == 1 :]:
        clf = MLPClassifier(device="ref", **QUICK).fit(X, labels)
        message = r"`? has (shape .*, but the targets that .* pass targets of that shape|classes not in)"
        with pytest.raises(ValueError, match=f"^`?y{message}"):
            clf.partial_fit(X, other)
        with pytest.raises(ValueError, match=f"^`?y_val{message}"):
            clf.fit(X, labels, X_val=X, y_val=other)


@BOTH
@pytest.mark.parametrize("solver", ["adam", "adamw"])
def test_epsilon_that_is_zero_in_float32(Estimator, solver):
    small = {"epsilon": 1e-60, "solver": solver, "device": "ref"}
    message = r"epsilon=1e-60 is too small for a network of float32, .* 1.175\d*e-38; use that or more"
    for data in (X.astype(np.float32), X.astype(np.uint8)):
        with pytest.raises(ValueError, match=message):
            Estimator(**QUICK, **small).fit(data, Y)
    fitted = Estimator(**QUICK, device="ref").fit(X.astype(np.float32), Y)
    with pytest.raises(ValueError, match=message):
        fitted.set_params(**small).partial_fit(X, Y)
    Estimator(**QUICK, **small).fit(X, Y)
    with pytest.raises(ValueError, match=r"network of float64, .* value is 2\.22"):
        Estimator(**QUICK, **{**small, "epsilon": 1e-320}).fit(X, Y)
    smallest = float(np.finfo(np.float32).tiny)
    Estimator(**QUICK, **{**small, "epsilon": smallest}).fit(X.astype(np.float32), Y)
    Estimator(**QUICK, **{**small, "solver": "sgd"}).fit(X.astype(np.float32), Y)


@BOTH
def test_not_fitted(Estimator):
    for method in ("predict", "score", "summary", "predict_proba"):
        if hasattr(Estimator, method):
            arguments = {"predict": (X,), "predict_proba": (X,), "score": (X, Y), "summary": ()}[method]
            with pytest.raises(NotFittedError, match="not fitted yet"):
                getattr(Estimator(), method)(*arguments)


def test_one_class():
    with pytest.raises(ValueError, match=r"greater than one; got 1 class: \[7\]\. Add rows"):
        MLPClassifier(**QUICK).fit(X, np.full(20, 7))
    with pytest.raises(ValueError, match=r"got 1 class: \['a'\]"):
        MLPClassifier(**QUICK).partial_fit(X, ["a"] * 20, classes=["a"])


def test_targets_that_are_no_classes():
    remedy = "Use MLPRegressor for targets that are real numbers, or make discrete classes of them."
    for y, kind in ((X[:, 0], "continuous"), (X[:, :1], "continuous"), (X, "continuous-multioutput")):
        clf = MLPClassifier(device="ref", **QUICK)
        with pytest.raises(ValueError, match=f"^Unknown label type: {kind}. {remedy}$"):
            clf.fit(X, y)
    with pytest.raises(ValueError, match=r"Unknown label type: continuous\. Use"):
        clf.partial_fit(X, X[:, 0], classes=[0, 1])
    with pytest.raises(ValueError, match=r"Unknown label type: continuous\. Use"):
        clf.fit(X, Y, X_val=X, y_val=X[:, 0])
    assert clf.fit(X, Y.astype(float)).classes_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="Multioutput target data is not supported"):
        MLPClassifier(**QUICK).fit(X, np.column_stack([Y, Y]))


def test_unknown_labels():
    clf = MLPClassifier(**QUICK)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        clf.partial_fit(X, Y)
    clf.partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"`y` has classes not in `self.classes_`.*\[0 1 2\].*\[3\]"):
        clf.partial_fit(X[:1], [3])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        clf.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"`y_val` has classes not in"):
        clf.fit(X, Y, X_val=X, y_val=Y + 1)
    with pytest.raises(ValueError, match=r"warm_start can only be used where `y` has the same classes"):
        clf.set_params(warm_start=True).fit(X, Y + 1)


def test_partial_fit_of_some_classes_with_warm_start():
    clf = MLPClassifier(warm_start=True, **QUICK).partial_fit(X, Y, classes=[0, 1, 2])
    clf.partial_fit(X[:2], Y[:2])
    assert clf.t_ == 22


@BOTH
def test_partial_fit_with_early_stopping(Estimator):
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        Estimator(early_stopping=True, **QUICK).fit(X, Y > 0).partial_fit(X, Y > 0)


@BOTH
def test_half_a_validation_set(Estimator):
    estimator = Estimator(**QUICK)
    with pytest.raises(ValueError, match="X_val was given without y_val; pass both or neither"):
        estimator.fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="y_val was given without X_val"):
        estimator.fit(X, Y, y_val=Y)
    with pytest.raises(ValueError, match="sample_weight_val was given without X_val and y_val"):
        estimator.fit(X, Y, sample_weight_val=np.ones(20))


def test_validation_targets_of_another_shape():
    with pytest.raises(ValueError, match="y_val has 2 outputs, but y has 1"):
        MLPRegressor(**QUICK).fit(X, Y, X_val=X, y_val=np.column_stack([Y, Y]))


@BOTH
def test_a_validation_set_too_small(Estimator):
    estimator = Estimator(early_stopping=True, random_state=0)
    with pytest.raises(ValueError, match=r"The validation set is too small|only 1 member"):
        estimator.fit(X[:2], [0, 1])


@BOTH
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": -1}, "'hidden_layer_sizes' parameter"),
        ({"hidden_layer_sizes": (4, 0)}, r"hidden_layer_sizes must be > 0, got \[4, 0\]; use \(\)"),
        ({"hidden_layer_sizes": (4, -2)}, r"hidden_layer_sizes must be > 0, got \[4, -2\]"),
        ({"hidden_layer_sizes": (4, 2.5)}, r"hidden_layer_sizes must be integers, got \[4, 2.5\]"),
        ({"hidden_layer_sizes": "100"}, "hidden_layer_sizes"),
        ({"activation": "rleu"}, "'activation' parameter of MLP.* must be a str among"),
        ({"activation": ["relu", "rleu"]}, r"activation\[1\]='rleu' is unknown; use one of identity, relu"),
        (
            {"activation": ["relu"]},
            r"has length 1, but the number of hidden layers is 2; give one entry for each",
        ),
        ({"solver": "lbgfs"}, "'solver' parameter"),
        ({"learning_rate": "cosine"}, "'learning_rate' parameter"),
        ({"learning_rate_init": 0}, "'learning_rate_init' parameter"),
        ({"alpha": -1.0}, "'alpha' parameter"),
        ({"batch_size": 0}, "'batch_size' parameter"),
        ({"max_iter": 0}, "'max_iter' parameter"),
        ({"momentum": 1.5}, "'momentum' parameter"),
        ({"validation_fraction": 1.0}, "'validation_fraction' parameter"),
        ({"beta_1": 1.0}, "'beta_1' parameter"),
        ({"n_iter_no_change": 0}, "'n_iter_no_change' parameter"),
        ({"random_state": "seed"}, "'random_state' parameter"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"dropout": [0.5, 1.0]}, r"dropout\[1\]=1.0 must be a number in \[0, 1\)"),
        ({"dropout": [0.5, "half"]}, r"dropout\[1\]='half' must be a number"),
        ({"dropout": [0.5]}, r"dropout=\[0.5\] has length 1, but the number of hidden layers is 2"),
        ({"weight_init": "golrot"}, "'weight_init' parameter"),
        (
            {"weight_init": ["zeros", "zeros"]},
            "has length 2, but the number of layers with the output layer is 3; give one",
        ),
        ({"weight_init": ["zeros", "zeros", "zero"]}, r"weight_init\[2\]='zero' is not an initializer; use"),
        ({"weight_init": lambda rs, shape: np.zeros(2)}, r"weight_init returned an array of shape \(2,\)"),
        ({"bias": "yes"}, "'bias' parameter"),
        ({"l1": -1}, "'l1' parameter"),
        ({"weight_decay": -1}, "'weight_decay' parameter"),
        ({"clip_norm": 0}, "'clip_norm' parameter"),
        ({"restore_best": 1.5}, "'restore_best' parameter"),
        ({"input_scale": 0}, "'input_scale' parameter"),
        ({"n_threads": 0}, "'n_threads' parameter"),
        ({"device": "gpu"}, "'device' parameter"),
        ({"precision": "fp16"}, "'precision' parameter"),
        ({"precision": "bf16"}, "precision='bf16' does not go with device='cpu'; use device='cuda'"),
        ({"callbacks": print}, "'callbacks' parameter"),
        ({"solver": "lbfgs", "dropout": 0.5}, "dropout=0.5 needs a stochastic solver; use solver='adam'"),
        ({"solver": "lbfgs", "dropout": [0.0, 0.5]}, r"dropout=\[0.0, 0.5\] needs a stochastic solver"),
        ({"solver": "lbfgs", "clip_norm": 1.0}, "clip_norm=1.0 needs a stochastic solver"),
        (
            {"solver": "lbfgs", "precision": "tf32", "device": "ref"},
            "precision='tf32' needs a stochastic solver",
        ),
    ],
)
def test_bad_parameters(Estimator, params, message):
    with pytest.raises(ValueError, match=message):
        Estimator(**{**QUICK, **params}).fit(X, Y)


@BOTH
def test_callbacks_that_are_not_callable(Estimator):
    with pytest.raises(TypeError, match=r"callbacks\[1\]='print' is not callable; pass functions"):
        Estimator(callbacks=[print, "print"]).fit(X, Y)


def test_bad_parameters_of_one_estimator():
    with pytest.raises(ValueError, match="'loss' parameter"):
        MLPRegressor(loss="log_loss").fit(X, Y)
    with pytest.raises(ValueError, match="'huber_delta' parameter"):
        MLPRegressor(huber_delta=0).fit(X, Y)
    with pytest.raises(ValueError, match="'class_weight' parameter"):
        MLPClassifier(class_weight="heavy").fit(X, Y)
    with pytest.raises(ValueError, match="class_weight is not defined for multilabel targets"):
        MLPClassifier(class_weight="balanced").fit(X, np.eye(3, dtype=int)[Y])
    with pytest.raises(ValueError, match="class_weight='balanced' is not supported by partial_fit"):
        MLPClassifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


@BOTH
def test_unknown_parameters(Estimator):
    with pytest.raises(TypeError, match="unexpected keyword argument 'dropuot'"):
        Estimator(dropuot=0.5)
    with pytest.raises(ValueError, match="Invalid parameter 'dropuot'"):
        Estimator().set_params(dropuot=0.5)


@BOTH
def test_partial_fit_with_lbfgs(Estimator):
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'") as error:
        Estimator(solver="lbfgs").partial_fit(X, Y)
    assert "only available for stochastic optimizers. lbfgs is not" in str(error.value.__cause__)


@BOTH
def test_batch_larger_than_the_data_is_clipped(Estimator):
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample size"):
        clipped = Estimator(batch_size=21, **QUICK).fit(X, Y)
    np.testing.assert_array_equal(clipped.coefs_[0], Estimator(batch_size=20, **QUICK).fit(X, Y).coefs_[0])
