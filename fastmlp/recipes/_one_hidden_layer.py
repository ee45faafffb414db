"""What R1's sweeps over units and learning rates share: one hidden layer, small random weights, 100 epochs.

As everywhere in the report, there are no biases.  Its own data set is not available, and neither size of the
batches nor activation is stated: these are MNIST with pixels from 0 to 1, batches of 32, and the logistic
function.
"""

from ..experiments.division import WithValidation
from ._optimizers import GRADIENT_DESCENT

NETWORK = GRADIENT_DESCENT | {
    "activation": "logistic",
    "learning_rate_init": 0.01,
    "batch_size": 32,
    "max_iter": 100,
    "weight_init": "normal",  # N(0, 1) times 0.01
    "bias": False,
}
#: 50,000 images to train, 10,000 to validate.
DIVIDE = WithValidation(1 / 6)
