"""The command `mnist`."""

from argparse import Namespace, RawDescriptionHelpFormatter

from ..experiments.settings import ADAPTIVE_PATIENCE, TrainingSettings
from ..kernels import BACKENDS
from ..layers import ACTIVATIONS
from . import run
from .extras import require_extras
from .options import add_settings, given_settings, one_of, real, rows_or_share, several, whole, widths

DESCRIPTION = """\
Train a network on MNIST and leave model, plots and a record in a new folder.

MNIST is looked for in the folder --data, else in the folder that the variable
FASTMLP_DATA names, else in the user's cache; in each, the four IDX files may be
gzipped or not and lie in mnist/ or in the folder itself. If there are none, it
is fetched from openml.org; without a network, scikit-learn's bundled digits are
used instead, with a notice that they are not MNIST."""

EPILOG = """\
examples:
  fastmlp mnist
  fastmlp mnist --layers 512,256 --dropout 0.3 --epochs 40
  fastmlp mnist --layers 100,50 --activation relu,tanh --optimizer sgd --learning-rate 0.1
  fastmlp mnist --layers none                   softmax regression
  fastmlp mnist --compare sklearn --threads 1
  fastmlp mnist --recipe batch-size             the same as fastmlp run batch-size

Ctrl-C ends training after the current epoch and keeps the best model so far.

The model is the estimator itself, with the weights of the best epoch and the
optimizer as training left it:
  model = joblib.load("runs/.../model.joblib")
  model.predict(images)                         uint8, one image a row
  model.set_params(early_stopping=False).partial_fit(images, labels)"""

#: Settings as options, see `add_settings`.
NETWORK = {
    "layers": (widths, "N[,...]", "widths of the hidden layers, separated by commas, or 'none'"),
    "activation": (
        several(one_of(ACTIVATIONS)),
        "NAME[,...]",
        f"one for all hidden layers, or one for each, separated by commas: {', '.join(ACTIVATIONS)}",
    ),
    "dropout": (
        several(real(0, 1)),
        "RATE[,...]",
        "share of a hidden layer's outputs set to zero in training, one for all layers, or one for each, "
        "separated by commas",
    ),
}
TRAINING = {
    "epochs": (whole(1), "N", "how often every training image is seen"),
    "batch_size": (whole(1), "N", "images per step"),
    "optimizer": (one_of(("adam", "adamw", "sgd")), "NAME", "adam, adamw or sgd"),
    "learning_rate": (real(0, open_low=True), "RATE", "size of the steps"),
    "schedule": (
        one_of(("adaptive", "constant")),
        "NAME",
        "adaptive: a fifth of the rate whenever validation accuracy stalls; or constant",
    ),
    "patience": (
        whole(1),
        "N",
        "epochs without a better validation accuracy after which the adaptive schedule lowers the rate, or "
        "training at a constant rate stops",
        f"{ADAPTIVE_PATIENCE} and never",
    ),
    "momentum": (real(0, 1, open_high=False), "M", "Nesterov momentum of sgd"),
    "weight_decay": (real(0), "D", "decoupled weight decay of adamw"),
    "l2": (real(0), "L", "L2 penalty on the weights, scikit-learn's alpha"),
    "l1": (real(0), "L", "L1 penalty on the weights"),
    "clip_norm": (real(0, open_low=True), "NORM", "shorten gradients longer than this", "never"),
    "validation": (
        rows_or_share,
        "N",
        "training images to validate on: how many, or their share if below 1",
        "5000, or a tenth of a smaller set",
    ),
    "seed": (whole(0, 2**32 - 1), "N", "of the validation split, the weights, the batches and dropout"),
}
MACHINE = {
    "threads": (whole(1), "N", "threads; the results are the same at any number", "all"),
    "dtype": (one_of(("float32", "float64")), "NAME", "float32 or float64"),
    "device": (
        one_of(BACKENDS),
        "NAME",
        "cpu: compiled kernels; cuda: an NVIDIA GPU; ref: plain NumPy, slow",
    ),
}


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        "mnist",
        help="train on MNIST; writes model, plots and a record",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    files = parser.add_argument_group("files")
    files.add_argument("--data", metavar="DIR", help="folder with MNIST's files (default: see above)")
    files.add_argument(
        "--out", metavar="DIR", help="folder for this run (default: a new one, runs/mnist-DATE-TIME)"
    )
    comparison = parser.add_argument_group("comparison")
    comparison.add_argument(
        "--compare",
        choices=["sklearn"],
        help="afterwards train scikit-learn's MLPClassifier with the same settings and show both; what it "
        "lacks is then off by default: dropout 0, schedule constant",
    )
    for title, options in (("network", NETWORK), ("training", TRAINING), ("machine", MACHINE)):
        add_settings(parser.add_argument_group(title), options, TrainingSettings())
    recipes = parser.add_argument_group("recipes")
    recipes.add_argument(
        "--recipe",
        metavar="NAME",
        help="run a recipe of `fastmlp list`; the same as `fastmlp run NAME`, whose options go with it",
    )
    run.add_options(recipes)
    parser.set_defaults(
        command=command, stray_value="separate several values of an option by commas, such as 256,128"
    )
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    if arguments.recipe is not None:
        return run.command(_as_run(arguments))
    require_extras()
    settings = _settings(arguments)

    # imported here, so that --help and wrong options answer at once
    from ..datasets import load_mnist
    from ..experiments import mnist
    from ..experiments.split import Split
    from .mnist_display import MnistDisplay
    from .running import require_device, run_in_folder, warn_of_threads

    require_device(arguments.parser, settings.device)
    with MnistDisplay() as display:
        warn_of_threads(display, settings.threads)
        data = load_mnist(arguments.data, report=display.say)
        split = Split(data, settings.validation, settings.seed)

        def train(folder):
            return mnist.run(settings, split, folder, compare=bool(arguments.compare), observer=display)

        return run_in_folder("mnist", arguments.out, display, train)


def _as_run(arguments):
    """Return the arguments as `run` has them; end with an error if there are others."""
    own = sorted(given_settings(arguments, TrainingSettings).keys() - run.DEFAULTS.keys())
    if own:
        arguments.parser.error(
            f"argument --{own[0].replace('_', '-')}: the settings of a recipe are its own; leave out "
            f"{' and '.join('--' + name.replace('_', '-') for name in own)}, or --recipe"
        )
    return Namespace(**run.DEFAULTS | vars(arguments), names=[arguments.recipe])


def _settings(arguments):
    """Gather the settings; end with an error if they contradict each other."""
    for name in run.OWN:
        if getattr(arguments, name):
            arguments.parser.error(f"argument --{name}: it goes with --recipe NAME")
    given = given_settings(arguments, TrainingSettings)
    try:
        if arguments.compare is None:
            return TrainingSettings(**given)
        from ..experiments.peer import COMPARABLE, check_comparable

        settings = TrainingSettings(**{**COMPARABLE, **given})
        check_comparable(settings)
        return settings
    except ValueError as error:
        arguments.parser.error(str(error))
