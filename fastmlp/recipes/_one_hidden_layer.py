"""What R1's sweeps over units and learning rates share: one hidden layer, small random weights, 100 epochs.

The report's own data set is not available, and neither size of the batches nor activation is stated: these
are MNIST with pixels from 0 to 1, batches of 32, and the logistic function.
"""

from ..experiments.division import WithValidation

NETWORK = {
    "activation": "logistic",
    "solver": "sgd",
    "momentum": 0.0,
    "nesterovs_momentum": False,
    "alpha": 0.0,
    "learning_rate_init": 0.01,
    "batch_size": 32,
    "max_iter": 100,
    "weight_init": "normal",  # N(0, 1) times 0.01
}
#: 50,000 images to train, 10,000 to validate.
DIVIDE = WithValidation(1 / 6)
