"""Settings of all tests."""

import os

import numba

# OpenMP's threads spin while they wait for each other: with anything else on the same processors, k-means on
# some small images takes a second instead of milliseconds.  Read once, when scikit-learn is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_addoption(parser):
    """Add the option that takes the tests of the CUDA backend to a GPU."""
    parser.addoption("--device", choices=["cpu", "cuda"], default="cpu", help="cuda: not simulated, on a GPU")


def pytest_configure(config):
    """Simulate CUDA, unless there is to be a GPU."""
    if config.getoption("--device") == "cpu":
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
        numba.config.reload_config()  # folders' own settings have imported it
