"""The estimators among scikit-learn's tools: copies, files, processes, pipelines, tables."""

import copy
import pickle
import subprocess
import sys
from inspect import signature

import joblib
import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import estimator_html_repr, get_tags

from fastmlp import MLPClassifier, MLPRegressor, initializers

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
QUICK = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0}


def assert_same_parameters(a, b):
    for first, second in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(first, second)


@BOTH
def test_clone(Estimator, digits):
    estimator = Estimator(
        **QUICK,
        activation=["gelu"],
        dropout=[0.1],
        weight_init=["he_normal", initializers.Normal(0.1)],
        callbacks=[print],
    )
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    assert not hasattr(twin, "coefs_")


@BOTH
def test_every_argument_is_kept_under_its_name(Estimator):
    values = {name: object() for name in signature(Estimator).parameters}
    estimator = Estimator(**values)
    assert vars(estimator) == values == estimator.get_params(deep=False)


@BOTH
@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw"])
@pytest.mark.parametrize(
    "copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_copies_predict_and_go_on_training_alike(Estimator, digits, solver, copied):
    """The optimizer's memory and the stream of random numbers go along."""
    X, y = digits
    estimator = Estimator(solver=solver, dropout=0.2, **QUICK).fit(X, y)
    twin = copied(estimator)
    np.testing.assert_array_equal(twin.predict(X), estimator.predict(X))
    assert not np.shares_memory(twin.coefs_[0], estimator.coefs_[0])
    for _ in range(2):
        estimator.partial_fit(X, y)
        twin.partial_fit(X, y)
    assert_same_parameters(estimator, twin)
    assert twin.loss_curve_ == estimator.loss_curve_


@BOTH
def test_a_pickle_holds_no_workspace(Estimator):
    X = np.random.RandomState(0).normal(size=(2000, 300))
    y = np.arange(2000) % 3
    estimator = Estimator(hidden_layer_sizes=(4,), batch_size=2000, max_iter=1, random_state=0).fit(X, y)
    estimator.predict(X)
    parameters = 8 * 300 * 8  # padded to 64 bytes; Adam keeps two more such vectors
    assert len(pickle.dumps(estimator)) < 3 * parameters + 30_000 < 2000 * 300 * 8 / 10


@BOTH
def test_joblib_file(Estimator, digits, tmp_path):
    X, y = digits
    estimator = Estimator(**QUICK).fit(X, y)
    joblib.dump(estimator, tmp_path / "model.joblib")
    np.testing.assert_array_equal(joblib.load(tmp_path / "model.joblib").predict(X), estimator.predict(X))


def test_a_fitted_list_of_coefs_pickles(digits):
    X, y = digits
    clf = MLPClassifier(**QUICK).fit(X, y)
    coefs = pickle.loads(pickle.dumps(clf.coefs_))
    assert type(coefs) is list
    np.testing.assert_array_equal(coefs[1], clf.coefs_[1])


def test_grid_search_in_two_processes(digits):
    X, y = digits
    grid = {"alpha": [0.0, 1.0], "activation": ["relu", ["tanh"]]}
    search = GridSearchCV(MLPClassifier(**QUICK), grid, cv=2, n_jobs=2).fit(X, y)
    serial = GridSearchCV(MLPClassifier(**QUICK), grid, cv=2, n_jobs=1).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"]
    )


def test_pipelines_and_cross_validation(digits):
    X, y = digits
    pipeline = make_pipeline(
        StandardScaler(), MLPClassifier((16,), learning_rate_init=0.01, max_iter=60, random_state=0)
    )
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.9
    probabilities = cross_val_predict(pipeline, X, y, cv=3, method="predict_proba")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    regressor = TransformedTargetRegressor(
        MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0), transformer=MinMaxScaler()
    )
    assert regressor.fit(X, y.astype(float)).score(X, y) > 0.9
    voting = VotingClassifier([("a", clone(pipeline)), ("b", MLPClassifier(**QUICK))], voting="soft")
    assert voting.fit(X, y).score(X, y) > 0.9


@BOTH
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil"])
def test_sparse_input(Estimator, digits, form):
    X, y = digits
    dense = Estimator(early_stopping=True, **QUICK).fit(X, y)
    thin = sparse.csr_matrix(X).asformat(form)
    model = Estimator(early_stopping=True, **QUICK).fit(thin, y)
    for a, b in zip(dense.coefs_, model.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.predict(thin), dense.predict(X), rtol=1e-9)
    model.partial_fit(thin, y) if not model.early_stopping else model.fit(thin, y, X_val=thin, y_val=y)
    assert len(model.validation_scores_) == model.n_iter_


@BOTH
def test_sparse_bytes_and_wide_indices(Estimator, digits):
    X, y = digits
    thin = sparse.csr_matrix((X * 16).astype(np.uint8))
    model = Estimator(**QUICK).fit(thin, y)
    assert model.coefs_[0].dtype == np.float32
    wide = sparse.csr_matrix(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    assert_same_parameters(Estimator(**QUICK).fit(wide, y), Estimator(**QUICK).fit(sparse.csr_matrix(X), y))


@BOTH
def test_spare_entries_of_a_sparse_matrix_stay(Estimator, digits):
    X, y = digits
    thin = sparse.csr_matrix(X)
    thin.data, thin.indices = (
        np.append(thin.data, np.zeros(9)),
        np.append(thin.indices, np.zeros(9, np.int32)),
    )
    arrays = thin.data, thin.indices, thin.indptr
    model = Estimator(**QUICK).fit(thin, y)
    np.testing.assert_array_equal(model.predict(thin), model.predict(X))
    assert all(
        now is before for now, before in zip((thin.data, thin.indices, thin.indptr), arrays, strict=True)
    )


@BOTH
def test_layouts_of_arrays(Estimator, digits):
    X, y = digits
    reference = Estimator(**QUICK).fit(X, y)
    wide = np.zeros((150, 128))
    wide[:, ::2] = X
    for other in (np.asfortranarray(X), wide[:, ::2], X.tolist(), np.ascontiguousarray(X[::-1])[::-1]):
        assert_same_parameters(Estimator(**QUICK).fit(other, y), reference)
        np.testing.assert_array_equal(reference.predict(other), reference.predict(X))
    X.flags.writeable = False
    try:
        assert_same_parameters(Estimator(**QUICK).fit(X, y), reference)
    finally:
        X.flags.writeable = True


@BOTH
def test_data_frames(Estimator, digits):
    pd = pytest.importorskip("pandas")
    X, y = digits
    names = [f"pixel {i}" for i in range(64)]
    frame = pd.DataFrame(X, columns=names)
    estimator = Estimator(early_stopping=True, **QUICK).fit(frame, pd.Series(y))
    np.testing.assert_array_equal(estimator.feature_names_in_, names)
    assert_same_parameters(estimator, Estimator(early_stopping=True, **QUICK).fit(X, y))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        estimator.predict(X)
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame.rename(columns={"pixel 0": "first"}))
    bytes_frame = pd.DataFrame((X * 16).astype(np.uint8), columns=names)
    assert Estimator(**QUICK).fit(bytes_frame, y).coefs_[0].dtype == np.float32


def test_labels_of_every_kind(digits):
    pd = pytest.importorskip("pandas")
    X, y = digits
    reference = MLPClassifier(**QUICK).fit(X, y)
    for labels in (
        np.array(["a", "b", "c"])[y],
        np.array(["a", "b", "c"], dtype=object)[y],
        y.astype(np.uint8) + 250,
        y.astype(np.float64),
        pd.Series(pd.Categorical.from_codes(y, ["x", "y", "z"])),
        pd.Series(y, dtype="Int64"),
        y == 1,
    ):
        clf = MLPClassifier(early_stopping=False, **QUICK).fit(X, labels)
        predicted = clf.predict(X)
        assert predicted.dtype == clf.classes_.dtype
        assert clf.score(X, labels) == pytest.approx((predicted == np.asarray(labels)).mean())
        if len(clf.classes_) == 3:
            assert_same_parameters(clf, reference)


def test_sparse_multilabel_targets(problems):
    X, y = problems["multilabel"]
    dense, thin = MLPClassifier(**QUICK).fit(X, y), MLPClassifier(**QUICK).fit(X, sparse.csr_matrix(y))
    assert_same_parameters(dense, thin)
    np.testing.assert_array_equal(thin.predict(X).toarray(), dense.predict(X))
    weights = np.arange(len(X))
    for model, targets in ((dense, y), (thin, sparse.csr_matrix(y))):
        model.fit(X, targets, weights, X_val=X, y_val=targets, sample_weight_val=weights)
    assert_same_parameters(dense, thin)
    assert dense.validation_scores_ == thin.validation_scores_


@BOTH
def test_representations(Estimator, digits):
    estimator = Estimator(dropout=0.5)
    assert repr(estimator) == f"{Estimator.__name__}(dropout=0.5)"
    assert Estimator.__name__ in estimator_html_repr(estimator)
    assert Estimator.__name__ in estimator_html_repr(estimator.fit(*digits))


def test_tags():
    assert get_tags(MLPClassifier()).input_tags.sparse
    assert get_tags(MLPClassifier()).classifier_tags.multi_label
    assert get_tags(MLPRegressor()).target_tags.multi_output
    assert sklearn.base.is_classifier(MLPClassifier())
    assert sklearn.base.is_regressor(MLPRegressor())


def test_metadata_routing(digits):
    X, y = digits
    seen = []

    class Spy(MLPClassifier):
        def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
            seen.append((sample_weight, X_val))
            return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val)

    with sklearn.config_context(enable_metadata_routing=True):
        clf = Spy(**QUICK).set_fit_request(sample_weight=True, X_val=True, y_val=True)
        clf.set_score_request(sample_weight=True)
        cross_validate(clf, X, y, cv=2, params={"sample_weight": np.ones(150)}, error_score="raise")
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        make_pipeline(scaler, clf).fit(X, y, sample_weight=np.ones(150), X_val=X[:9], y_val=y[:9])
        MLPRegressor(**QUICK).set_partial_fit_request(sample_weight=True)
    assert [len(weights) for weights, _ in seen] == [75, 75, 150]
    assert seen[0][1] is None
    assert len(seen[2][1]) == 9


@BOTH
def test_same_seed_same_bits(Estimator, digits):
    X, y = digits
    a, b = Estimator(**QUICK).fit(X, y), Estimator(**QUICK).fit(X, y)
    assert_same_parameters(a, b)
    assert_same_parameters(a.fit(X, y), b)  # fit forgets the fit before
    other = Estimator(**{**QUICK, "random_state": 1}).fit(X, y)
    assert not np.array_equal(a.coefs_[0], other.coefs_[0])


def test_the_package_imports_nothing_before_it_is_used():
    code = (
        "import sys, fastmlp; "
        "assert not {'numba', 'sklearn', 'scipy', 'numpy'} & set(sys.modules); "
        "assert 'MLPClassifier' in dir(fastmlp); "
        "fastmlp.MLPClassifier(); "
        "assert 'numba' not in sys.modules and 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_of_the_package():
    import fastmlp

    with pytest.raises(AttributeError, match="no attribute 'MLPTransformer'"):
        _ = fastmlp.MLPTransformer
