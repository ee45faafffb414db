"""Full-batch training by SciPy's L-BFGS-B on the flat parameter vector."""

from time import perf_counter

import numpy as np
import scipy.optimize

from .limits import one_blas_thread
from .training import Stop


def minimize(network, rows, targets, update, monitor, *, max_iter, max_fun, tol):
    """Minimize the objective over all rows; the network is left with the solution.

    Parameters
    ----------
    network : Network
        Of dtype float64: the line search sees rounding errors of float32 as a rough objective.
    rows : Rows
    targets : Targets
    update : Update
        Its penalties are part of the objective.
    monitor : Monitor
        Told about every iteration.
    max_iter, max_fun : int
        The most iterations and evaluations of the objective.
    tol : float
        The solver is satisfied when no element of the gradient exceeds it.

    Returns
    -------
    stop : Stop
    message : str
        The solver's own words.
    loss : float
        The objective after the last iteration.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu (1995), "A limited memory algorithm for bound constrained optimization".
    """
    network.clear_pads()
    best = network.params.copy()  # after the last whole iteration
    started = perf_counter()
    reason = None

    def objective(params):
        network.params[:] = params
        loss, gradient = network.gradient(rows, targets, update)
        return loss, gradient.copy()

    def callback(intermediate_result):
        nonlocal started, reason
        network.params[:] = best[:] = intermediate_result.x
        seconds = perf_counter() - started
        if monitor.epoch_ended(float(intermediate_result.fun), seconds, rows.n_rows, None):
            reason = Stop.CALLBACK
        elif monitor.watch_score and monitor.patience.exhausted:
            reason = Stop.CONVERGED
        if reason is not None:
            raise StopIteration
        started = perf_counter()

    message = "interrupted"
    try:
        # The solver's vectors are short: handing them to BLAS's own threads made a fit of 600 parameters
        # 3 times slower on a quiet machine with 2 cores, and 30 times slower on a busy one.
        with one_blas_thread(), network.resident(rows, targets, *monitor.data):
            result = scipy.optimize.minimize(
                objective,
                np.array(network.params),
                method="L-BFGS-B",
                jac=True,
                callback=callback,
                options={"maxiter": max_iter, "maxfun": max_fun, "gtol": tol},
            )
        best[:] = result.x
        message = f"{result.message} (status={result.status})"
        reason = reason or (Stop.CONVERGED if result.status == 0 else Stop.LIMIT)
    except KeyboardInterrupt:
        if not monitor.records:  # there is nothing to keep
            raise
        reason = Stop.INTERRUPTED
    network.params[:] = best
    loss = float(network.evaluate(rows, targets, update))
    monitor.restore_best()
    return reason, message, loss
