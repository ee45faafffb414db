"""A fitted network that only predicts, made ready ahead of time."""

from abc import abstractmethod

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._parameters import copy_parameters
from .forward import Forward
from .layers import plain
from .network import Network
from .rows import as_rows


class Predictor:
    """Predicts rows with the weights that an estimator had when it was made.

    Made by the method `predictor` of an estimator.  A call skips the checks of scikit-learn that take longer
    than predicting a few rows: names of features are not compared, and NaN and infinity pass through the
    network like any number.  The result is that of `predict_proba` of a classifier and of `predict` of a
    regressor, bit for bit.

    Several threads may call one predictor at a time.  It can be pickled and copied, without the optimizer's
    memory of the estimator.

    Parameters
    ----------
    network : Network
        Its weights are copied.
    scale : float
        Every value of X is multiplied by it.
    finish : callable
        finish(outputs) -> ndarray: from the network's outputs to what is returned, row by row.

    Attributes
    ----------
    n_features_in_ : int
        Features of a row.
    dtype : dtype
        float32 or float64: of the computation and of the result.  X of another dtype is converted.
    """

    def __init__(self, network, scale, finish):
        self._network, self._scale, self._finish = _without_training(network), scale, finish
        self._prepare()

    def _prepare(self):
        self.n_features_in_, self.dtype = self._network.n_inputs, self._network.dtype
        self._forward = Forward(self._network)

    def __call__(self, X):
        """Predict.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features) or (n_features,)
            Any number of rows, or a single one; fastest as a C-ordered array of the predictor's dtype.

        Returns
        -------
        y : ndarray
            One entry for every row; for a single row its entry alone.

        Raises
        ------
        ValueError
            If X has another shape, or is no array of real numbers.
        """
        X = np.asarray(X)
        if X.dtype.kind not in "fuib":
            raise ValueError(
                f"X must be a dense array of real numbers, got dtype {X.dtype}; for sparse matrices call the "
                "estimator's own method."
            )
        if X.ndim not in (1, 2) or X.shape[-1] != self.n_features_in_:
            n = self.n_features_in_
            raise ValueError(
                f"X has shape {X.shape}, but must have shape (n_rows, {n}), or ({n},) for a single row."
            )
        rows = as_rows(X if X.ndim == 2 else X[np.newaxis], self.dtype, self._scale)
        y = self._finish(self._forward(rows))
        return y if X.ndim == 2 else y[0]

    def __repr__(self):
        return f"<Predictor: {self.n_features_in_} features, {self.dtype}>"

    def __getstate__(self):
        """What it was made from."""
        return {name: vars(self)[name] for name in ("_network", "_scale", "_finish")}

    def __setstate__(self, kept):
        """Get ready again."""
        self.__dict__.update(kept)
        self._prepare()


def _without_training(network):
    """A copy of the network with what prediction needs: neither dropout nor initializers nor an optimizer."""
    copy = Network(
        plain(network.layers),
        network.input_shape,
        network.loss,
        dtype=network.dtype,
        huber_delta=network.huber_delta,
        device=network.device,
        n_threads=network.n_threads,
        precision=network.precision,
    )
    copy_parameters(network, copy)
    return copy


class HasPredictor:
    """Gives an estimator the method `predictor`."""

    @staticmethod
    @abstractmethod
    def _finish(outputs):
        """From the network's outputs to class probabilities or to a regressor's predictions, row by row."""

    def predictor(self):
        """Get ready to predict rows with little delay, one at a time or many.

        Returns
        -------
        predict : Predictor
            predict(X) -> ndarray: probabilities of the classes, or a regressor's predictions, for X of shape
            (n_rows, n_features) or (n_features,).  It keeps the weights of this moment, whatever happens to
            the estimator later, and skips most checks of X.

        Examples
        --------
        >>> from fastmlp import MLPClassifier
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> predict = MLPClassifier((16,), solver="lbfgs", random_state=0).fit(X, y).predictor()
        >>> predict(X[0]).argmax()
        0
        """
        check_is_fitted(self)
        return Predictor(self._network_here(), self._scale, self._finish)
