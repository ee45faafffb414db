"""Options, result tables and machine tags of the benchmarks."""

import os
from importlib import metadata

import pytest

from fastmlp.experiments import environment

from . import gpu
from .limits import copy_rate, fma_rate
from .machine import cores, pinned
from .tables import as_text, tables

FIGURES = pytest.StashKey[list]()

LIBRARIES = ("torch", "jax", "onnxruntime")


def pytest_addoption(parser):
    group = parser.getgroup("fastmlp")
    group.addoption("--quick", action="store_true", help="one short round of every benchmark")
    group.addoption("--grid", action="store_true", help="all networks and batches, not only MNIST's")
    group.addoption(
        "--most-rounds", type=int, metavar="N", help="of any benchmark: fewer than it has by itself"
    )


def pytest_configure(config):
    config.stash[FIGURES] = []
    config.option.benchmark_quiet = True  # the tables below take the place of pytest-benchmark's
    config.addinivalue_line("markers", "short: part of the short form, `python cli.py bench`")


@pytest.fixture(scope="session")
def quick(request):
    """Whether only to see that everything runs."""
    return request.config.getoption("quick")


@pytest.fixture(scope="session")
def at_most(request, quick):
    """`at_most(rounds)` limits the rounds of a benchmark to what the options allow."""
    most = request.config.getoption("most_rounds")
    return lambda rounds: 1 if quick else min(rounds, most or rounds)


@pytest.fixture
def result(request, benchmark):
    """`result(table, **figures)` puts figures into a table printed at the end, and into the result file."""

    def add(table, **figures):
        figures = {"table": table, **figures}
        benchmark.extra_info.update(figures)
        request.config.stash[FIGURES].append(figures)

    return add


def pytest_terminal_summary(terminalreporter, config):
    note = " (one short round: not to be quoted)" if config.getoption("quick") else ""
    for title, rows, legend in tables(config.stash[FIGURES]):
        terminalreporter.section(title + note)
        terminalreporter.write_line(as_text(rows))
        if legend:
            terminalreporter.write_line(legend)


def pytest_benchmark_update_machine_info(machine_info):
    """Tag a result file with the machine as the kernels see it; the date is there already."""
    machine_info.pop("node", None)  # the machine's name says nothing
    with pinned(1):
        machine_info["limits"] = {
            "fma_float32_gflops": fma_rate("float32", rounds=100) / 1e9,
            "fma_float64_gflops": fma_rate("float64", rounds=100) / 1e9,
            "copy_gbytes_per_second": copy_rate(rounds=5) / 1e9,
        }
    machine_info["fastmlp"] = environment.machine() | {"physical_cores": len(cores())}
    if hasattr(os, "getloadavg"):
        machine_info["load_average"] = os.getloadavg()  # more than one's own threads: others were at work
    machine_info["versions"] = environment.versions() | dict(_library_versions())
    if found := gpu.describe():
        machine_info["gpu"] = found
        machine_info["versions"] |= gpu.packages()


def _library_versions():
    """Yield name and version of the peers, as far as they are installed."""
    for name in LIBRARIES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"


def pytest_benchmark_update_json(config, output_json):
    """Add what has no figures, and how the run was made."""
    output_json["missing"] = [figures for figures in config.stash[FIGURES] if "missing" in figures]
    output_json["quick"] = config.getoption("quick")
    output_json["most_rounds"] = config.getoption("most_rounds")
