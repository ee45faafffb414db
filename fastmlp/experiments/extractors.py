"""What turns images into rows of features, and where its weights are found."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from ..datasets.places import VARIABLE, search_places
from ..features import AlexNetFeatures, PatchFeatures, SqueezeNetFeatures, fetch_alexnet
from ..kernels.cpu.cache import user_cache
from .cifar_features_settings import PRETRAINED

#: Where the weights of a pretrained network lie in a data folder.
WEIGHTS = {
    "squeezenet": ("squeezenet/squeezenet_v1.0.npz",),
    "alexnet": tuple(f"alexnet/*{suffix}" for suffix in (".safetensors", ".npz", ".pth")),
}
#: The package that reads files with a suffix; NumPy reads the others.
READERS = {".safetensors": "safetensors", ".pth": "torch"}
KINDS = {"squeezenet": SqueezeNetFeatures, "alexnet": AlexNetFeatures}
TITLES = {
    "squeezenet": "SqueezeNet v1.0 (ImageNet)",
    "alexnet": "AlexNet (ImageNet)",
    "patches": "learned patterns of patches",
    "pixels": "raw pixels",
}


def find_weights(extractor, data=None):
    """Find the weights of a pretrained network.

    Parameters
    ----------
    extractor : {'squeezenet', 'alexnet'}
    data : str or Path, optional
        A folder to look in first.

    Returns
    -------
    Path or None
        The first file that can be read here; if there is none, the first one.
    """
    places = [*(search_places(data) if data is not None else []), *search_places()]
    found = [
        path for _, folder in places for name in WEIGHTS[extractor] for path in sorted(folder.glob(name))
    ]
    return next(filter(readable, found), next(iter(found), None))


def readable(path):
    """Whether what reads the file is installed."""
    package = READERS.get(path.suffix)
    return package is None or find_spec(package) is not None


def choose_extractor(wanted=None, weights=None, data=None, download=False, progress=None):
    """Decide which extractor is used, with which weights.

    Parameters
    ----------
    wanted : str, optional
        One of `EXTRACTORS`; by default the first of squeezenet and alexnet whose weights can be read here, or
        else patches.
    weights : str or Path, optional
        File of the wanted network's weights; looked for by default.
    data : str or Path, optional
        A folder to look in first.
    download : bool, default=False
        Whether AlexNet's weights may be downloaded.
    progress : callable, optional
        Called with the bytes of a download so far and in all (or None).

    Returns
    -------
    extractor : str
    weights : Path or None

    Raises
    ------
    FileNotFoundError
        If the wanted network has no weights.
    ImportError
        If AlexNet's weights are to be downloaded, and PyTorch, which reads them, is not installed.
    OSError, ValueError
        If they cannot be downloaded.
    """
    if wanted is None:
        found = ((name, find_weights(name, data)) for name in PRETRAINED)
        return next(((name, path) for name, path in found if path and readable(path)), ("patches", None))
    if wanted not in PRETRAINED:
        return wanted, None
    if weights is not None:
        path = Path(weights).expanduser()
        if not path.is_file():
            what = f"{str(weights)!r} is a folder" if path.is_dir() else f"There is no file {str(weights)!r}"
            raise FileNotFoundError(f"{what}. Name a file with {wanted}'s weights.")
        return wanted, path
    path = find_weights(wanted, data)
    if path is None and wanted == "alexnet" and download:
        if find_spec("torch") is None:
            raise ImportError(
                "AlexNet's weights are published as a .pth file, which only PyTorch reads, and it is not "
                "installed here. Install it (python -m pip install torch), or convert the file on another "
                "machine, and name it with --weights."
            )
        path = fetch_alexnet(progress=progress)
    if path is None:
        raise FileNotFoundError(
            f"There are no weights of {wanted} in {_searched(data)}. {how_to_get(wanted)}"
        )
    return wanted, path


def how_to_get(extractor):
    """Say how a network's weights are got."""
    if extractor == "alexnet":
        return (
            "Name a file with --weights, or let --download fetch the published one (233 MB, to be read by "
            "PyTorch)."
        )
    return (
        "Put squeezenet_v1.0.npz, with the arrays of the Caffe model published at "
        "https://github.com/songhan/SqueezeNet-Deep-Compression, into the subfolder squeezenet of one of "
        "these, or name it with --weights."
    )


def why_patches(data=None):
    """Say why the default extractor needs no weights, and how to have another."""
    return (
        f"There are no weights of a network trained on ImageNet in {_searched(data)}: the features are "
        "patterns of patches learned from the training images (--extractor patches). "
        f"For SqueezeNet: {_lower(how_to_get('squeezenet'))} "
        f"For AlexNet: --extractor alexnet; {_lower(how_to_get('alexnet'))}"
    )


def make_extractor(settings, n_threads, progress):
    """Make the unfitted transformer, which keeps features in the user's cache folder.

    Parameters
    ----------
    settings : CifarFeaturesSettings
        With the extractor's name, its weights, the number of patterns, the seed and the device.
    n_threads : int
    progress : callable
        Called with the images done so far and in all; never if the features are in the cache.

    Returns
    -------
    transformer
        From images of uint8, shape (n_images, height, width, channels), to rows of float32.
    """
    if settings.extractor == "pixels":
        return FunctionTransformer(flat_pixels)
    options = {"memory": str(features_folder()), "verbose": progress}
    if settings.extractor == "patches":
        return PatchFeatures(settings.patterns, random_state=settings.seed, n_jobs=n_threads, **options)
    kind = KINDS[settings.extractor]
    return kind(settings.weights, n_threads=n_threads, device=settings.device, **options)


def without_cache(extractor):
    """Return the fitted extractor fit for a file: it neither looks for features nor reports progress."""
    if "memory" in extractor.get_params():
        extractor.set_params(memory=None, verbose=False)
    return extractor


def features_folder():
    """Return the folder that keeps features from one run to the next."""
    return user_cache() / "features"


def flat_pixels(images):
    """Return images as rows of float32 from 0 to 1."""
    return np.multiply(images.reshape(len(images), -1), 1 / 255, dtype=np.float32)


def _searched(data):
    """Name the folders in which weights are looked for."""
    folders = dict.fromkeys(str(folder) for _, folder in [*search_places(data), *search_places()])
    unset = "" if any(name == VARIABLE for name, _ in search_places()) else f" ({VARIABLE} is not set)"
    return " or ".join(map(repr, folders)) + unset


def _lower(sentence):
    """Return a sentence as part of another one."""
    return sentence[0].lower() + sentence[1:]
