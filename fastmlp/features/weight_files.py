"""Weights of pretrained networks, read from files without letting these run code."""

import hashlib
import pickle
import re
import warnings
import zipfile
from pathlib import Path

import numpy as np

#: Number types of safetensors files and NumPy's of the same bytes, which has no bfloat16.
SAFETENSORS_TYPES = {"BF16": "<u2", "F16": "<f2", "F32": "<f4", "F64": "<f8"} | {
    f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)
}
SAFE_TORCH = (2, 6)  # in earlier versions, weights_only could be got round (CVE-2025-32434)
FEW = 4  # names listed in an error; more are counted


def read_weights(path):
    """Read named arrays from a file, by its suffix.

    `.npz` files need NumPy alone, `.safetensors` files the package safetensors, which the extra `features`
    installs, and `.pth` and `.pt` files (state dicts, also those under "state_dict" in a checkpoint) PyTorch.
    On a machine with PyTorch and safetensors, three lines convert such a file once and for all::

        import torch, safetensors.torch
        state = torch.load("alexnet-owt-7be5be79.pth", weights_only=True)
        safetensors.torch.save_file(state, "alexnet.safetensors")

    Nothing that a file holds is executed.  The checksums inside `.npz` and zipped `.pth` files are checked;
    `.safetensors` files have none.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of str to ndarray
        Shapes and axes as in the file, C-contiguous; floating point of any width becomes float32, integers
        stay.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If the package that reads it is not installed, or is a PyTorch before 2.6.
    ValueError
        If the suffix is another, or the file is damaged, of another format, or holds anything but numbers, or
        numbers that are not finite in float32.
    """
    path = Path(path).expanduser()
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise ValueError(
            f"The file {str(path)!r} has the suffix {path.suffix!r}; weights are read from files with one of "
            f"{', '.join(READERS)}. Name such a file."
        )
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(f"The file {str(path)!r} {what}. Name the file that holds the weights.")
    with path.open("rb") as file:  # one that may not be read says so here; what fails later is its content
        if not file.read(1):
            raise _unusable(path, "is empty")
    try:
        entries = read(path)
    except ImportError:
        raise
    except Exception as error:  # damaged files raise errors of almost any type
        raise _unusable(path, f"cannot be read as {path.suffix} file: {_reason(error)}") from error
    if not entries:
        raise _unusable(path, "holds no arrays")
    return {name: _numbers(path, name, value) for name, value in entries.items()}


def check_architecture(weights, shapes, architecture, path):
    """Make sure that arrays are the weights of an architecture.

    Names beyond those expected must not have weights of layers, which would be another architecture's:
    tolerated are integers, such as `num_batches_tracked`, and single numbers.

    Parameters
    ----------
    weights : dict of str to ndarray
        From `read_weights`.
    shapes : dict of str to tuple of int
        What the architecture has.
    architecture : str
        Its name, for the error, such as "AlexNet".
    path : str, Path or None
        Of the file, for the error; None if the argument `weights` holds the arrays.

    Returns
    -------
    dict of str to ndarray
        The arrays that the architecture has, in the order of `shapes`.

    Raises
    ------
    ValueError
        If any is missing, has another shape or is of integers, or if there are weights of other layers.
    """
    expected = {name: str(tuple(map(int, shape))) for name, shape in shapes.items()}
    found = {name: _described(array) for name, array in weights.items()}
    findings = {
        "missing": [name for name in expected if name not in found],
        "different": [
            f"{name} {found[name]} instead of {what}"
            for name, what in expected.items()
            if found.get(name, what) != what
        ],
        "unknown": [
            f"{name} {found[name]}"
            for name, array in weights.items()
            if name not in expected and array.ndim > 0 and array.dtype.kind == "f"
        ],
    }
    if any(findings.values()):
        differences = "; ".join(f"{what}: {_few(names)}" for what, names in findings.items() if names)
        raise ValueError(
            f"{'weights' if path is None else f'The file {str(path)!r}'} does not hold weights of "
            f"{architecture}; {differences}. "
            f"{'Give' if path is None else 'Name a file with'} the weights of {architecture}."
        )
    return {name: weights[name] for name in shapes}


def weights_digest(weights):
    """Return a hash of names, dtypes, shapes and numbers, the same on every machine and in any order.

    Parameters
    ----------
    weights : dict of str to ndarray

    Returns
    -------
    str
        SHA-256 in hexadecimal.
    """
    digest = hashlib.sha256()  # joblib.hash would depend on strides, and on how its version pickles a dtype
    for name in sorted(weights):
        array = weights[name]
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        digest.update(repr((name, little.dtype.str, little.shape)).encode())
        digest.update(little.data)
    return digest.hexdigest()


def _read_npz(path):
    _check_archive(path)
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive.items())


def _read_safetensors(path):
    try:
        from safetensors import deserialize  # its functions for NumPy refuse bfloat16
    except ImportError as error:
        raise ImportError(
            f"Reading {str(path)!r} needs the package safetensors, not installed here. Install it with: "
            'python -m pip install "fastmlp[features]"'
        ) from error
    return {name: _from_safetensors(name, **entry) for name, entry in deserialize(path.read_bytes())}


def _from_safetensors(name, dtype, shape, data):
    """Return an array of the bytes that a file has under a name."""
    if dtype not in SAFETENSORS_TYPES:
        raise ValueError(f"{name!r} in it is of type {dtype}")
    array = np.frombuffer(data, SAFETENSORS_TYPES[dtype]).reshape(shape)
    if dtype == "BF16":  # the upper half of a float32
        array = (array.astype("<u4") << 16).view("<f4")
    return array


def _read_torch(path):
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"Reading {str(path)!r} needs PyTorch, not installed here. Install it (python -m pip install "
            "torch), or convert the file on a machine that has it, and name the converted file: "
            "import torch, safetensors.torch; "
            f"safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), "
            f"{path.with_suffix('.safetensors').name!r})"
        ) from error
    if torch.__version__ < SAFE_TORCH:
        raise ImportError(
            f"PyTorch {torch.__version__} can be made to run code by a file that it reads (CVE-2025-32434). "
            'Update it: python -m pip install "torch>=2.6"'
        )
    if zipfile.is_zipfile(path):  # files of PyTorch before 1.6 are not, and have no checksums
        _check_archive(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged files, which fail afterwards
        content = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise ValueError(f"it holds an object of type {type(content).__name__}, not a state dict")
    return {
        name: _from_torch(value) if isinstance(value, torch.Tensor) else value
        for name, value in content.items()
    }


def _from_torch(tensor):
    """Return a tensor as array; floating point as float32, as NumPy has fewer such types."""
    return (tensor.float() if tensor.is_floating_point() else tensor).detach().numpy()


#: Suffix -> function that reads a file with it: path -> {name: array, or anything that is then refused}.
READERS = {".npz": _read_npz, ".safetensors": _read_safetensors, ".pth": _read_torch, ".pt": _read_torch}


def _check_archive(path):
    """Compare all files in a zip archive with their checksums; PyTorch does not, NumPy not always."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"{damaged} in it differs from its checksum")


def _numbers(path, name, value):
    """Return an array of finite float32 or of integers; refuse anything else by its name."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or not isinstance(name, str):
        kind = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else f"type {type(value).__name__}"
        raise _unusable(path, f"holds {name!r} of {kind}, where an array of numbers with a name is expected")
    if value.dtype.kind in "iu":
        return np.asarray(value, value.dtype.newbyteorder("="), order="C")
    with np.errstate(all="ignore"):  # float64 can overflow to the infinity that is looked for
        array = np.asarray(value, np.float32, order="C")
    if not np.isfinite(array).all():
        raise _unusable(path, f"holds NaN, infinity or numbers beyond float32 in {name!r}")
    return array


def _described(array):
    """Say an array's shape, and its dtype if it is not floating point."""
    return str(array.shape) if array.dtype.kind == "f" else f"{array.dtype} {array.shape}"


def _few(names):
    """List the first names and count the others."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _reason(error):
    """Say what went wrong: the first sentence, since PyTorch goes on and advises to run the file's code."""
    if isinstance(error, pickle.UnpicklingError):
        return (
            "it is damaged, or holds Python objects besides tensors (a whole model, say, instead of its "
            "state_dict()), which could run code"
        )
    return re.split(r"(?<=\w)\. |\n", str(error).strip())[0].rstrip(". ") or type(error).__name__


def _unusable(path, what):
    """Return the error for a file of which `what` is said."""
    return ValueError(f"The file {str(path)!r} {what}. Get it again, or name another file.")
