"""R2: the combination that its grid search found best, and the same network in a sound way."""

from ._few_images import DESCENT, NETWORKS, TWO

AS_REPORTED, SOUND = "as reported", "sound"
#: relu, two hidden layers, lambda 0.5, learning rate 0.004.
WINNER = DESCENT | NETWORKS[TWO] | {"activation": "relu"}
#: Initial weights that fit the widths allow steps so large that a fiftieth of the penalty is enough.
CURE = WINNER | {"weight_init": "glorot_uniform", "learning_rate_init": 0.1, "alpha": 0.01}
