"""Weights of the rows, and the validation set: one's own, or rows split off for early stopping."""

from math import prod
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import validate_data

from .rows import as_rows, as_targets
from .training import Validation

#: dtypes of X that are used as they are; anything else becomes float64.
KEPT = (np.float64, np.float32, np.uint8)


class Labeled(NamedTuple):
    """Rows with their targets, validated and encoded."""

    X: object  # array or CSR matrix of shape (n_rows, n_features)
    encoded: object  # class numbers (n_rows,), or values (n_rows, n_outputs), or X itself
    weights: np.ndarray | None  # (n_rows,) float64; None if all are one

    def rows(self, dtype, scale):
        """The rows as the network reads them."""
        return as_rows(self.X, dtype, scale)

    def targets(self, dtype):
        """The targets as the loss reads them; rows that are their own targets are not copied."""
        return as_targets(None if self.encoded is self.X else self.encoded, dtype, self.weights)


def check_weights(weights, n_rows, name):
    """Return sample weights as float64.

    Parameters
    ----------
    weights : array-like of shape (n_rows,) or number
    n_rows : int
    name : str
        Name of the argument, for messages.

    Returns
    -------
    weights : ndarray of shape (n_rows,), float64

    Raises
    ------
    ValueError
        If the shape is another, or a weight is not finite.
    """
    if np.isscalar(weights):
        weights = np.full(n_rows, weights)
    weights = check_array(weights, ensure_2d=False, dtype=np.float64, input_name=name)
    if weights.shape != (n_rows,):
        raise ValueError(f"{name}.shape == {weights.shape}, expected {(n_rows,)}: one weight for every row.")
    return weights


def check_sum(weights, name, rows, remedy="give at least one row a positive weight"):
    """Refuse weights that leave nothing to take a mean of.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,) or None
    name, rows : str
        The argument and the rows that it weighs, for the message.
    remedy : str

    Raises
    ------
    ValueError
        If the sum of the weights is zero or negative.
    """
    if weights is not None and not weights.sum() > 0:
        raise ValueError(
            f"{name} sums to {weights.sum():g} over the {len(weights)} {rows}, but the sum of the weights "
            f"must be above zero; {remedy}."
        )


def table_of_images(X, input_shape, name="X"):
    """Lay images out in rows; anything else stays as it is.

    Parameters
    ----------
    X : array-like
        Images if it is an array of shape (n_rows, height, width, channels).
    input_shape : tuple of int or None
        What is known of the shape of a row.
    name : str
        Name of X for messages.

    Returns
    -------
    X : array-like
        Images as a view of shape (n_rows, n_features), if that is possible.
    shape : tuple of int or None
        Of a row, as far as it is known.

    Raises
    ------
    ValueError
        If the images have another shape than `input_shape`.
    """
    shape = None if input_shape is None else tuple(input_shape)
    if not isinstance(X, np.ndarray) or X.ndim != 4:
        return X, shape
    if shape is not None and len(shape) == 3 and shape != X.shape[1:]:
        raise ValueError(f"{name} holds images of shape {X.shape[1:]}, but input_shape is {shape}.")
    return X.reshape(X.shape[0], prod(X.shape[1:])), X.shape[1:]


def shape_of_row(shape, n_features):
    """Return the shape of a row, `(n_features,)` where none is known.

    Raises
    ------
    ValueError
        If it has another number of elements than there are features.
    """
    if shape is None:
        return (n_features,)
    if not all(isinstance(n, Integral) and not isinstance(n, bool) and n > 0 for n in shape):
        raise ValueError(f"input_shape={shape!r} must be integers above zero, such as (28, 28, 1).")
    if prod(shape) != n_features:
        raise ValueError(
            f"input_shape={shape!r} has {prod(shape)} elements, but X has {n_features} features."
        )
    return tuple(map(int, shape))


class ValidationSets:
    """Validates data, and makes the validation set of an estimator."""

    _validation_options: dict = {"multi_output": True}  # noqa: RUF012

    def _validated(self, X, y, reset):
        """Rows and targets in a form that is known; of X, dtypes of `KEPT` stay as they are."""
        return validate_data(
            self, X, y, accept_sparse="csr", dtype=KEPT, reset=reset, **self._validation_options
        )

    def _check_validation_set(self, X_val, y_val, sample_weight_val, encoded, shape):
        """Validate and encode the validation set given to `fit`; None if there is none."""
        if X_val is None:
            return None
        X_val, _ = table_of_images(X_val, shape, "X_val")
        X_val, y_val = self._validated(X_val, y_val, reset=False)
        if sample_weight_val is not None:
            sample_weight_val = check_weights(sample_weight_val, y_val.shape[0], "sample_weight_val")
            check_sum(sample_weight_val, "sample_weight_val", "rows of X_val")
        return Labeled(X_val, self._encode_validation(y_val, encoded), sample_weight_val)

    def _split(self, data, weights_name, fresh):
        """Split rows off for early stopping.

        Returns
        -------
        train_rows : ndarray of shape (n_train,), int64
            Numbers of the other rows.
        validation : Labeled
            The rows split off.
        """
        train_rows, val_rows = self._split_rows(data.X.shape[0], self._stratify(data.encoded), fresh)
        X_val = _safe_indexing(data.X, val_rows)
        encoded = X_val if data.encoded is data.X else data.encoded[val_rows]
        val_weights = None
        if data.weights is not None:
            val_weights = data.weights[val_rows]
            for weights, part in ((data.weights[train_rows], "training"), (val_weights, "validation")):
                check_sum(
                    weights,
                    weights_name,
                    f"rows of the {part} part of the early-stopping split",
                    "give more rows a positive weight, change validation_fraction or random_state, or pass "
                    "X_val and y_val to fit",
                )
        return train_rows, Labeled(X_val, encoded, val_weights)

    def _split_rows(self, n_rows, labels, fresh):
        """Numbers of the training rows and of the validation rows."""
        random_state, split_before = self._random_state, self.__dict__.get("_split_state")
        if fresh or split_before is None:
            self._split_state = random_state.get_state()
        else:  # the same split again: rows that were trained on must not validate now
            random_state = np.random.RandomState()
            random_state.set_state(split_before)
        train_rows, val_rows = train_test_split(
            np.arange(n_rows),
            test_size=self.validation_fraction,
            random_state=random_state,
            stratify=labels,
        )
        if len(val_rows) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your "
                f"dataset; validation_fraction={self.validation_fraction} of {n_rows} rows is "
                f"{len(val_rows)}."
            )
        return train_rows, val_rows

    def _make_validation(self, network, data):
        """The validation set in the network's terms; None if there is none."""
        if data is None:
            return None

        def score(outputs):
            if not np.isfinite(outputs).all():
                return float("nan")
            return float(self._score_outputs(outputs, data.encoded, data.weights))

        return Validation(data.rows(network.dtype, self._scale), data.targets(network.dtype), score)
