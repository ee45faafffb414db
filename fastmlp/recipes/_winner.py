"""R2: the combination that its grid search found best, and the same network in a sound way."""

from ._few_images import DESCENT, NETWORKS, TWO

AS_REPORTED, SOUND = "as reported", "sound"
#: relu, two hidden layers, lambda 0.5, learning rate 0.004.
WINNER = DESCENT | NETWORKS[TWO] | {"activation": "relu"}
#: Initial weights matched to the layer widths allow steps so large that a fiftieth of the penalty is enough.
CURE = WINNER | {"weight_init": "glorot_uniform", "learning_rate_init": 0.1, "alpha": 0.01}
#: CURE and others that are not the report's were chosen by hand, on images like those that score them.
CHOSEN = "was chosen by hand on images like those that score it here, which favours it a little"
#: Where the report uses Keras, it does not state the optimizer's settings: these leave the library's own.
STOPPING = {"batch_size": 16, "max_iter": 100, "early_stopping": True, "n_iter_no_change": 10, "tol": 1e-4}
