"""Who may import whom: cli -> experiments -> estimators -> training -> network -> plan -> kernels."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Layers from the bottom up; a module imports only from its own layer and from below.
LAYERS = [
    {"files", "initializers", "layers", "limits"},
    {"plan", "workspace", "rows"},
    {"forward", "network", "summary"},
    {"callbacks", "optimizers", "training", "lbfgs"},
    {
        "_architecture",
        "_base",
        "_constraints",
        "_history",
        "_outputs",
        "_parameters",
        "_solvers",
        "_validation",
        "autoencoder",
        "classifier",
        "predictor",
        "regressor",
    },
    {"datasets", "features", "plots"},
    {"experiments"},
    {"recipes", "report"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def imported(path, package):
    """Absolute names of all modules that a file imports; relative ones resolved."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def sources(folder):
    """Files of a folder with the package that they belong to."""
    package = ["fastmlp"] if folder == "fastmlp" else ["fastmlp", "kernels"]
    for path in sorted((ROOT / folder).rglob("*.py")):
        inside = list(path.relative_to(ROOT / folder).parts)
        yield pytest.param(path, package + inside[:-1], id="/".join([folder, *inside]))


def test_every_module_has_a_layer():
    names = {path.stem for path in (ROOT / "fastmlp").glob("*.py")}
    names |= {path.parent.name for path in (ROOT / "fastmlp").glob("*/__init__.py")}
    assert names - {"__init__"} == set(RANK) & names
    assert len(names) > 15


@pytest.mark.parametrize(("path", "package"), list(sources("fastmlp")))
def test_a_module_imports_only_from_below(path, package):
    own = package[1] if len(package) > 1 else path.stem
    if own == "__init__":
        return  # the package's own lazy exports
    for name in imported(path, package):
        parts = name.split(".")
        if parts[0] == "fastmlp" and len(parts) > 1 and parts[1] in RANK:
            assert RANK[parts[1]] <= RANK[own], f"{path.name} imports {name}"


@pytest.mark.parametrize(("path", "package"), list(sources("kernels")))
def test_kernels_import_nothing_above_them(path, package):
    for name in imported(path, package):
        if name.startswith("fastmlp"):
            assert name.startswith("fastmlp.kernels"), f"{path.name} imports {name}"
            if "ref" in package:
                assert name.split(".")[2] in ("ref", "contract", "rounding"), f"{path.name} imports {name}"
        elif "ref" in package:
            top = name.split(".")[0]
            assert top == "numpy" or top in sys.stdlib_module_names, f"{path.name} imports {name}"


@pytest.mark.parametrize("module", ["numba", "sklearn", "matplotlib", "rich", "scipy"])
def test_importing_the_package_imports_nothing_heavy(module):
    code = f"import sys, fastmlp; raise SystemExit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["matplotlib", "rich", "pandas"])
def test_the_estimators_do_not_need_the_extras(module):
    code = f"import sys; sys.modules[{module!r}] = None; import fastmlp; fastmlp.MLPClassifier()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


IMPORTED_BY_TWO = """
import sys, threading
from fastmlp import kernels

begun = threading.Event()

class Slow:
    @staticmethod
    def find_spec(name, *more):
        if name == "fastmlp.kernels.ref.engine":
            begun.set()
            threading.Event().wait(0.3)

sys.meta_path.insert(0, Slow)
first = threading.Thread(target=kernels.backend, args=("ref",))
first.start()
begun.wait()
kernels.backend("ref").engine.run
"""


def test_a_backend_that_another_thread_imports_is_whole():
    subprocess.run([sys.executable, "-c", IMPORTED_BY_TWO], check=True)
