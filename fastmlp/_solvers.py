"""From a network and validated data to a training run, for each kind of solver."""

import warnings

import numpy as np

from . import lbfgs
from ._parameters import copy_parameters
from .kernels.contract import Update
from .layers import Dropout
from .optimizers import OptimizerSpec, StochasticOptimizer
from .training import Training


class Solvers:
    """Prepares the training of an estimator's network."""

    def _prepare_stochastic(self, data, train_rows, given, callbacks, incremental):
        network, n_train = self._network, len(train_rows)
        rows, targets = data.rows(network.dtype, self._scale), data.targets(network.dtype)
        validation = self._make_validation(network, given)
        if self.batch_size != "auto" and self.batch_size > n_train:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                stacklevel=1,
            )
        batch_size = min(200 if self.batch_size == "auto" else int(self.batch_size), n_train)
        monitor = self._monitor(network, validation, callbacks, incremental)
        self._prepare_optimizer(incremental)  # last, for it changes a kept optimizer
        training = Training(
            network,
            rows,
            targets,
            train_rows,
            batch_size,
            self._optimizer,
            monitor,
            self._random_state if self.shuffle else None,
            self.t_,
            print if self.verbose else lambda message: None,
        )
        max_epochs = 1 if incremental else self.max_iter
        return lambda: (training.run(max_epochs), None)

    def _prepare_optimizer(self, incremental):
        """Start the optimizer anew; partial_fit goes on with the old one, changed settings included."""
        is_sgd, is_adamw = self.solver == "sgd", self.solver == "adamw"
        spec = OptimizerSpec(
            self.solver,
            learning_rate_init=self.learning_rate_init,
            schedule=self.learning_rate,
            power_t=self.power_t,
            momentum=self.momentum if is_sgd else 0.0,
            nesterov=self.nesterovs_momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            weight_decay=self.weight_decay if is_adamw else 0.0,
            l2=self.alpha,
            l1=self.l1,
            clip_norm=self.clip_norm or 0.0,
        )
        old = self.__dict__.get("_optimizer")
        if incremental and old is not None and old.spec.solver == spec.solver:
            old.change(spec)
            return
        drops = any(isinstance(layer, Dropout) for layer in self._network.layers)
        # nothing is drawn without dropout, so that shuffles are scikit-learn's
        seed = int(self._random_state.randint(np.iinfo(np.int32).max)) if drops else 0
        self._optimizer = StochasticOptimizer(spec, seed)
        self._network.reset_optimizer()

    def _prepare_lbfgs(self, data, given, callbacks):
        kept, exact = self._network, self._network
        if kept.dtype != np.float64:
            exact = self._make_network(kept.layers, np.float64, kept.input_shape)
            copy_parameters(kept, exact)
        rows, targets = data.rows(exact.dtype, self._scale), data.targets(exact.dtype)
        validation = self._make_validation(exact, given)
        monitor = self._monitor(exact, validation, callbacks, incremental=False)

        def train():
            self._network = exact  # callbacks see it
            try:
                stop, message, self.loss_ = lbfgs.minimize(
                    exact,
                    rows,
                    targets,
                    Update(l2=self.alpha, l1=self.l1),
                    monitor,
                    max_iter=self.max_iter,
                    max_fun=self.max_fun,
                    tol=self.tol,
                )
            finally:
                if exact is not kept:
                    copy_parameters(exact, kept)
                    self._network = kept
            return stop, message

        return train
