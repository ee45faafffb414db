"""Update rules over flat parameter vectors, in place; w parameters, g their gradient, all (n,).

Scalars are Python floats; they are rounded to the vectors' dtype once, then everything is computed in it.
"""

import numpy as np


def sgd(w, g, rate):
    """w -= rate g."""
    w -= w.dtype.type(rate) * g


def momentum(w, g, u, rate, mu):
    """u = mu u - rate g;  w += u  (Polyak, 1964; u is scikit-learn's velocity)."""
    rate, mu = map(w.dtype.type, (rate, mu))
    u[:] = mu * u - rate * g
    w += u


def nesterov(w, g, u, rate, mu):
    """u = mu u - rate g;  w += mu u - rate g  (Sutskever, Martens, Dahl and Hinton, 2013)."""
    rate, mu = map(w.dtype.type, (rate, mu))
    u[:] = mu * u - rate * g
    w += mu * u - rate * g


def adam(w, g, m, v, rate, beta_1, beta_2, epsilon):
    """m = beta_1 m + (1 - beta_1) g;  v = beta_2 v + (1 - beta_2) g²;  w -= rate m / (√v + epsilon).

    `rate` contains the correction of the bias, as at the end of section 2 of Kingma and Ba (2015):
    rate_0 √(1 - beta_2^t) / (1 - beta_1^t) at step t = 1, 2, ...
    """
    scalars = rate, beta_1, beta_2, 1 - beta_1, 1 - beta_2, epsilon
    rate, beta_1, beta_2, gamma_1, gamma_2, epsilon = map(w.dtype.type, scalars)
    m[:] = beta_1 * m + gamma_1 * g
    v[:] = beta_2 * v + gamma_2 * (g * g)
    w -= rate * m / (np.sqrt(v) + epsilon)


def adamw(w, g, m, v, rate, decay, beta_1, beta_2, epsilon):
    """w -= decay w, then adam (Loshchilov and Hutter, 2019); decay = rate_0 * weight_decay."""
    w -= w.dtype.type(decay) * w
    adam(w, g, m, v, rate, beta_1, beta_2, epsilon)


def sum_of_squares(x):
    """Return Σ x² as a float, summed in float64."""
    wide = x.astype(np.float64)
    return float((wide * wide).sum())


def scale(x, factor):
    """x *= factor."""
    x *= x.dtype.type(factor)
