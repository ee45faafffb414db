"""R3's default: hidden layers of 100 relu units, gradient descent at 0.01, batches of 32, three epochs."""

from ..experiments.classification import Classification
from ..experiments.division import WithValidation
from ._optimizers import GRADIENT_DESCENT

DEFAULT = GRADIENT_DESCENT | {
    "hidden_layer_sizes": (100, 100, 100),
    "learning_rate_init": 0.01,
    "batch_size": 32,
    "max_iter": 3,
}
#: 50,000 images to train, 10,000 to validate, 10,000 to test.
FIT = Classification(WithValidation(1 / 6), scored=("train", "validation", "test"))
