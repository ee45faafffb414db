"""One fit of a recipe: what it gets, what it gives back, and what becomes of it if it fails."""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from threadpoolctl import threadpool_limits

from .environment import gpu, machine, versions
from .interrupt import Interrupt
from .record import now, plain

SCHEMA = {"name": "fastmlp.fit", "version": 1}


class LeftOut(Exception):
    """Raised by a fit that lacks something here, such as a file of weights: its setting is left out.

    The message says what is missing and how to get it.  A later run tries again.
    """


@dataclass(frozen=True)
class Context:
    """What a fit may use, and whom it tells.

    Parameters
    ----------
    n_threads : int
        For the kernels; BLAS has one.  The results are the same at any number.
    device : {'cpu', 'cuda', 'ref'}
        Results of these differ by rounding: it is part of what tells fits apart.
    epoch_ended : callable or None
        epoch_ended(epoch, n_epochs), where the fit has epochs.
    data_folder : str or None
        Where the user says that the data are, and with them files of weights; a recipe that reads such a file
        has its digest among its `inputs`.
    """

    n_threads: int = 1
    device: str = "cpu"
    epoch_ended: Callable | None = None
    data_folder: str | None = None

    def tell(self, epoch, n_epochs):
        """Say that an epoch of so many has ended."""
        if self.epoch_ended is not None:
            self.epoch_ended(epoch, n_epochs)


@dataclass
class Fitted:
    """What comes out of one fit.

    Parameters
    ----------
    results : dict
        Figures, curves and what the pictures need; the same for the same seed, on any number of threads.
    durations : dict of str to float
        Seconds; 'train' is shown in the table.
    model : estimator or None
        To be saved beside the record.
    """

    results: dict
    durations: dict = field(default_factory=dict)
    model: object = None


def fit_one(fit, identity, setting, data, seed, context):
    """Carry out one fit; an error becomes part of the record, so that others go on.

    Parameters
    ----------
    fit : callable
    identity : dict
        What the record begins with.
    setting : Setting
    data : ImageSet or None
    seed : int
    context : Context

    Returns
    -------
    record : dict
        As JSON has it; without `model`.
    model : estimator or None

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was pressed.
    """
    record = {
        "schema": SCHEMA,
        **identity,
        "status": "running",
        "started": now(),
        "results": None,
        "durations": {},
        "warnings": [],
        "error": None,
        "traceback": None,
        "model": None,
        "n_threads": context.n_threads,
        "versions": versions(),
        "machine": machine(),
    }
    start, model = perf_counter(), None
    # estimators take Ctrl-C for the end of training: here it ends the run
    with Interrupt(at_once=True), threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            record["machine"] |= gpu(context.device)
            fitted = fit(setting, data, seed, context)
        except LeftOut as reason:
            record.update(status="left out", error=str(reason))
        except Exception as error:
            record.update(
                status="failed", error=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()
            )
        else:
            model = fitted.model
            record.update(
                status="completed", results=plain(fitted.results), durations=plain(fitted.durations)
            )
    record["durations"]["all"] = perf_counter() - start
    record["finished"] = now()
    record["warnings"] = sorted({str(w.message) for w in caught if issubclass(w.category, UserWarning)})
    return record, model
