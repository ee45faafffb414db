"""Fast multilayer perceptrons on the CPU, behind scikit-learn's interface."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .autoencoder import Autoencoder
    from .classifier import MLPClassifier
    from .regressor import MLPRegressor

__version__ = "0.1.0"

_ESTIMATORS = {"Autoencoder": "autoencoder", "MLPClassifier": "classifier", "MLPRegressor": "regressor"}

__all__ = ["Autoencoder", "MLPClassifier", "MLPRegressor", "__version__"]


def __getattr__(name):
    """Import the estimators on first use, so that `import fastmlp` stays cheap."""
    if name in _ESTIMATORS:
        return getattr(import_module(f".{_ESTIMATORS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    """Names of the module, the estimators included."""
    return sorted({*globals(), *__all__})
