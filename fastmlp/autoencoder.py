"""The autoencoder."""

import numpy as np
from scipy import sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.metrics import mean_squared_error
from sklearn.utils import check_array, gen_batches
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from ._architecture import mirrored
from ._base import BaseMLP, has_partial_fit
from ._validation import KEPT, table_of_images
from .layers import ACTIVATIONS
from .rows import as_rows

ROWS = 4096  # whose reconstructions are compared at a time

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
    activation : str or list of str, default='relu'
        Activation of all hidden layers, or one for each width of the encoder: 'identity', 'logistic',
        'tanh', 'relu', 'leaky_relu', 'elu', 'softplus', 'gelu' or 'silu'.
    loss : {'squared_error', 'binary_cross_entropy'}, default='squared_error'
        Loss, summed over the features: half the squared error, or the cross-entropy of probabilities, for
        values from 0 to 1.
    out_activation : str, default=None
        Activation of the reconstruction; None is 'identity' with the squared error.  With the cross-entropy
        it is 'logistic'.
    solver, alpha, batch_size, learning_rate, learning_rate_init, power_t, max_iter, shuffle, random_state, \
tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, beta_1, beta_2, \
epsilon, n_iter_no_change, max_fun, input_shape, bias, l1, weight_decay, clip_norm, restore_best, callbacks, \
n_threads, device
        As of `MLPRegressor`.
    dropout, weight_init : default=0.0, 'auto'
        As of `MLPRegressor`; a list has one entry for each width of the encoder, and is mirrored.
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

    References
    ----------
    Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural networks".

    Examples
    --------
    >>> from fastmlp import Autoencoder
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data / 16
    >>> encoder = Autoencoder((16,), max_iter=50, tol=0.0, random_state=0).fit(X)
    >>> encoder.transform(X).shape
    (1797, 16)
    >>> encoder.score(X) > -0.02
    True
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(_LOSSES))],
        "out_activation": [StrOptions(set(ACTIVATIONS)), None],
    }

    def __init__(
        self,
        hidden_layer_sizes=(32,),
        activation="relu",
        *,
        loss="squared_error",
        out_activation=None,
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
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), optional
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
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
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
            Reconstructions, in the units of the rows that `fit` saw.
        """
        check_is_fitted(self)
        X, n_features = check_array(X, dtype=(np.float64, np.float32)), self._n_features_out
        if X.shape[1] != n_features:
            raise ValueError(
                f"X has {X.shape[1]} columns, but the encoder makes {n_features} features; pass what "
                "`transform` returns."
            )
        network = self._network
        decoder = network.part(self._n_encoder_layers, len(network.layers))
        return decoder(as_rows(X, network.dtype)) / network.dtype.type(self._scale)

    def score(self, X, y=None, sample_weight=None):
        """Return how close reconstructions come, as a number that is the larger the better.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or ndarray of shape (n_samples, \
                height, width, channels)
        y : object
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        score : float
            Minus the mean squared error of a value, in the units of X; 0 is perfect.
        """
        check_is_fitted(self)
        X, _ = table_of_images(X, self._network.input_shape)
        X = validate_data(self, X, accept_sparse="csr", dtype=KEPT, reset=False)
        return self._score_outputs(self._outputs(X), X, sample_weight)

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
        if self.loss == "binary_cross_entropy":
            values = X.data if sparse.issparse(X) else X
            low, high = float(values.min(initial=0)), float(values.max(initial=0))
            if low < 0 or high * self.input_scale > 1 + 1e-6:
                raise ValueError(
                    f"loss='binary_cross_entropy' needs values from 0 to 1, but X has values from {low:g} to "
                    f"{high:g} and input_scale is {self.input_scale:g}; scale X, for example with "
                    f"input_scale=1 / {high:g} or MinMaxScaler, or use loss='squared_error'."
                )
        return X, X

    def _encode(self, y, fresh, incremental, classes):
        return y

    def _encode_validation(self, y, encoded):
        return y

    def _describe_outputs(self, encoded):
        if self.loss == "squared_error":
            return encoded.shape[1], self.out_activation or "identity"
        if self.out_activation not in (None, "logistic"):
            raise ValueError(
                f"out_activation={self.out_activation!r} does not go with loss='binary_cross_entropy'; use "
                "'logistic' or None."
            )
        return encoded.shape[1], "logistic"

    def _summed_outputs(self):
        return self.n_outputs_

    def _network_loss(self):
        return _LOSSES[self.loss]

    def _make_layers(self, shape, n_outputs):
        layers, self._n_decoder_layers = mirrored(
            shape,
            n_outputs,
            self.out_activation if self.loss == "squared_error" else None,
            hidden_layer_sizes=self.hidden_layer_sizes,
            activation=self.activation,
            dropout=self.dropout,
            weight_init=self.weight_init,
            bias=self.bias,
        )
        return layers

    def _score_outputs(self, outputs, encoded, sample_weight):
        total, weight = 0.0, 0.0
        for rows in gen_batches(len(outputs), ROWS):
            true = encoded[rows].toarray() if sparse.issparse(encoded) else encoded[rows]
            weights = np.ones(len(true)) if sample_weight is None else np.asarray(sample_weight)[rows]
            if weights.any():
                error = mean_squared_error(true, outputs[rows] / self._scale, sample_weight=weights)
                total, weight = total + error * weights.sum(), weight + weights.sum()
        return -total / weight
