"""Optimizers that several recipes share."""

#: Gradient descent and nothing else.
GRADIENT_DESCENT = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0}
#: Adam, initial weights and biases as Keras has them by default.
KERAS_ADAM = {"solver": "adam", "learning_rate_init": 1e-3, "alpha": 0.0, "weight_init": "glorot_uniform"}
