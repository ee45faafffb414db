"""What the classifier and the regressor share: from validated data to a trained network."""

import warnings
from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from . import lbfgs
from ._architecture import check_unchanged, describe, make_layers
from ._constraints import CONSTRAINTS, check_combination
from ._history import TrainingHistory
from ._parameters import coefficients, copy_parameters, intercepts
from .callbacks import check_callbacks
from .kernels.contract import Update
from .layers import Dropout
from .network import Network
from .optimizers import STOCHASTIC, OptimizerSpec, StochasticOptimizer
from .rows import as_rows, as_targets
from .summary import summarize
from .training import Training, Validation

#: dtypes of X that are used as they are; anything else becomes float64.
_KEPT = (np.float64, np.float32, np.uint8)


def has_partial_fit(estimator):
    """Whether the estimator's solver can go on batch by batch; for `available_if`."""
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(TrainingHistory, BaseEstimator, ABC):
    """Training, prediction and fitted attributes of both estimators."""

    _parameter_constraints: dict = CONSTRAINTS

    def _keep(self, arguments):
        """Store the constructor's arguments unchanged, as scikit-learn requires.

        Parameters
        ----------
        arguments : dict
            `locals()` of `__init__`.
        """
        for name in self._get_param_names():
            setattr(self, name, arguments[name])

    # What the classifier and the regressor do differently

    @abstractmethod
    def _encode(self, y, fresh, incremental):
        """Turn validated targets into the network's; a fresh classifier learns its classes from them.

        Returns
        -------
        encoded : ndarray
            Class numbers of shape (n_rows,), or values of shape (n_rows, n_outputs).
        """

    @abstractmethod
    def _describe_outputs(self, encoded):
        """The number of outputs and the name of their activation."""

    @abstractmethod
    def _encode_validation(self, y):
        """Turn validated targets of a validation set into the network's, learning nothing."""

    @abstractmethod
    def _network_loss(self):
        """Name of the network's loss."""

    @abstractmethod
    def _score_outputs(self, outputs, encoded, sample_weight):
        """Score the network's outputs, as `score` scores predictions; finite outputs only."""

    def _stratify(self, encoded):
        """Labels for the early-stopping split to be stratified by, or None."""
        return None

    def _class_weights(self, y, incremental):
        """Weights of the rows by their class, or None."""
        return None

    _validation_options: dict = {"multi_output": True}  # noqa: RUF012

    # Public methods

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the model to data matrix X and targets y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.  float32 and float64 arrays and CSR matrices are used where they are; uint8
            arrays stay bytes and are trained in float32; anything else is converted to float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values: class labels, or real numbers.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), optional
            Validation data: its loss and score are recorded after every epoch, and `early_stopping` and
            `restore_best` look at it.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), optional
            Targets of `X_val`.
        sample_weight_val : array-like of shape (n_val,), optional
            Weights of the validation rows.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val), incremental=False)

    def summary(self):
        """Describe the fitted network.

        Returns
        -------
        text : str
            Layers, output shapes, parameter counts and their total.
        """
        check_is_fitted(self)
        return summarize(self._network)

    @property
    def coefs_(self):
        """Weight matrices, views of the network's parameters; assigning copies into them."""
        return coefficients(self._fitted_network("coefs_"))

    @coefs_.setter
    def coefs_(self, values):
        self.coefs_[:] = values
        self._kept_value = None

    @property
    def intercepts_(self):
        """Biases, views of the network's parameters; assigning copies into them."""
        return intercepts(self._fitted_network("intercepts_"))

    @intercepts_.setter
    def intercepts_(self, values):
        self.intercepts_[:] = values
        self._kept_value = None

    def _fitted_network(self, name):
        if not self.__sklearn_is_fitted__():
            raise AttributeError(
                f"{type(self).__name__} has no {name} yet; call fit or partial_fit first, or pass "
                "weight_init to choose the initial weights."
            )
        return self._network

    def __sklearn_is_fitted__(self):
        """Whether there is a network."""
        return "_network" in self.__dict__

    def __sklearn_tags__(self):
        """Sparse input is accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # Prediction

    def _outputs(self, X):
        """The network's outputs for validated rows, after the output activation."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=_KEPT, reset=False)
        return self._network.predict(as_rows(X, self._network.dtype, self._scale))

    # Training

    def _fit(self, X, y, sample_weight, validation, incremental):
        fresh = not self.__sklearn_is_fitted__() or not (self.warm_start or incremental)
        callbacks = check_callbacks(self.callbacks)
        check_combination(self, validation, incremental)

        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=_KEPT, reset=fresh, **self._validation_options
        )
        encoded = self._encode(y, fresh, incremental)
        weights = self._row_weights(X, y, sample_weight, incremental)
        self._prepare_network(X, self._describe_outputs(encoded), fresh, incremental)
        if self.solver == "lbfgs":
            stop, detail = self._fit_lbfgs(X, encoded, weights, validation, callbacks)
        else:
            stop, detail = self._fit_stochastic(
                X, encoded, weights, validation, callbacks, fresh, incremental
            )
        self._report(stop, detail, incremental)
        return self

    def _row_weights(self, X, y, sample_weight, incremental):
        """Sample weights times class weights, float64, or None if all are one."""
        weights = self._class_weights(y, incremental)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            weights = sample_weight if weights is None else weights * sample_weight
        if weights is not None and not weights.sum() > 0:
            raise ValueError(
                f"The sample weights sum to {weights.sum():g}; at least one row needs a positive weight."
            )
        return weights

    def _prepare_network(self, X, outputs, fresh, incremental):
        """Make the network, or make sure that the fitted one still is what the parameters say."""
        n_outputs, out_activation = outputs
        layers = make_layers(
            X.shape[1],
            n_outputs,
            hidden_layer_sizes=self.hidden_layer_sizes,
            activation=self.activation,
            dropout=self.dropout,
            weight_init=self.weight_init,
            bias=self.bias,
        )
        architecture = describe(layers, out_activation)
        rates = tuple((i, layer.rate) for i, layer in enumerate(layers) if isinstance(layer, Dropout))
        runtime = (rates, self._network_loss(), self._huber_delta(), self.device, self.n_threads)
        self._scale = float(self.input_scale)
        if fresh:
            dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.float32
            network = self._make_network(layers, dtype, X.shape[1])
            self._random_state = check_random_state(self.random_state)
            network.initialize(self._random_state)
            self._network, self._architecture, self._runtime = network, architecture, runtime
            self.n_outputs_, self.out_activation_ = outputs
            self.n_layers_ = len(network.weights) + 1
            self.__dict__.pop("_optimizer", None)
            self._start_history()
            return
        check_unchanged(self._architecture, architecture, "partial_fit" if incremental else "warm_start=True")
        if runtime != self._runtime:
            network = self._make_network(layers, self._network.dtype, X.shape[1])
            copy_parameters(self._network, network)
            self._network, self._runtime = network, runtime
            self.__dict__.pop("_optimizer", None)  # its memory went with the old network

    def _make_network(self, layers, dtype, n_features):
        return Network(
            layers,
            (n_features,),
            self._network_loss(),
            dtype=dtype,
            huber_delta=self._huber_delta(),
            device=self.device,
            n_threads=self.n_threads,
        )

    def _huber_delta(self):
        return 1.0

    def _fit_stochastic(self, X, encoded, weights, validation, callbacks, fresh, incremental):
        network = self._network
        self._prepare_optimizer(incremental)
        train_rows, validation = self._validation_set(X, encoded, weights, validation, fresh)
        n_train = len(train_rows)
        if self.batch_size != "auto" and self.batch_size > n_train:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                stacklevel=5,
            )
        batch_size = min(200 if self.batch_size == "auto" else int(self.batch_size), n_train)
        training = Training(
            network,
            as_rows(X, network.dtype, self._scale),
            as_targets(encoded, network.dtype, weights),
            train_rows,
            batch_size,
            self._optimizer,
            self._monitor(validation, callbacks, incremental),
            self._random_state if self.shuffle else None,
            self.t_,
            print if self.verbose else lambda message: None,
        )
        return training.run(1 if incremental else self.max_iter), None

    def _prepare_optimizer(self, incremental):
        """Start the optimizer anew; partial_fit goes on with the old one, changed settings included."""
        is_sgd, is_adamw = self.solver == "sgd", self.solver == "adamw"
        spec = OptimizerSpec(
            self.solver,
            learning_rate_init=self.learning_rate_init,
            schedule=self.learning_rate,
            power_t=self.power_t,
            momentum=self.momentum if is_sgd else 0.0,
            nesterov=self.nesterovs_momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self.weight_decay if is_adamw else 0.0,
            l2=self.alpha,
            l1=self.l1,
            clip_norm=self.clip_norm or 0.0,
        )
        old = self.__dict__.get("_optimizer")
        if incremental and old is not None and old.spec.solver == spec.solver:
            old.change(spec)
            return
        drops = any(isinstance(layer, Dropout) for layer in self._network.layers)
        # nothing is drawn without dropout, so that shuffles are scikit-learn's
        seed = int(self._random_state.randint(np.iinfo(np.int32).max)) if drops else 0
        self._optimizer = StochasticOptimizer(spec, seed)
        self._network.reset_optimizer()

    def _fit_lbfgs(self, X, encoded, weights, validation, callbacks):
        kept, exact = self._network, self._network
        if kept.dtype != np.float64:
            exact = self._make_network(kept.layers, np.float64, X.shape[1])
            copy_parameters(kept, exact)
        self._network = exact
        try:
            _, validation = self._given_validation_set(validation, len(encoded))
            stop, message, self.loss_ = lbfgs.minimize(
                exact,
                as_rows(X, exact.dtype, self._scale),
                as_targets(encoded, exact.dtype, weights),
                Update(l2=self.alpha, l1=self.l1),
                self._monitor(validation, callbacks, incremental=False),
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                tol=self.tol,
            )
        finally:
            if exact is not kept:
                copy_parameters(exact, kept)
                self._network = kept
        return stop, message

    # Validation

    def _validation_set(self, X, encoded, weights, given, fresh):
        """Rows to train on, and the validation set or None."""
        if given[0] is not None or not self.early_stopping:
            return self._given_validation_set(given, len(encoded))
        train_rows, val_rows = self._split(len(encoded), self._stratify(encoded), fresh)
        return train_rows, self._make_validation(
            _safe_indexing(X, val_rows), encoded[val_rows], None if weights is None else weights[val_rows]
        )

    def _given_validation_set(self, given, n_rows):
        X_val, y_val, sample_weight_val = given
        train_rows = np.arange(n_rows)
        if X_val is None:
            return train_rows, None
        X_val, y_val = validate_data(
            self, X_val, y_val, accept_sparse="csr", dtype=_KEPT, reset=False, **self._validation_options
        )
        if sample_weight_val is not None:
            sample_weight_val = _check_sample_weight(sample_weight_val, X_val, dtype=np.float64)
        return train_rows, self._make_validation(X_val, self._encode_validation(y_val), sample_weight_val)

    def _make_validation(self, X, encoded, weights):
        def score(outputs):
            if not np.isfinite(outputs).all():
                return float("nan")
            return float(self._score_outputs(outputs, encoded, weights))

        dtype = self._network.dtype
        return Validation(as_rows(X, dtype, self._scale), as_targets(encoded, dtype, weights), score)

    def _split(self, n_rows, labels, fresh):
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
