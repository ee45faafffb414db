"""Optimizers of the epoch loop: settings that stay, and the learning rate and step count that change."""

from dataclasses import dataclass

from .kernels.contract import Optimizer, Update

#: Solvers that go through the data in batches.
STOCHASTIC = ("sgd", "adam", "adamw")

SCHEDULES = ("constant", "invscaling", "adaptive")

SMALLEST_RATE = 1e-6  # 'adaptive' stops rather than divide a rate this small


@dataclass(frozen=True)
class OptimizerSpec:
    """Everything about an optimizer that the user decides.

    Parameters
    ----------
    solver : {'sgd', 'adam', 'adamw'}
    learning_rate_init : float
        Rate of the first epoch.
    schedule : {'constant', 'invscaling', 'adaptive'}
        See `StochasticOptimizer`.
    power_t : float
        Exponent of 'invscaling'.
    momentum : float
        'sgd' only.
    nesterov : bool
        'sgd' with momentum only.
    beta_1, beta_2, epsilon : float
        'adam' and 'adamw' only.
    weight_decay : float
        'adamw' only; weights shrink by the factor 1 - rate * weight_decay at every step.
    l2, l1 : float
        Penalties of the objective.
    clip_norm : float
        Gradients longer than this are shortened to it; 0 for never.
    """

    solver: str = "adam"
    learning_rate_init: float = 1e-3
    schedule: str = "constant"
    power_t: float = 0.5
    momentum: float = 0.9
    nesterov: bool = True
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    l2: float = 0.0
    l1: float = 0.0
    clip_norm: float = 0.0

    @property
    def code(self):
        """Code of the kernel that applies the update: an `Optimizer` as a plain int."""
        if self.solver != "sgd":
            return int(Optimizer[self.solver.upper()])
        if self.momentum == 0:
            return int(Optimizer.SGD)
        return int(Optimizer.NESTEROV if self.nesterov else Optimizer.MOMENTUM)


class StochasticOptimizer:
    """An optimizer at work.

    Learning-rate schedules, as in scikit-learn but for every solver: 'constant'; 'invscaling', after every
    epoch rate = init / (t + 1) ** power_t with t the rows seen so far; 'adaptive', a fifth of the rate
    whenever training stops to improve.

    Parameters
    ----------
    spec : OptimizerSpec
    seed : int
        Seed of the dropout masks.

    Attributes
    ----------
    learning_rate : float
        Rate of the next epoch, before Adam's bias correction.
    step : int
        Steps taken so far.
    """

    def __init__(self, spec, seed=0):
        self.spec = spec
        self.seed = seed
        self.learning_rate = float(spec.learning_rate_init)
        self.step = 0

    def change(self, spec):
        """Go on with other settings; the current rate survives unless its own settings changed.

        Parameters
        ----------
        spec : OptimizerSpec
            Of the same solver.
        """
        old, self.spec = self.spec, spec
        if (old.learning_rate_init, old.schedule) != (spec.learning_rate_init, spec.schedule):
            self.learning_rate = float(spec.learning_rate_init)

    def update(self):
        """Settings of the next epoch for the engine.

        Returns
        -------
        Update
        """
        spec = self.spec
        return Update(
            optimizer=spec.code,
            rate=self.learning_rate,
            beta_1=spec.momentum if spec.solver == "sgd" else spec.beta_1,
            beta_2=spec.beta_2,
            epsilon=spec.epsilon,
            weight_decay=spec.weight_decay,
            l2=spec.l2,
            l1=spec.l1,
            clip_norm=spec.clip_norm,
            step=self.step,
            seed=self.seed,
        )

    def epoch_ended(self, n_steps, n_seen):
        """Count the epoch's steps and follow the schedule.

        Parameters
        ----------
        n_steps : int
            Batches of the epoch.
        n_seen : int
            Rows seen since the weights were drawn.
        """
        self.step += n_steps
        if self.spec.schedule == "invscaling":
            self.learning_rate = self.spec.learning_rate_init / (n_seen + 1) ** self.spec.power_t

    def plateau(self):
        """React to training that no longer improves.

        Returns
        -------
        stop : bool
            False if the rate was lowered instead.
        """
        if self.spec.schedule != "adaptive" or self.learning_rate <= SMALLEST_RATE:
            return True
        self.learning_rate /= 5.0
        return False
