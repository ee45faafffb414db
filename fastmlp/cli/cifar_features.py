"""The command `cifar-features`."""

from argparse import RawDescriptionHelpFormatter
from dataclasses import replace

from ..experiments.cifar_features_settings import (
    BINARY,
    EXTRACTORS,
    LEAST_IMAGES,
    PRETRAINED,
    CifarFeaturesSettings,
)
from ..kernels import BACKENDS
from .extras import require_extras
from .options import add_settings, given_settings, one_of, whole, widths

NAME = "cifar-features"

DESCRIPTION = """\
Extract features of CIFAR-10's images and train a network on them twice, with
the settings of a coursework report (R1: AlexNet's features of airplanes and
automobiles, Adam at a rate of 0.01) and with sound ones; leave model, plots and
a record in a new folder.

CIFAR-10 is looked for in the folder --data, else in the folder that the
variable FASTMLP_DATA names, else in the user's cache; in each,
cifar-10-batches-bin/, cifar-10-batches-py/ or the archive of one of them may lie
in cifar10/ or in the folder itself. If there is none, it is fetched from
openml.org (200 MB); the archives are at
https://www.cs.toronto.edu/~kriz/cifar.html. Weights of pretrained extractors
are looked for in the same folders: squeezenet/squeezenet_v1.0.npz, and alexnet/
with a .safetensors, .npz or .pth file. 'fastmlp info' names the folders, and
what was found in them.

extractors:
  squeezenet   SqueezeNet v1.0 trained on ImageNet, its scores of 1,000 classes
  alexnet      AlexNet trained on ImageNet, likewise (fc8): that of the report
  patches      patterns of patches learned from the training images; no weights
  pixels       the raw pixels / 255, for contrast"""

EPILOG = """\
examples:
  fastmlp cifar-features
  fastmlp cifar-features --extractor patches --patterns 800
  fastmlp cifar-features --extractor alexnet --weights alexnet.safetensors
  fastmlp cifar-features --classes cat dog horse
  fastmlp cifar-features --classes all --limit 500          a quick look

Of 12,000 images, squeezenet takes some minutes and patches half a minute, the
rest a minute. Features are kept in the user's cache folder: a second run has
them at once.
Ctrl-C ends training after the current epoch and keeps what was trained."""

#: Settings as options, see `add_settings`.
FEATURES = {
    "extractor": (
        one_of(EXTRACTORS),
        "NAME",
        f"one of {', '.join(EXTRACTORS)}",
        "squeezenet or alexnet if weights are found, else patches",
    ),
    "weights": (str, "FILE", "weights of squeezenet or alexnet", "looked for, see above"),
    "patterns": (whole(1), "N", "patterns that 'patches' learns; there are four features for each"),
}
DATA = {
    "limit": (
        whole(LEAST_IMAGES),
        "N",
        f"at most N training and N test images of every class, N >= {LEAST_IMAGES}, for a quick look",
        "all",
    ),
}
TRAINING = {
    "layers": (widths, "N[,...]", "widths of the hidden layers, separated by commas, or 'none'"),
    "epochs": (
        whole(1),
        "N",
        "how often the setting as reported sees every image; the sound one stops earlier",
    ),
    "batch_size": (whole(1), "N", "images per step"),
    "seed": (
        whole(0, 2**32 - 1),
        "N",
        "of patterns, pictures, validation split, weights, batches and dropout",
    ),
}
MACHINE = {
    "threads": (whole(1), "N", "threads; the results are the same at any number", "all"),
    "device": (
        one_of(BACKENDS),
        "NAME",
        "cpu: compiled kernels; cuda: an NVIDIA GPU; ref: plain NumPy, slow",
    ),
}


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        NAME,
        help="features of CIFAR-10's images, and a network trained on them",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    files = parser.add_argument_group("files")
    files.add_argument("--data", metavar="DIR", help="folder with CIFAR-10's files (default: see above)")
    files.add_argument(
        "--out", metavar="DIR", help=f"folder for this run (default: a new one, runs/{NAME}-DATE-TIME)"
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "--classes",
        nargs="+",
        default=BINARY,
        metavar="NAME",
        help="at least two of airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck, or 'all' "
        f"(default: {' '.join(BINARY)})",
    )
    features = parser.add_argument_group("features")
    defaults = CifarFeaturesSettings()
    add_settings(data, DATA, defaults)
    add_settings(features, FEATURES, defaults)
    features.add_argument(
        "--download",
        action="store_true",
        help="let alexnet fetch its published weights (233 MB; reading them needs PyTorch) if there are none",
    )
    for title, options in (("training", TRAINING), ("machine", MACHINE)):
        add_settings(parser.add_argument_group(title), options, defaults)
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    settings = _settings(arguments)

    # imported here, so that --help and wrong options answer at once
    from ..datasets import load_cifar10
    from ..experiments import cifar_features
    from ..experiments.extractors import choose_extractor, why_patches
    from .cifar_features_display import CifarFeaturesDisplay
    from .running import require_device, run_in_folder, warn_of_threads

    require_device(arguments.parser, settings.device)
    with CifarFeaturesDisplay() as display:
        warn_of_threads(display, settings.threads)
        extractor, weights = choose_extractor(
            settings.extractor, settings.weights, arguments.data, arguments.download, display.downloading
        )
        display.stop_progress()
        data = load_cifar10(arguments.data, classes=settings.classes, report=display.say)
        if settings.extractor is None and extractor == "patches":
            display.notice(why_patches(arguments.data))
        settings = replace(settings, extractor=extractor, weights=weights and str(weights))
        if settings.limit is not None:
            data = cifar_features.limited(data, settings.limit)

        def run(folder):
            return cifar_features.run(settings, data, folder, observer=display)

        return run_in_folder(NAME, arguments.out, display, run)


def _settings(arguments):
    """Gather the settings; end with an error if they contradict each other."""
    given = given_settings(arguments, CifarFeaturesSettings)
    extractor = given.get("extractor")
    if "weights" in given and extractor not in PRETRAINED:
        what = f"no weights are read by {extractor!r}" if extractor else "it needs an extractor"
        arguments.parser.error(
            f"argument --weights: {what}; add --extractor {' or --extractor '.join(PRETRAINED)}"
        )
    if arguments.download and extractor != "alexnet":
        arguments.parser.error(
            "argument --download: only alexnet's weights can be fetched; add --extractor alexnet"
        )
    return CifarFeaturesSettings(**given | {"classes": _classes(arguments)})


def _classes(arguments):
    """Return the names of the chosen classes in CIFAR-10's order."""
    from ..datasets.cifar10_files import CLASSES

    names = [name for word in arguments.classes for name in word.split(",")]
    if names == ["all"]:
        return CLASSES
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        arguments.parser.error(
            f"argument --classes: {unknown[0]!r} is no class of CIFAR-10; choose from {', '.join(CLASSES)}, "
            "or all"
        )
    if len(set(names)) < 2:
        arguments.parser.error(
            f"argument --classes: {names[0]} alone is one class; name two or more to tell apart"
        )
    return tuple(name for name in CLASSES if name in names)
