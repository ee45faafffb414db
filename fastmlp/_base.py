"""What the classifier and the regressor share: from validated data to a trained network."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from . import lbfgs
from ._architecture import check_unchanged, describe, make_layers
from ._parameters import coefficients, copy_parameters, intercepts
from .callbacks import check_callbacks, notify
from .initializers import NAMED as INITIALIZERS
from .kernels import BACKENDS
from .kernels.contract import Update
from .layers import ACTIVATIONS, Dropout
from .network import Network
from .optimizers import SCHEDULES, STOCHASTIC, OptimizerSpec, StochasticOptimizer
from .rows import as_rows, as_targets
from .summary import summarize
from .training import BestParameters, Monitor, Patience, Stop, Training, Validation

#: dtypes of X that are used as they are; anything else becomes float64.
_KEPT = (np.float64, np.float32, np.uint8)


def has_partial_fit(estimator):
    """Whether the estimator's solver can go on batch by batch; for `available_if`."""
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(BaseEstimator, ABC):
    """Training, prediction and fitted attributes of both estimators."""

    _parameter_constraints: dict = {  # noqa: RUF012 (scikit-learn's convention)
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), list, tuple],
        "solver": [StrOptions({"lbfgs", *STOCHASTIC})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), list, tuple],
        "weight_init": [StrOptions({"auto", *INITIALIZERS}), callable, list, tuple],
        "bias": ["boolean"],
        "l1": [Interval(Real, 0, None, closed="left")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "restore_best": ["boolean"],
        "input_scale": [Interval(Real, 0, None, closed="neither")],
        "callbacks": [list, tuple, None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "device": [StrOptions(set(BACKENDS))],
    }

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
        self._check_together(validation, incremental)

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

    def _check_together(self, validation, incremental):
        """Refuse what does not go together, before any work is done."""
        X_val, y_val, sample_weight_val = validation
        if (X_val is None) != (y_val is None):
            given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{given} was given without {missing}; pass both or neither.")
        if X_val is None and sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val and y_val; pass all three.")
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True; set it to False, or use fit.")
        splits = self.early_stopping and X_val is None and self.solver != "lbfgs"
        if splits and self.validation_fraction == 0:
            raise ValueError(
                "validation_fraction=0 leaves no rows to validate on with early_stopping=True; set it "
                "above 0, or pass X_val and y_val to fit."
            )
        if self.solver == "lbfgs":
            if np.any(np.asarray(self.dropout) != 0):
                raise ValueError(
                    f"dropout={self.dropout!r} needs a stochastic solver; use solver='adam', 'adamw' or "
                    "'sgd', or dropout=0."
                )
            if self.clip_norm is not None:
                raise ValueError(
                    f"clip_norm={self.clip_norm!r} needs a stochastic solver; use solver='adam', 'adamw' "
                    "or 'sgd', or clip_norm=None."
                )

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

    def _start_history(self):
        """Fitted attributes that grow with every epoch, as they are before the first."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(self._network.weights) + 1
        self.loss_curve_ = []
        self.best_loss_ = np.inf
        self.validation_loss_curve_ = None
        self.validation_scores_ = None
        self.best_validation_score_ = None
        self._kept_value = None  # (criterion, value) of the parameters, where they are the best ones
        self.__dict__.pop("_optimizer", None)

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

    # History

    def _monitor(self, validation, callbacks, incremental):
        """Prepare the attributes that grow with every epoch and what makes them grow."""
        if validation is None:
            self.validation_loss_curve_ = self.validation_scores_ = self.best_validation_score_ = None
        elif self.validation_scores_ is None:
            self.validation_loss_curve_, self.validation_scores_ = [], []
            self.best_validation_score_ = -np.inf
        watch_score = self.early_stopping and validation is not None
        if watch_score:
            self.best_loss_ = None
        elif self.best_loss_ is None:
            self.best_loss_ = min(self.loss_curve_, default=np.inf)
        self.n_iter_ = 0

        best = self.best_validation_score_ if watch_score else -self.best_loss_
        criterion = "loss" if validation is None else "score"
        keeper = None
        if (self.restore_best or watch_score) and not incremental:
            kept_criterion, value = self._kept_value or (None, None)
            known = value if kept_criterion == criterion else -np.inf
            keeper = BestParameters(self._network.params, known)
        self._kept_value = None

        def after_epoch(record):
            self._remember(record)
            if keeper is not None:
                self._kept_value = criterion, keeper.value
            return notify(callbacks, replace(record, estimator=self))

        return Monitor(
            self._network,
            Patience(self.tol, self.n_iter_no_change, best),
            after_epoch,
            validation,
            watch_score,
            keeper,
            first_epoch=len(self.loss_curve_) + 1,
        )

    def _remember(self, record):
        """Bring the fitted attributes up to date with one more epoch."""
        self.n_iter_ += 1
        self.t_ += record.n_rows
        self.loss_ = record.loss
        self.loss_curve_.append(record.loss)
        if self.verbose:
            print(f"Iteration {self.n_iter_}, loss = {record.loss:.8f}")
        if self.best_loss_ is not None and record.loss < self.best_loss_:
            self.best_loss_ = record.loss
        if record.validation_score is not None:
            self.validation_loss_curve_.append(record.validation_loss)
            self.validation_scores_.append(record.validation_score)
            if record.validation_score > self.best_validation_score_:
                self.best_validation_score_ = record.validation_score
            if self.verbose:
                print(f"Validation score: {record.validation_score:f}")

    def _report(self, stop, detail, incremental):
        """Warn about training that did not end well, and fail if the weights are unusable."""
        remedy = (
            f"lower learning_rate_init (now {self.learning_rate_init:g}), scale the input "
            "(StandardScaler, or input_scale), or set clip_norm"
        )
        if not np.isfinite(self._network.params).all():
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values "
                f"and need to be preprocessed. To avoid it, {remedy}."
            )
        if stop == Stop.INTERRUPTED:
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif stop == Stop.DIVERGED:
            warnings.warn(
                f"Training diverged: the loss became {self.loss_} in epoch {self.n_iter_}. "
                f"To avoid it, {remedy}.",
                ConvergenceWarning,
                stacklevel=5,
            )
        elif stop == Stop.LIMIT and self.solver == "lbfgs":
            warnings.warn(
                f"lbfgs failed to converge after {self.n_iter_} iteration(s): {detail}.\nIncrease max_iter "
                f"(now {self.max_iter}) or max_fun (now {self.max_fun}), or scale the data as shown in:\n"
                "    https://scikit-learn.org/stable/modules/preprocessing.html",
                ConvergenceWarning,
                stacklevel=5,
            )
        elif stop == Stop.LIMIT and not incremental:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization "
                "hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )
