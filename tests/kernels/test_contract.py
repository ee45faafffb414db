"""Every backend offers what the contract lists, and imports only what it may."""

import ast
import inspect
import os
import sys
from importlib import import_module
from pathlib import Path

import pytest

from fastmlp import kernels
from fastmlp.kernels import BACKENDS as ALL_BACKENDS
from fastmlp.kernels import backend
from fastmlp.kernels.contract import KERNELS, SLOTS, Activation, Loss, Optimizer

from ..conftest import TEST_DEVICE

FOLDER = Path(kernels.__file__).parent
#: CUDA is tested where it is asked for.
BACKENDS = [name for name in ALL_BACKENDS if name != "cuda" or os.environ[TEST_DEVICE] != "cpu"]
PAIRS = [(module, name) for module, names in KERNELS.items() for name in names]
MAY_IMPORT = {
    None: {"numpy"},
    "ref": {"numpy"},
    "cpu": {"numpy", "numba", "llvmlite"},
    "cuda": {"numpy"},
    "cuda/device.py": {"numpy", "numba", "numba_cuda", "cuda", "llvmlite"},  # the one import site
}

SHARED = ("contract", "rounding")  # what all backends read


def imports(path):
    """(dots, module) of every import of a file: dots 0 for absolute imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=[".".join(pair) for pair in PAIRS])
def test_backends_have_the_same_kernels(module, name):
    """Each name is a function with a docstring, and its signature is the reference's."""
    signatures = {}
    for each in BACKENDS:
        kernel = getattr(import_module(f"fastmlp.kernels.{each}.{module}"), name)
        signatures[each] = inspect.signature(kernel)
        assert kernel.__doc__
        assert kernel.__module__ == f"fastmlp.kernels.{each}.{module}"
    assert set(signatures.values()) == {signatures["ref"]}


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_shows_its_modules(name):
    chosen = backend(name)
    assert chosen.__name__ == f"fastmlp.kernels.{name}"
    for module in (*KERNELS, "engine"):
        assert getattr(chosen, module).__name__ == f"{chosen.__name__}.{module}"
    run = {each: inspect.signature(backend(each).engine.run) for each in BACKENDS}
    assert run[name] == run["ref"]


def test_an_unknown_backend():
    with pytest.raises(
        ValueError, match=r"device='gpu' is not available; choose one of 'cpu', 'cuda', 'ref'"
    ):
        backend("gpu")


def test_codes_have_kernels():
    """Every activation, loss and optimizer of the tables is a kernel, and every optimizer has its slots."""
    for activation in Activation:
        assert {f"{activation.name.lower()}_{way}" for way in ("forward", "backward")} <= set(
            KERNELS["activations"]
        )
    assert {loss.name.lower() for loss in Loss} <= set(KERNELS["losses"])
    assert {optimizer.name.lower() for optimizer in Optimizer} <= set(KERNELS["optimizers"])
    assert set(SLOTS) == set(Optimizer)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_imports(path):
    """Relative imports stay inside the kernels; a backend does not use another; `ref` needs only NumPy."""
    parts = path.relative_to(FOLDER).parts
    own = parts[0] if len(parts) > 1 else None
    site = MAY_IMPORT.get("/".join(parts), MAY_IMPORT.get(own, set()))
    allowed = (site if own is not None or path.stem in SHARED else set()) | sys.stdlib_module_names
    for dots, module in imports(path):
        if dots == 0:
            assert module.partition(".")[0] in allowed, module
        else:
            assert dots <= len(parts)
            if own is not None and dots == 2:
                assert module in SHARED
