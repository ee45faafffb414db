"""Options, result tables and machine tags of the benchmarks."""

import os
from importlib import metadata

import pytest

from fastmlp.experiments import environment

from .limits import copy_rate, fma_rate
from .machine import cores, pinned
from .tables import format_table

TABLES = pytest.StashKey[dict]()  # title -> rows

LEGENDS = {
    "Element-wise kernels, one core": """\
100 %: a copy between arrays that together have the kernel's footprint, in the same memory or cache.  Kernels
that mostly read, or work in place, move more; exponentials and losses are bound by arithmetic."""
}


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="one short round of every benchmark")


def pytest_configure(config):
    config.stash[TABLES] = {}
    config.option.benchmark_quiet = True  # the tables below take the place of pytest-benchmark's


@pytest.fixture(scope="session")
def quick(request):
    """Whether only to see that everything runs."""
    return request.config.getoption("quick")


@pytest.fixture
def row(request):
    """`row(table, **columns)` adds a row to a table that is printed at the end."""

    def add(table, **columns):
        request.config.stash[TABLES].setdefault(table, []).append(columns)

    return add


def pytest_terminal_summary(terminalreporter, config):
    note = " (one short round: not to be quoted)" if config.getoption("quick") else ""
    for title, rows in config.stash[TABLES].items():
        terminalreporter.section(title + note)
        terminalreporter.write_line(format_table(rows))
        if title in LEGENDS:
            terminalreporter.write_line(LEGENDS[title])


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
    machine_info["versions"] = environment.versions() | dict(peer_versions())


def peer_versions():
    """Yield name and version of the peers that are installed."""
    for name in ("torch", "jax"):
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"
