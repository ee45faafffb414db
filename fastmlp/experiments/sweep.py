"""Running a recipe: the fits that are still missing, then table, findings, pictures and record."""

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from ..limits import default_threads
from . import record as records
from .artifacts import save_figures
from .backends import CLUSTERS, parallel_fits
from .data_sets import described
from .fit_store import FitStore, file_name, identify
from .fitted import Context, fit_one
from .outcome import MissingFits, Outcome
from .recipe import SKLEARN, Setting, recorded
from .record_files import read_run

SCHEMA = {"name": "fastmlp.recipe", "version": 1}


@dataclass(frozen=True)
class SweepSettings:
    """What the user may choose about the run of a recipe.

    Parameters
    ----------
    quick : bool
        A few images and epochs, to see that everything works; the figures mean nothing.
    seed : int
        Of the first repetition; the next ones have the next seeds.
    repeats : int or None
        Repetitions of every setting; None: the recipe's own number.
    compare : bool
        Whether scikit-learn fits every setting that it can express, too.
    device : {'cpu', 'cuda', 'ref'}
    """

    quick: bool = False
    seed: int = 0
    repeats: int | None = None
    compare: bool = False
    device: str = "cpu"


@dataclass(frozen=True)
class Execution:
    """How the fits are carried out, which changes nothing of their results.

    Parameters
    ----------
    jobs : int or None
        Fits at a time, one thread each if there are several; None: one, or all that a `backend` offers.
    backend : str or None
        See `backends.py`.
    threads : int or None
        For the kernels, where fits run one by one; None: all that Numba may use.
    data_folder : str or None
        See `fitted.Context`.
    """

    jobs: int | None = None
    backend: str | None = None
    threads: int | None = None
    data_folder: str | None = None

    @property
    def side_by_side(self):
        """Whether several fits may run at a time."""
        return self.backend is not None or self.jobs not in (None, 1)

    @property
    def n_threads(self):
        """Threads of one fit."""
        return 1 if self.side_by_side else self.threads or default_threads()


class SweepObserver:
    """Told how a recipe is getting on; every method does nothing unless a subclass says otherwise."""

    def recipe_starts(self, recipe, record, n_fits, n_done):
        """So many fits there are in all, and so many of them are known from an earlier run."""

    def epoch_ended(self, setting, seed, epoch, n_epochs):
        """A fit has trained so many of its epochs; not told where fits run side by side."""

    def fit_ended(self, fit):
        """One more fit is completed, or failed, and written; `fit` is its record."""

    def drawing_starts(self):
        """All fits are done."""


def run(recipe, data, folder, settings, execution, *, observer=None):
    """Run a recipe: every fit that the folder does not hold yet, then what follows from all of them.

    Parameters
    ----------
    recipe : Recipe
    data : ImageSet or None
        What the recipe's `data` names; a part of it for a quick look.
    folder : Path
        Of this recipe.  Fits of other settings or data in it stay, and are not looked at.
    settings : SweepSettings
    execution : Execution
    observer : SweepObserver, optional

    Returns
    -------
    record : dict
        Its status is 'failed' if a fit failed; the others were completed then.

    Raises
    ------
    ValueError, OSError, ImportError
        If a fit's file is damaged or the folder cannot be written to: then the record stays as it was.  If
        table, findings or pictures fail; the record says 'failed'.
    KeyboardInterrupt
        If Ctrl-C was pressed; what was completed stays, and a later run goes on from there.
    """
    recipe = adapted(recipe, settings)
    record = records.new_record(
        recipe.name,
        settings,
        described(data),
        execution.n_threads,
        # a cluster's machines have GPUs of their own, which their fits name
        device="cpu" if execution.backend in CLUSTERS else settings.device,
        schema=SCHEMA,
        recipe=_about(recipe),
        execution=records.plain(execution),
        fits=[],
        table=[],
        networks=[],
        findings=[],
    )
    store, observer = FitStore(folder), observer or SweepObserver()
    _check_folder(folder, settings)
    store.prepare()
    context = Context(execution.n_threads, settings.device, None, execution.data_folder)
    tasks = list(_tasks(recipe, settings, record["data"], context))
    fits = [store.read(task.identity) for task in tasks]  # a damaged one is told before the record changes
    work = partial(_run, recipe, data, store, tasks, fits, context, execution, record, observer)
    with suppress(FitsFailed):  # it is in the record, with all that was completed
        records.carry_out(work, record, folder)
    return record


def adapted(recipe, settings):
    """Return the recipe as the settings want it: quickened, compared, with so many seeds."""
    if settings.quick:
        recipe = recipe.quickened()
    if settings.compare:
        recipe = replace(recipe, settings=(*recipe.settings, *_in_sklearn(recipe)))
    return recipe if settings.repeats is None else replace(recipe, seeds=settings.repeats)


def _in_sklearn(recipe):
    """Yield a twin of every setting that scikit-learn can express and that it has not already."""
    from .classification import Classification, lacking_in_sklearn

    if not isinstance(recipe.fit, Classification):
        return
    known = [setting.parameters for setting in recipe.settings if setting.library == SKLEARN]
    for setting in recipe.settings:
        p = setting.parameters
        if setting.library != SKLEARN and p not in known and not lacking_in_sklearn(p):
            group = f"{setting.group}, {SKLEARN}" if setting.group else SKLEARN
            yield replace(setting, group=group, library=SKLEARN, reported={})


def _check_folder(folder, settings):
    """Refuse to put the record of a quick look in the place of a full run's."""
    try:
        before = read_run(Path(folder) / records.FILE, SCHEMA)
    except (OSError, ValueError):  # nothing there that anybody could use
        return
    if settings.quick and not before["settings"].get("quick"):
        raise ValueError(
            f"{str(folder)!r} holds a run on all the data, which a quick look would replace. Choose another "
            "folder for it (--out), or delete that one."
        )


def _about(recipe):
    """Return what a record says about the recipe."""
    return {
        "title": recipe.title,
        "shows": recipe.shows,
        "report": recipe.report,
        "figures": [records.plain(figure) for figure in recipe.figures],
        "seeds": recipe.seeds,
        "settings": [
            {
                "setting": s.key,
                "group": s.group,
                "name": s.name,
                "library": s.library,
                "parameters": recorded(s.parameters),
            }
            for s in recipe.settings
        ],
    }


class Task(NamedTuple):
    """A fit that is wanted."""

    setting: Setting
    seed: int
    identity: dict


def _tasks(recipe, settings, data, context):
    """Yield all fits, Task."""
    for setting in recipe.settings:
        for seed in range(settings.seed, settings.seed + recipe.seeds_of(setting)):
            yield Task(setting, seed, identify(recipe, setting, seed, settings.quick, data, context))


def _run(recipe, data, store, tasks, fits, context, execution, record, observer):
    """Do the fits that are not there, and fill the record; return False: only exceptions end it early."""
    todo = [i for i, fit in enumerate(fits) if fit is None]
    observer.recipe_starts(recipe, record, len(tasks), len(tasks) - len(todo))
    start = perf_counter()
    missing = _fit_missing(recipe.fit, tasks, todo, data, store, context, execution, observer)
    try:
        with closing(missing):  # workers end before an error is told
            for i, fit in missing:
                fits[i] = fit
                observer.fit_ended(fit)
    finally:
        record["durations"]["fits"] = perf_counter() - start
        record["fits"] = [_mention(fit) for fit in fits if fit is not None]
    completed = [fit for fit in fits if fit["status"] == "completed"]
    observer.drawing_starts()
    failed = [fit for fit in fits if fit["status"] == "failed"]
    start = perf_counter()
    try:
        with threadpool_limits(1):  # as in a fit: BLAS rounds as its threads divide the work
            _conclude(Outcome(recipe, completed, data, store.folder), store.folder, record)
    except MissingFits:
        if len(completed) == len(fits):  # otherwise what is missing failed, or was left out
            raise
    record["durations"]["draw"] = perf_counter() - start
    left_out = {fit["setting"]: fit["error"] for fit in fits if fit["status"] == "left out"}
    record["findings"] += [f"Left out: {setting}. {reason}" for setting, reason in left_out.items()]
    if failed:
        raise FitsFailed(failed, len(fits))
    return False


class FitsFailed(ValueError):
    """Some fits of a recipe failed; the others are in its record."""

    def __init__(self, failed, n_fits):
        first = failed[0]
        super().__init__(
            f"{len(failed)} of {n_fits} fits failed; the first, {first['setting']!r} with seed "
            f"{first['seed']}: {first['error']}. The others are kept; a new run tries the failed ones again."
        )


def _fit_missing(fit, tasks, todo, data, store, context, execution, observer):
    """Do the fits that are not known; yield number and record of each, once it is written."""
    if not todo:
        return

    def delayed(i):
        setting, seed, identity = tasks[i]
        tell = None if execution.side_by_side else partial(observer.epoch_ended, setting, seed)
        told = replace(context, epoch_ended=tell)
        return joblib.delayed(_numbered)(i, fit, identity, setting, data, seed, told)

    try:
        with parallel_fits(execution.jobs, execution.backend, len(todo)) as do:
            for i, record, model in do(map(delayed, todo)):
                store.write(record, model)
                yield i, record
    except TerminatedWorkerError as error:
        raise RuntimeError(
            "A process that fitted was ended by the system, perhaps for lack of memory. What was completed "
            "is kept; run it again with fewer --jobs."
        ) from error


def _numbered(i, *arguments):
    """Do one fit; its number tells whose result this is, as results come in any order."""
    return i, *fit_one(*arguments)


def _mention(fit):
    """Return what the recipe's record says of a fit, beside the fit's own file."""
    names = ("setting", "seed", "status", "error", "warnings", "durations", "model", "n_threads")
    machine = {name: fit["machine"][name] for name in ("cpu", "gpu") if name in fit["machine"]}
    made = {"file": file_name(fit), **machine, "fastmlp": fit["fastmlp"]}
    return {name: fit[name] for name in names} | made


def _conclude(outcome, folder, record):
    """Make table, findings and pictures."""
    recipe = outcome.recipe
    record["table"], record["networks"] = outcome.table(), outcome.networks()
    if not outcome.fits:
        return
    record["findings"] = recipe.find(outcome)
    if recipe.draw is not None:
        save_figures(recipe.draw(outcome), folder, record)
