"""Short fits of a small classifier."""

from fastmlp import MLPClassifier

#: One step of gradient descent on all 150 rows of `digits`.
ONE_STEP = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "max_iter": 1, "batch_size": 150}


def fit(X, y, **params):
    params = {"hidden_layer_sizes": (6, 4), "max_iter": 5, "random_state": 0, **params}
    return MLPClassifier(**params).fit(X, y)


def initial_weights(X, y, **params):
    """The weights that `fit` starts from: those after a step of length (almost) zero."""
    start = fit(X, y, **{**ONE_STEP, **params, "learning_rate_init": 1e-300})
    return [w.copy() for w in start.coefs_]
