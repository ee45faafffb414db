"""Update rules over flat parameter vectors, in place; see the reference for their sources.

Each scalar is rounded to the vectors' dtype once.
"""

import numpy as np

from .jit import jit
from .sums import add_in_any_order


@jit
def sgd(w, g, rate):
    """w -= rate g."""
    rate = w.dtype.type(rate)
    for i in range(w.size):
        w[i] -= rate * g[i]


@jit
def momentum(w, g, u, rate, mu):
    """u = mu u - rate g;  w += u."""
    rate, mu = w.dtype.type(rate), w.dtype.type(mu)
    for i in range(w.size):
        step = mu * u[i] - rate * g[i]
        u[i] = step
        w[i] += step


@jit
def nesterov(w, g, u, rate, mu):
    """u = mu u - rate g;  w += mu u - rate g."""
    rate, mu = w.dtype.type(rate), w.dtype.type(mu)
    for i in range(w.size):
        d = rate * g[i]
        velocity = mu * u[i] - d
        u[i] = velocity
        w[i] += mu * velocity - d


@jit
def adam(w, g, m, v, rate, beta_1, beta_2, epsilon):
    """m = beta_1 m + (1 - beta_1) g;  v = beta_2 v + (1 - beta_2) g²;  w -= rate m / (√v + epsilon)."""
    gamma_1, gamma_2 = w.dtype.type(1 - beta_1), w.dtype.type(1 - beta_2)
    beta_1, beta_2 = w.dtype.type(beta_1), w.dtype.type(beta_2)
    rate, epsilon = w.dtype.type(rate), w.dtype.type(epsilon)
    for i in range(w.size):
        d = g[i]
        first, second = beta_1 * m[i] + gamma_1 * d, beta_2 * v[i] + gamma_2 * (d * d)
        m[i], v[i] = first, second
        w[i] -= rate * first / (np.sqrt(second) + epsilon)


@jit
def adamw(w, g, m, v, rate, decay, beta_1, beta_2, epsilon):
    """w -= decay w, then adam."""
    decay = w.dtype.type(decay)
    for i in range(w.size):
        w[i] -= decay * w[i]
    adam(w, g, m, v, rate, beta_1, beta_2, epsilon)


@jit
def sum_of_squares(x):
    """Return Σ x², summed in float64."""
    total = 0.0
    for i in range(x.size):
        total = add_in_any_order(total, np.float64(x[i]) * np.float64(x[i]))
    return total


@jit
def scale(x, factor):
    """x *= factor."""
    factor = x.dtype.type(factor)
    for i in range(x.size):
        x[i] *= factor
