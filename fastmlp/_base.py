"""What all estimators share: from validated data to a trained network."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ._architecture import check_unchanged, describe, make_layers
from ._constraints import CONSTRAINTS, check_combination, check_epsilon
from ._history import TrainingHistory
from ._outputs import Outputs
from ._parameters import coefficients, copy_parameters, intercepts
from ._solvers import Solvers
from ._validation import (
    Labeled,
    ValidationSets,
    check_sum,
    check_weights,
    shape_of_row,
    table_of_images,
)
from .callbacks import check_callbacks
from .kernels import backend
from .layers import Dropout
from .network import Network
from .optimizers import STOCHASTIC
from .summary import summarize


def has_partial_fit(estimator):
    """Whether the estimator's solver can go on batch by batch; for `available_if`.

    Parameters
    ----------
    estimator : BaseMLP

    Returns
    -------
    available : bool
        True.

    Raises
    ------
    AttributeError
        If it cannot.
    """
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(TrainingHistory, ValidationSets, Solvers, Outputs, BaseEstimator, ABC):
    """Training, outputs and fitted attributes of all estimators."""

    _parameter_constraints: dict = CONSTRAINTS

    def __init__(
        self,
        *,
        hidden_layer_sizes,
        activation,
        solver,
        alpha,
        batch_size,
        learning_rate,
        learning_rate_init,
        power_t,
        max_iter,
        shuffle,
        random_state,
        tol,
        verbose,
        warm_start,
        momentum,
        nesterovs_momentum,
        early_stopping,
        validation_fraction,
        beta_1,
        beta_2,
        epsilon,
        n_iter_no_change,
        max_fun,
        input_shape,
        dropout,
        weight_init,
        bias,
        l1,
        weight_decay,
        clip_norm,
        restore_best,
        input_scale,
        callbacks,
        n_threads,
        device,
        precision,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.input_shape = input_shape
        self.dropout = dropout
        self.weight_init = weight_init
        self.bias = bias
        self.l1 = l1
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.restore_best = restore_best
        self.input_scale = input_scale
        self.callbacks = callbacks
        self.n_threads = n_threads
        self.device = device
        self.precision = precision

    # What the estimators do differently

    @abstractmethod
    def _encode(self, y, fresh, incremental, classes):
        """Turn validated targets into the network's; a fresh classifier learns its classes.

        Returns
        -------
        encoded : ndarray
            Class numbers of shape (n_rows,), or values of shape (n_rows, n_outputs); or the rows themselves.
        """

    @abstractmethod
    def _describe_outputs(self, encoded):
        """The number of outputs and the name of their activation."""

    @abstractmethod
    def _encode_validation(self, y, encoded):
        """Turn validated targets of a validation set into the network's, like the `encoded` ones of y."""

    @abstractmethod
    def _network_loss(self):
        """Name of the network's loss."""

    @abstractmethod
    def _score_outputs(self, outputs, encoded, sample_weight):
        """Score the network's outputs, as `score` scores predictions; finite outputs only."""

    def _summed_outputs(self):
        """Outputs whose losses are added up here, while scikit-learn's `tol` is one of their mean."""
        return 1

    def _score_unit(self):
        """What `tol` is multiplied by where it is one of the score: not 1 where that has the unit of X."""
        return 1

    def _stratify(self, encoded):
        """Labels for the early-stopping split to be stratified by, or None."""
        return None

    def _class_weights(self, y, incremental):
        """Weights of the rows by their class, or None."""
        return None

    # Public methods

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the model to data matrix X and targets y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
            Training data: rows, or images.  float32 and float64 arrays and CSR matrices are used where they
            are; uint8 arrays stay bytes and are trained in float32; anything else is converted to float64.
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

        Raises
        ------
        ValueError
            If data or parameters are wrong, or if training diverged and there are no best weights to fall
            back on.  The estimator is then what it was before the call, whatever raised; with
            `warm_start`, whose weights are trained in place, only if it happened before the first epoch.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val), incremental=False)

    def summary(self):
        """Print the layers of the fitted network, their output shapes, parameter counts and the total."""
        check_is_fitted(self)
        print(summarize(self._network))

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

    # Training

    def _fit(self, X, y, sample_weight, validation, incremental, classes=None):
        fresh = not self.__sklearn_is_fitted__() or not (self.warm_start or incremental)
        before, trains_kept_network = dict(self.__dict__), False
        try:
            train = self._prepare(X, y, sample_weight, validation, fresh, incremental, classes)
            trains_kept_network = not fresh
            stop, detail = train()
            self._check_finite()
        except BaseException:
            if not trains_kept_network:
                self.__dict__.clear()
                self.__dict__.update(before)
            raise
        self._report(stop, detail, incremental)
        return self

    def _prepare(self, X, y, sample_weight, validation, fresh, incremental, classes):
        """Do everything that can fail before the first epoch.

        What a fitted estimator has is replaced, not changed in place, so that `_fit` can put it back.

        Returns
        -------
        train : callable
            train() -> (Stop, the solver's own words or None)
        """
        callbacks = check_callbacks(self.callbacks)
        check_combination(self, validation, incremental)
        backend(self.device)  # without a GPU this fails here, before it takes long to look at the data
        X, shape = table_of_images(X, self._known_shape(fresh))
        X, y = self._validated(X, y, reset=fresh)
        encoded = self._encode(y, fresh, incremental, classes)
        weights, weights_name = self._row_weights(y, sample_weight, incremental)
        data = Labeled(X, encoded, weights)
        given = self._check_validation_set(*validation, encoded, shape)
        self._prepare_network(data, shape, self._describe_outputs(encoded), fresh, incremental)
        if self.solver == "lbfgs":
            return self._prepare_lbfgs(data, given, callbacks)
        train_rows = np.arange(X.shape[0])
        if given is None and self.early_stopping:
            train_rows, given = self._split(data, weights_name, fresh)
        return self._prepare_stochastic(data, train_rows, given, callbacks, incremental)

    def _known_shape(self, fresh):
        """What is known of the shape of a row before there are rows."""
        return self.input_shape if fresh or self.input_shape is not None else self._network.input_shape

    def _row_weights(self, y, sample_weight, incremental):
        """Sample weights times class weights, float64, or None if all are one; and their name."""
        weights, names = self._class_weights(y, incremental), []
        if weights is not None:
            names.append("class_weight")
        if sample_weight is not None:
            names.append("sample_weight")
            sample_weight = check_weights(sample_weight, y.shape[0], "sample_weight")
            weights = sample_weight if weights is None else weights * sample_weight
        name = " times ".join(names)
        check_sum(weights, name, "rows of X")
        return weights, name

    def _prepare_network(self, data, shape, outputs, fresh, incremental):
        """Make the network, or make sure that the fitted one still is what the parameters say."""
        X, (n_outputs, out_activation) = data.X, outputs
        shape = shape_of_row(shape, X.shape[1])
        layers = self._make_layers(shape, n_outputs)
        architecture = describe(layers, shape, out_activation)
        rates = tuple((i, layer.rate) for i, layer in enumerate(layers) if isinstance(layer, Dropout))
        runtime = (
            rates,
            self._network_loss(),
            self._huber_delta(),
            self.device,
            self.n_threads,
            self.precision,
        )
        self._scale = float(self.input_scale)
        if fresh:
            dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.dtype(np.float32)
        else:
            dtype = self._network.dtype
        check_epsilon(self, dtype)
        if fresh:
            network = self._make_network(layers, dtype, shape)
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
            network = self._make_network(layers, dtype, shape)
            copy_parameters(self._network, network)
            self._network, self._runtime = network, runtime
            self.__dict__.pop("_optimizer", None)  # its memory went with the old network

    def _make_layers(self, shape, n_outputs):
        """Layer specs of the whole network."""
        return make_layers(
            shape,
            n_outputs,
            hidden_layer_sizes=self.hidden_layer_sizes,
            activation=self.activation,
            dropout=self.dropout,
            weight_init=self.weight_init,
            bias=self.bias,
        )

    def _make_network(self, layers, dtype, input_shape):
        return Network(
            layers,
            input_shape,
            self._network_loss(),
            dtype=dtype,
            huber_delta=self._huber_delta(),
            device=self.device,
            n_threads=self.n_threads,
            precision=self.precision,
        )

    def _huber_delta(self):
        return 1.0
