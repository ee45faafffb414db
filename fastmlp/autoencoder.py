"""The autoencoder."""

import warnings

import numpy as np
from scipy import sparse, special
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.metrics import mean_squared_error
from sklearn.utils import check_array, gen_batches
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from ._architecture import mirrored
from ._base import BaseMLP, has_partial_fit
from ._validation import KEPT, check_sum, check_weights, table_of_images
from .layers import ACTIVATIONS
from .rows import as_rows

ROWS = 4096  # that are converted at a time
ROUNDING = 1e-6  # by which scaled values may leave the range from 0 to 1
LEAST = 0.01  # where the logistic function is not yet flat: outputs start from there to 1 - LEAST

_LOSSES = {"squared_error": "squared_error", "binary_cross_entropy": "logistic_cross_entropy"}


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseMLP):
    """Autoencoder: a network that is trained to reproduce its input from a few features.

    The encoder has the layers of `hidden_layer_sizes`, the decoder the same widths in reverse: (128, 32) on
    784 features makes the network 784-128-32-128-784.  `transform` gives the outputs of the encoder,
    `inverse_transform` what the decoder makes of them.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int and layers, default=(32,)
        Layers of the encoder; the width of the last one is the number of features.  Layers of
        `fastmlp.layers` may stand among them, such as (Conv2D(8, 3), MaxPool2D(2), 32): the decoder mirrors
        the widths only, and ends in a layer as wide as a row.
    activation : str or list of str, default='auto'
        Activation of all hidden layers, or one for each width of the encoder: 'identity', 'logistic',
        'tanh', 'relu', 'leaky_relu', 'elu', 'softplus', 'gelu' or 'silu'.  'auto' is 'relu', but 'identity'
        for the features: relu would cut off half of what they can say, and leave some at zero for good.
    loss : {'squared_error', 'binary_cross_entropy'}, default='squared_error'
        Loss, summed over the features: half the squared error, or the cross-entropy of probabilities, for
        values from 0 to 1.
    out_activation : str, default='auto'
        Activation of the reconstruction.  'auto' is 'logistic' where all values of the first X, scaled, are
        from 0 to 1, such as pixels, and 'identity' elsewhere; with the cross-entropy it is 'logistic'.
    tol : float, default=1e-5
        Smallest change of the training loss per feature, or of the validation score with `early_stopping`,
        that counts as improvement, in units of the scaled values; for 'lbfgs' the largest element of the
        gradient at the solution.
    solver, alpha, batch_size, learning_rate, learning_rate_init, power_t, max_iter, shuffle, random_state, \
verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, beta_1, beta_2, \
epsilon, n_iter_no_change, max_fun, input_shape, bias, l1, weight_decay, clip_norm, restore_best, callbacks, \
n_threads, device, precision
        As of `MLPRegressor`.
    dropout, weight_init : default=0.0, 'auto'
        As of `MLPRegressor`; a list has one entry for each width of the encoder, and is mirrored.  The biases
        of 'identity' and 'logistic' outputs start where the mean of all rows would be the reconstruction.
    input_scale : float, default=1.0
        Every value of X is multiplied by it, and every reconstruction divided by it; 1 / 255 for images kept
        as bytes.

    Attributes
    ----------
    loss_, best_loss_, loss_curve_, validation_loss_curve_, validation_scores_, best_validation_score_, \
n_iter_, t_, coefs_, intercepts_, n_layers_, n_outputs_, out_activation_, n_features_in_, feature_names_in_
        As of `MLPRegressor`; scores are those of `score`.

    See Also
    --------
    sklearn.decomposition.PCA : The best linear one.

    Notes
    -----
    `Dropout` as the first layer makes a denoising autoencoder: the rows themselves stay the targets.

    References
    ----------
    Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural networks".

    Examples
    --------
    >>> from fastmlp import Autoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder((16,), solver="lbfgs", max_iter=100, random_state=0)
    >>> autoencoder.fit_transform(X).shape
    (1797, 16)
    >>> autoencoder.score(X) > -0.01
    True
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseMLP._parameter_constraints,
        "activation": [StrOptions({"auto", *ACTIVATIONS}), list, tuple],
        "loss": [StrOptions(set(_LOSSES))],
        "out_activation": [StrOptions({"auto", *ACTIVATIONS})],
    }

    def __init__(
        self,
        hidden_layer_sizes=(32,),
        activation="auto",
        *,
        loss="squared_error",
        out_activation="auto",
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-5,
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
        input_shape=None,
        dropout=0.0,
        weight_init="auto",
        bias=True,
        l1=0.0,
        weight_decay=0.01,
        clip_norm=None,
        restore_best=False,
        input_scale=1.0,
        callbacks=None,
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
        self.out_activation = out_activation

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None, *, X_val=None, sample_weight_val=None):
        """Learn to reproduce rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
            Rows, or images; used where they are, as by `MLPRegressor.fit`.
        y : object
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        X_val : as X, of shape (n_val, n_features), optional
            Validation data: its loss and score are recorded after every epoch, and `early_stopping` and
            `restore_best` look at it.
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
            back on; the estimator is then what it was, as after `MLPRegressor.fit`.
        """
        return self._fit(X, None, sample_weight, (X_val, X_val, sample_weight_val), incremental=False)

    @available_if(has_partial_fit)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, sample_weight=None):
        """Train for one epoch on the given data, going on with weights and optimizer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
            Rows, or images.
        y : object
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._fit(X, None, sample_weight, (None, None, None), incremental=True)

    def transform(self, X):
        """Return the encoder's outputs.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out)
            Of the network's dtype.
        """
        check_is_fitted(self)
        return self._outputs(X, self._n_encoder_layers)

    def inverse_transform(self, X):
        """Return what the decoder makes of features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features_out)
            As `transform` returns them.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            Reconstructions, in the units of the rows that `fit` saw; of images, too, one row each.

        Raises
        ------
        ValueError
            If X has more or fewer columns than there are features, or values that are not finite.
        """
        check_is_fitted(self)
        X, n_features = check_array(X, dtype=(np.float64, np.float32)), self._n_features_out
        if X.shape[1] != n_features:
            raise ValueError(
                f"X has {X.shape[1]} columns, but the encoder makes {n_features} features; pass what "
                "`transform` returns."
            )
        network = self._network_here()
        decoder = network.part(self._n_encoder_layers, len(network.layers))
        return decoder(as_rows(X, network.dtype)) / network.dtype.type(self._scale)

    def score(self, X, y=None, sample_weight=None):
        """Return how close reconstructions come to the rows: the larger, the closer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
        y : object
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.

        Returns
        -------
        score : float
            Minus the mean squared error of a value, in the units of X; 0 is perfect.
        """
        check_is_fitted(self)
        X, _ = table_of_images(X, self._network.input_shape)
        X = validate_data(self, X, accept_sparse="csr", dtype=KEPT, reset=False)
        if sample_weight is not None:
            sample_weight = check_weights(sample_weight, X.shape[0], "sample_weight")
            check_sum(sample_weight, "sample_weight", "rows of X")
        return self._score_outputs(self._apply(X, None, check=False), X, sample_weight)

    @property
    def _n_features_out(self):
        return self._network.part(0, self._n_encoder_layers).n_outputs

    @property
    def _n_encoder_layers(self):
        """Layers of the network up to the one that makes the features."""
        return len(self._network.layers) - self._n_decoder_layers

    def __sklearn_tags__(self):
        """Both floating-point types are kept."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    # The rows are the targets

    def _validated(self, X, y, reset):
        X = validate_data(self, X, accept_sparse="csr", dtype=KEPT, reset=reset)
        return X, X

    def _encode(self, y, fresh, incremental, classes):
        within = self._check_range(y, "X")
        self._out_activation = self._choose_out_activation(within, fresh)
        if self._out_activation == "logistic" and not within:
            low, high = _range(y, self.input_scale)
            warnings.warn(
                f"X has values from {low:g} to {high:g} with input_scale={self.input_scale:g}, but "
                "reconstructions by the activation 'logistic' have values from 0 to 1; scale X, or start "
                "anew with out_activation='identity'.",
                stacklevel=1,
            )
        return y

    def _encode_validation(self, y, encoded):
        self._check_range(y, "X_val")
        return y

    def _check_range(self, X, name):
        """Whether all values are probabilities; raise a ValueError if they have to be."""
        low, high = _range(X, self.input_scale)
        within = low >= -ROUNDING and high <= 1 + ROUNDING
        if self.loss == "binary_cross_entropy" and not within:
            remedy = "MinMaxScaler" if low < 0 else f"input_scale=1 / {high / self.input_scale:g}"
            raise ValueError(
                f"loss='binary_cross_entropy' needs values from 0 to 1, but {name} has values from {low:g} "
                f"to {high:g} with input_scale={self.input_scale:g}; scale it, for example with {remedy}, or "
                "use loss='squared_error'."
            )
        return within

    def _choose_out_activation(self, within, fresh):
        if self.loss == "binary_cross_entropy":
            if self.out_activation not in ("auto", "logistic"):
                raise ValueError(
                    f"out_activation={self.out_activation!r} does not go with loss='binary_cross_entropy'; "
                    "use 'logistic' or 'auto'."
                )
            return "logistic"
        if self.out_activation != "auto":
            return self.out_activation
        if fresh:
            return "logistic" if within else "identity"
        return self.out_activation_

    def _describe_outputs(self, encoded):
        return encoded.shape[1], self._out_activation

    def _prepare_network(self, data, shape, outputs, fresh, incremental):
        super()._prepare_network(data, shape, outputs, fresh, incremental)
        if fresh and self.bias and self.out_activation_ in ("identity", "logistic"):
            mean = _mean_row(data.X, data.weights) * self.input_scale
            if self.out_activation_ == "logistic":
                mean = special.logit(np.clip(mean, LEAST, 1 - LEAST))
            self._network.biases[-1][:] = mean

    def _summed_outputs(self):
        return self.n_outputs_

    def _score_unit(self):
        return 1 / self._scale**2

    def _network_loss(self):
        return _LOSSES[self.loss]

    def _make_layers(self, shape, n_outputs):
        layers, self._n_decoder_layers = mirrored(
            shape,
            n_outputs,
            "identity" if self.loss == "binary_cross_entropy" else self._out_activation,
            hidden_layer_sizes=self.hidden_layer_sizes,
            activation=self.activation,
            dropout=self.dropout,
            weight_init=self.weight_init,
            bias=self.bias,
        )
        return layers

    def _score_outputs(self, outputs, encoded, sample_weight):
        total = weight = 0.0
        for rows in gen_batches(len(outputs), ROWS):
            true = encoded[rows].toarray() if sparse.issparse(encoded) else encoded[rows]
            weights = None if sample_weight is None else sample_weight[rows]
            share = len(true) if weights is None else weights.sum()
            if share != 0:
                error = mean_squared_error(true, outputs[rows] / self._scale, sample_weight=weights)
                total, weight = total + share * error, weight + share
        return float(-total / weight)


def _range(X, scale):
    """Smallest and largest value, scaled."""
    return float(X.min()) * scale, float(X.max()) * scale


def _mean_row(X, weights):
    """Weighted mean of the rows, float64."""
    if weights is None:
        return np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
    total = sum(weights[rows] @ X[rows] for rows in gen_batches(len(weights), ROWS))
    return total / weights.sum()
