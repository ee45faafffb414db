"""The regressor."""

from dataclasses import replace
from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d

from ._base import BaseMLP, has_partial_fit
from .layers import ACTIVATIONS
from .predictor import HasPredictor


class MLPRegressor(RegressorMixin, HasPredictor, BaseMLP):
    """Multilayer perceptron regressor.

    A drop-in replacement of `sklearn.neural_network.MLPRegressor`: the same parameters, defaults, methods
    and attributes, and with the same `random_state` the same weights up to rounding.  Parameters from
    `dropout` on are additions.

    Parameters
    ----------
    loss : {'squared_error', 'poisson', 'absolute_error', 'huber'}, default='squared_error'
        Loss, summed over the outputs: half the squared error; half the Poisson deviance with an exponential
        output, for targets >= 0; the absolute error; the Huber loss.
    hidden_layer_sizes : int or array-like of int and layers, default=(100,)
        Widths of the hidden layers; () for none, which makes a linear model.  Layers of
        `fastmlp.layers` may stand among them, such as (Conv2D(32, 3), MaxPool2D(2), 25); `activation`,
        `dropout` and `weight_init` are those of the widths only.
    activation : str or list of str, default='relu'
        Activation of all hidden layers, or one for each: 'identity', 'logistic', 'tanh', 'relu',
        'leaky_relu', 'elu', 'softplus', 'gelu' or 'silu'.
    solver : {'adam', 'sgd', 'lbfgs', 'adamw'}, default='adam'
        'adam' (Kingma and Ba), 'sgd' (stochastic gradient descent with momentum), 'lbfgs' (full-batch
        quasi-Newton, good on small data), or 'adamw' (Adam with decoupled weight decay).
    alpha : float, default=0.0001
        Strength of the L2 penalty alpha / 2 * |W|² / n on the weights, n the (weighted) rows of the batch.
    batch_size : int, default='auto'
        Rows per step of the stochastic solvers; 'auto' is min(200, n_samples).
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Schedule of the stochastic solvers: 'constant'; 'invscaling', learning_rate_init / (t + 1) **
        power_t after t rows; 'adaptive', divided by 5 whenever training stops to improve.
    learning_rate_init : float, default=0.001
        Learning rate of the first epoch.
    power_t : float, default=0.5
        Exponent of 'invscaling'.
    max_iter : int, default=200
        The most epochs, or iterations of 'lbfgs'.
    shuffle : bool, default=True
        Whether rows are shuffled before every epoch.
    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the early-stopping split, the shuffles and the dropout masks.
    tol : float, default=1e-4
        Smallest change of the training loss, or of the validation score with `early_stopping`, that counts
        as improvement; for 'lbfgs' the largest element of the gradient at the solution.
    verbose : bool, default=False
        Whether to print the loss after every epoch.
    warm_start : bool, default=False
        Whether `fit` goes on with the weights of the last call.
    momentum : float, default=0.9
        Momentum of 'sgd', in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether 'sgd' uses Nesterov's momentum.
    early_stopping : bool, default=False
        Whether to stop by the score on a validation set and to restore the best weights.  The set is
        `X_val` and `y_val` if `fit` gets them, else a random part of the training data.
        Stochastic solvers only, unless there is an `X_val`.
    validation_fraction : float, default=0.1
        Size of that part, in (0, 1).
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of the moments of 'adam' and 'adamw', in [0, 1).
    epsilon : float, default=1e-8
        Keeps the steps of 'adam' and 'adamw' finite.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training stops.
    max_fun : int, default=15000
        The most evaluations of the objective by 'lbfgs'.
    input_shape : tuple of int, default=None
        (height, width, channels) of the images that the rows of X are, channels of a pixel beside each other;
        not needed where X itself has shape (n_rows, height, width, channels).
    dropout : float or list of float, default=0.0
        Rate of the dropout behind every hidden layer, or one for each, in [0, 1).
    weight_init : str, callable, or list of them, default='auto'
        Initial weights of all layers, or one entry for each layer, the output layer included.  'auto' draws
        weights and biases as scikit-learn does.  A name ('zeros', 'normal', 'uniform', 'glorot_uniform',
        'glorot_normal', 'he_uniform', 'he_normal'), an instance from `fastmlp.initializers`, or a
        callable(random_state, shape) draws the weights; biases then start at zero.
    bias : bool, default=True
        Whether layers add a bias.
    l1 : float, default=0.0
        Strength of the L1 penalty l1 * |W| / n on the weights.
    huber_delta : float, default=1.0
        Where the Huber loss turns from square to linear.
    out_activation : str, default='auto'
        Activation of the outputs, one of those that `activation` knows: 'auto' is 'identity', or 'exp' with
        loss='poisson', which knows no other.
    weight_decay : float, default=0.01
        Decoupled decay of 'adamw': at every step weights shrink by the factor 1 - rate * weight_decay.
    clip_norm : float, default=None
        Gradients longer than this are shortened to it; stochastic solvers only.
    restore_best : bool, default=False
        Whether to keep the weights of the best epoch instead of the last: the one with the best validation
        score, or without a validation set the lowest training loss.
    input_scale : float, default=1.0
        Every value of X is multiplied by it, in training and prediction; 1 / 255 for images kept as bytes.
    callbacks : list of callable, default=None
        Each is called with an `EpochRecord` after every epoch; training stops if one returns True.
    n_threads : int, default=None
        The most threads; None for one on every physical core, or fewer where the environment, joblib or
        `threadpoolctl` says so.  Results are the same at any number.
    device : {'cpu', 'cuda', 'ref'}, default='cpu'
        'cpu' runs compiled kernels; 'cuda' those for an NVIDIA GPU, with the extra `cuda`; 'ref' the slow
        reference in NumPy.  A fitted model predicts on another one after ``set_params(device=...)``, and
        then forgets what its optimizer remembers.
    precision : {'full', 'tf32', 'bf16'}, default='full'
        'tf32' and 'bf16' let a GPU's matrix units multiply float32 numbers rounded to 10 or 7 bits of the
        fraction; sums, parameters and the optimizer stay float32.  Needs ``device="cuda"`` (or 'ref', which
        rounds likewise) and float32 X.

    Attributes
    ----------
    loss_ : float
        Training loss of the last epoch, penalties included.
    best_loss_ : float or None
        Lowest training loss; None with `early_stopping`.
    loss_curve_ : list of float
        Training loss of every epoch.
    validation_loss_curve_ : list of float or None
        Validation loss after every epoch, without penalties; None without a validation set.
    validation_scores_ : list of float or None
        R² on the validation set after every epoch; None without a validation set.
    best_validation_score_ : float or None
        The best of them.
    n_iter_ : int
        Epochs of the last call of `fit`.
    t_ : int
        Training rows seen since the weights were drawn.
    coefs_ : list of ndarray of shape (inputs, outputs)
        Weights of the layers, as views of the network's memory; assigning copies into it.
    intercepts_ : list of ndarray of shape (outputs,)
        Biases of the layers, likewise; read-only zeros with bias=False.
    n_layers_ : int
        Layers, the input and the output included.
    n_outputs_ : int
        Outputs of the network.
    out_activation_ : str
        Activation of the outputs.
    n_features_in_ : int
        Features seen by `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    MLPClassifier : The classifier.

    Notes
    -----
    Ctrl-C ends training without an error: `fit` warns and returns the estimator as it is then, with the
    best weights if they are kept.  It takes effect when the running epoch is over, with 'lbfgs' the running
    evaluation of the objective: an epoch is one call of compiled code that nothing interrupts.

    References
    ----------
    Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks".
    Kingma and Ba (2014), "Adam: a method for stochastic optimization".
    Loshchilov and Hutter (2019), "Decoupled weight decay regularization".

    Examples
    --------
    >>> from fastmlp import MLPRegressor
    >>> from sklearn.datasets import make_regression
    >>> X, y = make_regression(n_samples=100, n_features=3, random_state=0)
    >>> reg = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, random_state=0).fit(X, y)
    >>> round(reg.score(X, y), 3)
    1.0
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions({"squared_error", "poisson", "absolute_error", "huber"})],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
        "out_activation": [StrOptions({"auto", *ACTIVATIONS})],
    }

    _validation_options: dict = {"multi_output": True, "y_numeric": True}  # noqa: RUF012

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        # beyond scikit-learn: the network
        input_shape=None,
        dropout=0.0,
        weight_init="auto",
        bias=True,
        # the objective
        l1=0.0,
        huber_delta=1.0,
        out_activation="auto",
        # training
        weight_decay=0.01,
        clip_norm=None,
        restore_best=False,
        input_scale=1.0,
        callbacks=None,
        # the machine
        n_threads=None,
        device="cpu",
        precision="full",
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
            input_shape=input_shape,
            dropout=dropout,
            weight_init=weight_init,
            bias=bias,
            l1=l1,
            weight_decay=weight_decay,
            clip_norm=clip_norm,
            restore_best=restore_best,
            input_scale=input_scale,
            callbacks=callbacks,
            n_threads=n_threads,
            device=device,
            precision=precision,
        )
        self.loss = loss
        self.huber_delta = huber_delta
        self.out_activation = out_activation

    @available_if(has_partial_fit)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on the given data, going on with weights and optimizer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._fit(X, y, sample_weight, (None, None, None), incremental=True)

    def predict(self, X):
        """Predict the targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted values.
        """
        return self._finish(self._outputs(X))

    def __sklearn_tags__(self):
        """Several outputs are accepted."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @staticmethod
    def _finish(outputs):
        """A single output as a vector."""
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    # Targets

    def _encode(self, y, fresh, incremental, classes):
        return self._values(y, "y")

    def _encode_validation(self, y, encoded):
        values = self._values(y, "y_val")
        if values.shape[1] != encoded.shape[1]:
            raise ValueError(
                f"y_val has {values.shape[1]} outputs, but y has {encoded.shape[1]}; pass as many."
            )
        return values

    def _values(self, y, name):
        """Targets as (n_rows, n_outputs)."""
        if y.ndim == 1:
            y = y[:, np.newaxis]
        elif y.shape[1] == 1:
            y = column_or_1d(y, warn=True)[:, np.newaxis]
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError(
                f"loss='poisson' needs {name} >= 0, but its smallest value is {y.min():g}; use another loss, "
                "or shift the targets."
            )
        return y

    def _make_layers(self, input_shape, n_outputs):
        layers = super()._make_layers(input_shape, n_outputs)
        if self.out_activation != "auto":
            layers[-1] = replace(layers[-1], activation=self.out_activation)
        return layers

    def _describe_outputs(self, encoded):
        usual = "exp" if self.loss == "poisson" else "identity"
        if self.loss == "poisson" and self.out_activation != "auto":
            raise ValueError(
                f"out_activation={self.out_activation!r} does not go with loss='poisson', whose outputs are "
                "exponentials; leave it at 'auto', or use another loss."
            )
        return encoded.shape[1], usual if self.out_activation == "auto" else self.out_activation

    def _summed_outputs(self):
        return 1 if self.loss == "poisson" else self.n_outputs_

    def _network_loss(self):
        return self.loss

    def _huber_delta(self):
        return float(self.huber_delta)

    def _score_outputs(self, outputs, encoded, sample_weight):
        return r2_score(encoded, outputs, sample_weight=sample_weight)
