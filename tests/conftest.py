"""Settings of all tests."""

import os

import numba

# OpenMP's threads spin while they wait for each other: with anything else on the same processors, k-means on
# some small images takes a second instead of milliseconds.  Read once, when scikit-learn is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

TEST_DEVICE = "FASTMLP_TEST_DEVICE"  # tells test modules the option --device


def pytest_addoption(parser):
    """Add the option that the tests of the CUDA backend need."""
    parser.addoption(
        "--device",
        choices=["cpu", "simulated", "cuda"],
        default="cpu",
        help="where the tests of the CUDA backend run: not at all, as threads of Python, on a GPU",
    )


def pytest_configure(config):
    """Simulate CUDA, if it is to be."""
    os.environ[TEST_DEVICE] = config.getoption("--device")
    if config.getoption("--device") == "simulated":
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
        numba.config.reload_config()  # folders' own settings have imported it


def pytest_ignore_collect(collection_path, config):
    """Leave the tests of the CUDA backend out, unless they are asked for."""
    return True if collection_path.name == "test_cuda.py" and config.getoption("--device") == "cpu" else None
