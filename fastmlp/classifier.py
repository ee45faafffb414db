"""The classifier."""

import warnings
from math import ceil

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

from ._base import BaseMLP, has_partial_fit
from .predictor import HasPredictor


class MLPClassifier(ClassifierMixin, HasPredictor, BaseMLP):
    """Multilayer perceptron classifier, trained on the log loss.

    A drop-in replacement of `sklearn.neural_network.MLPClassifier`: the same parameters, defaults, methods
    and attributes, and with the same `random_state` the same weights up to rounding.  Parameters from
    `dropout` on are additions.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int and layers, default=(100,)
        Widths of the hidden layers; () for none, which makes softmax regression.  Layers of
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
        `X_val` and `y_val` if `fit` gets them, else a random part of the training data, stratified by class.
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
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, multiplied with the sample weights; 'balanced' makes all classes equally
        heavy.  Not for multilabel targets.
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
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    loss_ : float
        Training loss of the last epoch, penalties included.
    best_loss_ : float or None
        Lowest training loss; None with `early_stopping`.
    loss_curve_ : list of float
        Training loss of every epoch.
    validation_loss_curve_ : list of float or None
        Validation loss after every epoch, without penalties; None without a validation set.
    validation_scores_ : list of float or None
        Accuracy on the validation set after every epoch; None without a validation set.
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
        Activation of the outputs: 'softmax', or 'logistic' for two classes and multilabel targets.
    n_features_in_ : int
        Features seen by `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    MLPRegressor : The regressor.

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
    >>> from fastmlp import MLPClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPClassifier((16,), solver="lbfgs", random_state=0).fit(X, y)
    >>> clf.predict(X[:3])
    array([0, 0, 0])
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **BaseMLP._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    loss = "log_loss"

    def __init__(
        self,
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
        class_weight=None,
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
        self.class_weight = class_weight

    @available_if(has_partial_fit)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Train for one epoch on the given data, going on with weights and optimizer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        classes : array-like of shape (n_classes,), optional
            All classes that will ever occur; needed in the first call.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._fit(X, y, sample_weight, (None, None, None), incremental=True, classes=classes)

    def predict(self, X):
        """Predict the most probable class of every row, or all labels above one half.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Class labels.
        """
        return self._decode(self._outputs(X))

    def predict_proba(self, X):
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return self._finish(self._outputs(X))

    def predict_log_proba(self, X):
        """Logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        y_prob = self.predict_proba(X)
        return np.log(y_prob, out=y_prob)

    def __sklearn_tags__(self):
        """Multilabel targets are accepted."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @staticmethod
    def _finish(outputs):
        """Probabilities of both classes from that of the second one; several outputs are probabilities."""
        if outputs.shape[1] > 1:
            return outputs
        both = np.empty((len(outputs), 2), outputs.dtype)
        np.subtract(1, outputs[:, 0], out=both[:, 0])
        both[:, 1] = outputs[:, 0]
        return both

    # Targets

    def _encode(self, y, fresh, incremental, classes):
        y = _as_labels(y)
        if incremental:
            if _check_partial_fit_first_call(self, classes):
                is_multilabel = type_of_target(y).startswith("multilabel")
                self._label_binarizer = LabelBinarizer().fit(y if is_multilabel else classes)
                self._check_two_classes()
            self._check_known(y, "y")
        elif fresh:
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
            self._check_two_classes()
        else:
            classes = unique_labels(y)
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous call to "
                    f"fit. Previously got {self.classes_}, `y` has {classes}"
                )
        return self._numbers(y, "y")

    def _encode_validation(self, y, encoded):
        y = _as_labels(y)
        self._check_known(y, "y_val")
        return self._numbers(y, "y_val")

    def _numbers(self, y, name):
        """Class numbers (n_rows,), or zeros and ones (n_rows, n_outputs), bool."""
        kind = self._label_binarizer.y_type_
        expected = (len(self._label_binarizer.classes_),) if kind.startswith("multilabel") else ()
        if y.shape[1:] != expected:
            shapes = [f"({', '.join(['n_rows', *map(str, rest)])})" for rest in (y.shape[1:], expected)]
            raise ValueError(
                f"{name} has shape {shapes[0]}, but the targets that the estimator learned its classes from "
                f"had {shapes[1]}; pass targets of that shape."
            )
        if kind.startswith("multilabel"):
            return self._label_binarizer.transform(y).astype(bool)
        numbers = np.searchsorted(self.classes_, y)
        return numbers if kind == "multiclass" else numbers[:, np.newaxis].astype(bool)

    def _decode(self, outputs):
        """Class labels for the network's outputs."""
        kind = self._label_binarizer.y_type_
        if kind.startswith("multilabel"):
            return self._label_binarizer.inverse_transform(outputs)
        numbers = outputs.argmax(axis=1) if kind == "multiclass" else (outputs[:, 0] > 0.5).astype(int)
        return self.classes_[numbers]

    def _describe_outputs(self, encoded):
        if encoded.ndim == 1:
            return len(self.classes_), "softmax"
        return encoded.shape[1], "logistic"

    def _network_loss(self):
        is_multiclass = self._label_binarizer.y_type_ == "multiclass"
        return "softmax_cross_entropy" if is_multiclass else "logistic_cross_entropy"

    def _check_two_classes(self):
        is_multilabel = self._label_binarizer.y_type_.startswith("multilabel")
        if len(self._label_binarizer.classes_) < 2 and not is_multilabel:
            only = self._label_binarizer.classes_.tolist()
            raise ValueError(
                f"The number of classes has to be greater than one; got 1 class: {only}. "
                "Add rows of another class, or use sklearn.dummy.DummyClassifier."
            )

    def _check_known(self, y, name):
        classes = unique_labels(y)
        unknown = np.setdiff1d(classes, self.classes_)
        if len(unknown):
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"`{name}` has {classes}."
            )

    def _stratify(self, encoded):
        if encoded.ndim == 2 and encoded.shape[1] > 1:
            return None
        labels = self.classes_[encoded.astype(int).ravel()]
        if encoded.ndim == 2:  # scikit-learn stratifies two classes, or fails
            return labels
        present, counts = np.unique(labels, return_counts=True)
        n_val = ceil(self.validation_fraction * len(labels))
        if counts.min() < 2:
            reason = f"class {str(present[counts.argmin()])!r} has a single row"
        elif min(n_val, len(labels) - n_val) < len(present):
            reason = f"{n_val} of {len(labels)} rows cannot hold all {len(present)} classes on both sides"
        else:
            return labels
        warnings.warn(
            f"The early-stopping split is not stratified: {reason}. Change validation_fraction, or pass "
            "X_val and y_val to fit.",
            stacklevel=1,
        )
        return None

    def _class_weights(self, y, incremental):
        if self.class_weight is None:
            return None
        if self._label_binarizer.y_type_.startswith("multilabel"):
            raise ValueError("class_weight is not defined for multilabel targets; pass sample_weight.")
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported by partial_fit, which does not see all rows; pass "
                "a dict, for example from sklearn.utils.class_weight.compute_class_weight."
            )
        return compute_sample_weight(self.class_weight, _as_labels(y))

    def _score_outputs(self, outputs, encoded, sample_weight):
        predicted = outputs.argmax(axis=1) if encoded.ndim == 1 else outputs > 0.5
        if encoded.ndim == 2 and encoded.shape[1] == 1:
            predicted, encoded = predicted[:, 0], encoded[:, 0]
        return accuracy_score(encoded, predicted, sample_weight=sample_weight)


def _as_labels(y):
    """One column as a vector, with a warning; no numbers between the integers."""
    if y.dtype.kind == "f" and (kind := type_of_target(y)).startswith("continuous"):
        raise ValueError(
            f"Unknown label type: {kind}. Use MLPRegressor for targets that are real numbers, or make "
            "discrete classes of them."
        )
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
