"""The command `run`."""

from argparse import RawDescriptionHelpFormatter
from difflib import get_close_matches
from pathlib import Path

from ..kernels import BACKENDS
from ..recipes import get_recipe, recipe_names
from .extras import require_extras
from .options import one_of, whole

NAME = "run"
ALL = "all"
OUT = "runs/recipes"
OWN = ("quick", "repeats", "jobs", "backend")  # options that no other command has
DEFAULTS = {"seed": 0, "threads": None, "device": "cpu"}  # of options that `mnist` has as well

DESCRIPTION = """\
Run recipes: the experiments of five coursework reports, with reported beside
reproduced figures, pictures and a record. `fastmlp list` names them.

Every fit is written as soon as it ends. A run that was stopped, by Ctrl-C or
otherwise, goes on where it was when the same command is given again; what is
complete is not fitted again."""

EPILOG = """\
examples:
  fastmlp run batch-size depth
  fastmlp run activations --repeats 5 --jobs 2
  fastmlp run all --quick                       does everything work? a few minutes
  fastmlp run all --jobs 4 && fastmlp report
  fastmlp run convolution --backend dask        on the cluster of DASK_SCHEDULER_ADDRESS

The data are looked for as `fastmlp mnist --help` and `fastmlp cifar-features
--help` say; Fashion-MNIST, like MNIST, in a folder fashion-mnist. Results are
the same for any number of jobs and threads."""


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        NAME,
        help="run recipes, the experiments of five reports",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"a recipe, or '{ALL}'")
    files = parser.add_argument_group("files")
    files.add_argument("--data", metavar="DIR", help="folder with the data sets (default: see below)")
    files.add_argument(
        "--out", metavar="DIR", help=f"folder of the runs (default: {OUT}, with --quick {OUT}-quick)"
    )
    recipes = parser.add_argument_group("recipes")
    recipes.add_argument(
        "--seed", type=whole(0, 2**31), metavar="N", help="the first seed (default: %(default)s)"
    )
    recipes.add_argument(
        "--compare",
        choices=["sklearn"],
        help="what scikit-learn's MLPClassifier can express is fitted with it, too",
    )
    add_options(recipes)
    machine = parser.add_argument_group("machine")
    machine.add_argument(
        "--threads", type=whole(1), metavar="N", help="of one fit, where --jobs is 1 (default: all)"
    )
    machine.add_argument(
        "--device",
        type=one_of(BACKENDS),
        metavar="NAME",
        help="cpu: compiled kernels; cuda: an NVIDIA GPU; ref: plain NumPy, slow (default: %(default)s)",
    )
    parser.set_defaults(command=command, stray_value="name all recipes before the options", **DEFAULTS)
    return parser


def add_options(group):
    """Add the options `OWN` to a group."""
    add = group.add_argument
    add("--quick", action="store_true", help="a few images and epochs, to see that everything works")
    add(
        "--repeats",
        type=whole(1),
        metavar="N",
        help="seeds of every setting (default: the recipe's own number)",
    )
    add(
        "--jobs",
        type=whole(1),
        metavar="N",
        help="fits at a time, with one thread each if N > 1 (default: 1, or all that --backend offers)",
    )
    add(
        "--backend",
        metavar="NAME",
        help="where fits run side by side: a backend of joblib, such as loky (the default), dask or ray",
    )


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    known = recipe_names()
    unknown = [name for name in arguments.names if name not in (*known, ALL)]
    if unknown:
        similar = get_close_matches(unknown[0], (*known, ALL))
        choice = (
            f"did you mean {' or '.join(similar)}?"
            if similar
            else f"choose from {', '.join(known)}, or {ALL}"
        )
        arguments.parser.error(f"argument NAME: there is no recipe {unknown[0]!r}; {choice}")
    wanted = known if ALL in arguments.names else list(dict.fromkeys(arguments.names))
    if arguments.threads is not None and (arguments.backend is not None or arguments.jobs not in (None, 1)):
        arguments.parser.error(
            f"argument --threads: {arguments.threads} threads are for fits one by one, and side by side each "
            "has one; leave out --threads, or --jobs and --backend"
        )

    # imported here, so that --help and wrong options answer at once
    from ..experiments.backends import CLUSTERS, check_backend
    from .run_display import RunDisplay
    from .running import require_device, warn_of_threads

    try:
        check_backend(arguments.backend)
    except ValueError as error:
        arguments.parser.error(f"argument --backend: {error}")
    here = arguments.backend not in CLUSTERS  # whose machines have processors and GPUs of their own
    if here:
        require_device(arguments.parser, arguments.device)
    with RunDisplay(quick=arguments.quick) as display:
        warn_of_threads(display, arguments.threads)
        if here:
            warn_of_threads(display, arguments.jobs, "jobs")
        return _run_all(wanted, arguments, display)


def _run_all(names, arguments, display):
    """Run recipes one after the other; return the exit code.

    A recipe that fails does not keep the others from running.
    """
    from ..experiments.data_sets import DataSets
    from ..experiments.sweep import Execution, SweepSettings, run
    from ..files import writable_folder

    settings = SweepSettings(
        quick=arguments.quick,
        seed=arguments.seed,
        repeats=arguments.repeats,
        compare=arguments.compare is not None,
        device=arguments.device,
    )
    execution = Execution(arguments.jobs, arguments.backend, arguments.threads, arguments.data)
    out = writable_folder(Path(arguments.out or (f"{OUT}-quick" if arguments.quick else OUT)))
    data_sets = DataSets(arguments.data, arguments.quick, display.say)
    records, errors = {}, {}
    display.starts()
    for name in names:
        try:
            recipe = get_recipe(name)
            data = data_sets.load(recipe.data)
            record = run(recipe, data, out / name, settings, execution, observer=display)
        except KeyboardInterrupt:
            display.interrupted(records, errors, out, name)
            raise
        except Exception as error:  # one recipe's trouble, even a defect, is not another's
            if arguments.traceback:
                raise
            errors[name] = _described(error)
            record = _left_behind(out / name)
        if record is not None:
            records[name] = record
            if record["status"] == "failed":
                errors.setdefault(name, record["error"])
        if name in errors:
            display.failed(name, errors[name])
    display.finished(records, errors, out)
    return int(bool(errors))


def _described(error):
    """Say what an error is; one that nobody foresaw with its type."""
    text = str(error) or type(error).__name__
    if isinstance(error, ValueError | OSError | ImportError | RuntimeError):
        return text
    return f"{type(error).__name__}: {text} (--traceback shows where it arose)"


def _left_behind(folder):
    """Return the record of a run that has just failed after its fits, None if it did not get so far."""
    from ..experiments.record import FILE
    from ..experiments.record_files import read_run
    from ..experiments.sweep import SCHEMA

    try:
        record = read_run(folder / FILE, SCHEMA)
    except (OSError, ValueError):
        return None
    return record if record["status"] == "failed" and record["table"] else None
