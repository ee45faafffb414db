"""Update rules over flat parameter vectors, in place; see the reference."""

import math
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from ..contract import Optimizer
from .device import SUMMING, cuda, elements, for_dtype, launch
from .sums import block_sum

SGD, MOMENTUM, NESTEROV, ADAM, ADAMW = map(int, Optimizer)


class Rule(NamedTuple):
    """An optimizer's numbers in one step."""

    optimizer: int
    rate: float  # contains Adam's correction of the bias
    beta_1: float = 0.0  # also the momentum
    beta_2: float = 0.0
    epsilon: float = 0.0
    decay: float = 0.0  # of ADAMW


@for_dtype
def functions(real):
    """Return the device function `updated(rule, w, g, u, v)` -> (w, u, v) of a dtype."""

    @cuda.jit(device=True)
    def updated(rule, w, g, u, v):
        rate, beta = real(rule.rate), real(rule.beta_1)
        if rule.optimizer == SGD:
            return w - rate * g, u, v
        if rule.optimizer == MOMENTUM:
            u = beta * u - rate * g
            return w + u, u, v
        if rule.optimizer == NESTEROV:
            u = beta * u - rate * g
            return w + (beta * u - rate * g), u, v
        if rule.optimizer == ADAMW:
            w -= real(rule.decay) * w
        u = beta * u + real(1 - rule.beta_1) * g
        v = real(rule.beta_2) * v + real(1 - rule.beta_2) * (g * g)
        return w - rate * u / (real(math.sqrt(v)) + real(rule.epsilon)), u, v

    return updated


@for_dtype
def _kernels(real):
    rule_of = functions(real)

    @cuda.jit
    def update(rule, w, g, u, v):
        i = cuda.grid(1)
        if i < w.size:  # a slot that the rule does not have is neither read nor written
            u_i = u[i] if rule.optimizer >= MOMENTUM else real(0)
            v_i = v[i] if rule.optimizer >= ADAM else real(0)
            w[i], u_i, v_i = rule_of(rule, w[i], g[i], u_i, v_i)
            if rule.optimizer >= MOMENTUM:
                u[i] = u_i
            if rule.optimizer >= ADAM:
                v[i] = v_i

    @cuda.jit
    def squares(x, total):
        shared, own = cuda.shared.array(SUMMING, np.float64), 0.0
        for i in range(cuda.threadIdx.x, x.size, SUMMING):
            own += np.float64(x[i]) * np.float64(x[i])
        own = block_sum(shared, own)
        if cuda.threadIdx.x == 0:
            total[0] = own

    @cuda.jit
    def multiply(x, factor):
        i = cuda.grid(1)
        if i < x.size:
            x[i] *= real(factor)

    return SimpleNamespace(update=update, squares=squares, multiply=multiply)


def _update(rule, w, g, u=None, v=None):
    """Run a rule on the host's arrays."""
    unused = np.zeros(1, w.dtype)
    slots = (unused if slot is None else slot for slot in (u, v))
    elements(_kernels(w.dtype).update, w.size, rule, w, g, *slots)


def sgd(w, g, rate):
    """w -= rate g."""
    _update(Rule(SGD, float(rate)), w, g)


def momentum(w, g, u, rate, mu):
    """u = mu u - rate g;  w += u."""
    _update(Rule(MOMENTUM, float(rate), float(mu)), w, g, u)


def nesterov(w, g, u, rate, mu):
    """u = mu u - rate g;  w += mu u - rate g."""
    _update(Rule(NESTEROV, float(rate), float(mu)), w, g, u)


def adam(w, g, m, v, rate, beta_1, beta_2, epsilon):
    """m = beta_1 m + (1 - beta_1) g;  v = beta_2 v + (1 - beta_2) g²;  w -= rate m / (√v + epsilon)."""
    _update(Rule(ADAM, float(rate), float(beta_1), float(beta_2), float(epsilon)), w, g, m, v)


def adamw(w, g, m, v, rate, decay, beta_1, beta_2, epsilon):
    """w -= decay w, then adam; decay = rate_0 * weight_decay."""
    numbers = map(float, (rate, beta_1, beta_2, epsilon, decay))
    _update(Rule(ADAMW, *numbers), w, g, m, v)


def sum_of_squares(x):
    """Return Σ x² as a float, summed in float64."""
    total = np.zeros(1)
    launch(_kernels(x.dtype).squares, 1, SUMMING, x, total)
    return float(total[0])


def scale(x, factor):
    """x *= factor."""
    elements(_kernels(x.dtype).multiply, x.size, x, float(factor))
