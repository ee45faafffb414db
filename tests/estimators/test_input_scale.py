"""Scaled input, and bytes that are never copied."""

import numpy as np
import pytest

from fastmlp import MLPClassifier

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_scale(digits, dtype):
    X, y = digits
    raw = (X * 16).astype(dtype)
    scaled = MLPClassifier((5,), input_scale=1 / 16, max_iter=5, random_state=0).fit(raw, y)
    plain = MLPClassifier((5,), max_iter=5, random_state=0).fit((X).astype(dtype), y)
    np.testing.assert_array_equal(scaled.coefs_[0], plain.coefs_[0])  # 1/16 is exact
    np.testing.assert_array_equal(scaled.predict_proba(raw), plain.predict_proba(X.astype(dtype)))


def test_bytes_are_trained_in_float32(digits):
    X, y = digits
    raw = (X * 16).astype(np.uint8)
    clf = MLPClassifier((5,), input_scale=1 / 16, max_iter=5, random_state=0).fit(raw, y)
    twin = MLPClassifier((5,), max_iter=5, random_state=0).fit(X.astype(np.float32), y)
    assert clf.coefs_[0].dtype == np.float32
    np.testing.assert_array_equal(clf.coefs_[0], twin.coefs_[0])
    np.testing.assert_array_equal(clf.predict_proba(raw), twin.predict_proba(X.astype(np.float32)))
    np.testing.assert_array_equal(clf.predict(raw), clf.predict(raw.astype(np.float64)))


def test_bytes_are_not_copied(digits, monkeypatch):
    from fastmlp.network import Network

    X, y = digits
    raw = (X * 16).astype(np.uint8)
    seen, train_epoch = [], Network.train_epoch

    def spy(self, rows, *rest):
        seen.append(rows.data)
        return train_epoch(self, rows, *rest)

    monkeypatch.setattr(Network, "train_epoch", spy)
    fit(raw, y, max_iter=1, early_stopping=True)
    fit(X, y, max_iter=1, early_stopping=True)
    assert np.shares_memory(seen[0], raw)
    assert seen[0].dtype == np.uint8
    assert np.shares_memory(seen[1], X)
