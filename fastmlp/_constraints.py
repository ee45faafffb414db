"""Which values the estimators' parameters may have, alone and together."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from .initializers import NAMED as INITIALIZERS
from .kernels import BACKENDS
from .kernels.contract import Precision
from .layers import ACTIVATIONS
from .network import check_precision
from .optimizers import SCHEDULES, STOCHASTIC

#: Constraints of the parameters that both estimators have, in scikit-learn's form.
CONSTRAINTS = {
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
    "input_shape": [list, tuple, None],
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
    "precision": [StrOptions({code.name.lower() for code in Precision})],
}


def check_combination(estimator, validation, incremental):
    """Refuse what does not go together, before any work is done.

    Parameters
    ----------
    estimator : BaseMLP
    validation : tuple
        (X_val, y_val, sample_weight_val) as given to `fit`.
    incremental : bool
        Whether `partial_fit` was called.

    Raises
    ------
    ValueError
        If the parameters contradict each other or the method.
    """
    check_precision(estimator.precision, estimator.device)
    X_val, y_val, sample_weight_val = validation
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{given} was given without {missing}; pass both or neither.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError("sample_weight_val was given without X_val and y_val; pass all three.")
    if incremental and estimator.early_stopping:
        raise ValueError("partial_fit does not support early_stopping=True; set it to False, or use fit.")
    splits = estimator.early_stopping and X_val is None and estimator.solver != "lbfgs"
    if splits and estimator.validation_fraction == 0:
        raise ValueError(
            "validation_fraction=0 leaves no rows to validate on with early_stopping=True; set it "
            "above 0, or pass X_val and y_val to fit."
        )
    if estimator.solver == "lbfgs":
        if np.any(np.asarray(estimator.dropout) != 0):
            raise ValueError(
                f"dropout={estimator.dropout!r} needs a stochastic solver; use solver='adam', 'adamw' or "
                "'sgd', or dropout=0."
            )
        if estimator.precision != "full":
            raise ValueError(
                f"precision={estimator.precision!r} needs a stochastic solver, as 'lbfgs' computes in "
                "float64; use solver='adam', 'adamw' or 'sgd', or precision='full'."
            )
        if estimator.clip_norm is not None:
            raise ValueError(
                f"clip_norm={estimator.clip_norm!r} needs a stochastic solver; use solver='adam', 'adamw' "
                "or 'sgd', or clip_norm=None."
            )


def check_epsilon(estimator, dtype):
    """Refuse an epsilon that is zero in the network's dtype.

    Where a gradient is zero, as in the pads, the step of 'adam' would be 0 / (0 + epsilon) = NaN.

    Parameters
    ----------
    estimator : BaseMLP
    dtype : dtype
        float32 or float64: the network's.

    Raises
    ------
    ValueError
        If epsilon is below the smallest normal number; the message names that.
    """
    smallest = float(np.finfo(dtype).tiny)
    if estimator.solver in ("adam", "adamw") and estimator.epsilon < smallest:
        raise ValueError(
            f"epsilon={estimator.epsilon!r} is too small for a network of {np.dtype(dtype)}, whose smallest "
            f"usable value is {smallest!r}; use that or more, for example the default 1e-8."
        )
