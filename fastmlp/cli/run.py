"""The command `run`."""

from argparse import RawDescriptionHelpFormatter

from ..kernels import BACKENDS
from .extras import require_extras
from .options import one_of, whole

NAME = "run"
ALL = "all"
OUT = "runs/recipes"

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
  fastmlp run cnn --backend dask                on the cluster of DASK_SCHEDULER_ADDRESS

The data are looked for as `fastmlp mnist --help` and `fastmlp cifar-features
--help` say. Results are the same for any number of jobs and threads."""


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
    add_options(parser)
    add = parser.add_argument
    add("--data", metavar="DIR", help="folder with the data sets (default: see below)")
    add("--out", metavar="DIR", help=f"folder of the runs (default: {OUT}, with --quick {OUT}-quick)")
    add("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help="the first seed (default: 0)")
    add(
        "--compare",
        choices=["sklearn"],
        help="fit what scikit-learn's MLPClassifier can express with it, too",
    )
    add("--threads", type=whole(1), metavar="N", help="of a fit, where --jobs is 1 (default: all)")
    add(
        "--device",
        type=one_of(BACKENDS),
        default="cpu",
        metavar="NAME",
        help="cpu (default), or ref: plain NumPy, slow",
    )
    parser.set_defaults(command=command)
    return parser


def add_options(parser):
    """Add those options that no other command has."""
    group = parser.add_argument_group("recipes")
    group.add_argument(
        "--quick", action="store_true", help="a few images and epochs, to see that everything works"
    )
    group.add_argument(
        "--repeats",
        type=whole(1),
        metavar="N",
        help="seeds of every setting (default: the recipe's own number)",
    )
    group.add_argument(
        "--jobs",
        type=whole(1),
        metavar="N",
        help="fits at a time, with one thread each if N > 1 (default: 1, or all that --backend offers)",
    )
    group.add_argument(
        "--backend",
        metavar="NAME",
        help="where fits run side by side: a backend of joblib, such as loky (the default), dask or ray",
    )


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    from ..recipes import all_recipes
    from .run_display import RunDisplay

    recipes = all_recipes()
    wanted = list(recipes) if ALL in arguments.names else list(dict.fromkeys(arguments.names))
    unknown = [name for name in wanted if name not in recipes]
    if unknown:
        arguments.parser.error(
            f"argument NAME: there is no recipe {unknown[0]!r}; choose from {', '.join(recipes)}, or {ALL}"
        )
    with RunDisplay() as display:
        return run_recipes([recipes[name] for name in wanted], arguments, display)


def run_recipes(recipes, arguments, display):
    """Run recipes one after the other; return the exit code.

    A recipe that fails does not keep the others from running.
    """
    from pathlib import Path

    from ..experiments.data_sets import DataSets
    from ..experiments.sweep import Execution, SweepSettings, run
    from ..files import writable_folder
    from .main import FAILED
    from .running import warn_of_threads

    warn_of_threads(display, arguments.threads)
    settings = SweepSettings(
        quick=arguments.quick,
        seed=arguments.seed,
        repeats=arguments.repeats,
        compare=arguments.compare is not None,
        device=arguments.device,
    )
    execution = Execution(arguments.jobs, arguments.backend, arguments.threads)
    out = writable_folder(Path(arguments.out or (f"{OUT}-quick" if arguments.quick else OUT)))
    data_sets = DataSets(arguments.data, arguments.quick, display.say)
    records, errors = {}, {}
    for recipe in recipes:
        try:
            data = data_sets.load(recipe.data)
            record = run(recipe, data, out / recipe.name, settings, execution, observer=display)
        except Exception as error:  # one recipe's trouble, even a defect, is not another's
            if arguments.traceback:
                raise
            errors[recipe.name] = error
            display.failed(recipe, error)
            continue
        records[recipe.name] = record
        if record["status"] == "failed":
            errors[recipe.name] = record["error"]
            display.failed(recipe, record["error"])
    display.finished(records, errors, out)
    return FAILED if errors else 0
