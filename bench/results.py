"""Result files: what pytest-benchmark writes with --benchmark-json, and `bench.record` keeps."""

import json
from pathlib import Path

#: What one core can do, as a result file has it; see `bench.limits`.
LIMITS = ("fma_float32_gflops", "fma_float64_gflops", "copy_gbytes_per_second")


class ResultError(ValueError):
    """A file cannot be used; the message names it and says why."""


def read(path):
    """Read a result file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        As pytest-benchmark writes it.

    Raises
    ------
    ResultError
        If it cannot be read, is no JSON, or was not written by these benchmarks.
    """
    try:
        result = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ResultError(f"{path} is not complete JSON ({error}); run the benchmarks again.") from error
    try:
        limits = result["machine_info"]["limits"]
        complete = all(limits[name] > 0 for name in LIMITS)
        complete = complete and all("table" in entry["extra_info"] for entry in result["benchmarks"])
    except (KeyError, TypeError):
        complete = False
    if not complete:
        raise ResultError(
            f"{path} is JSON, but not a result of these benchmarks; "
            "make one with: python -m pytest bench --benchmark-json=FILE"
        )
    return result


def check_quotable(result):
    """Raise a ResultError where one short round was all that was measured."""
    if result.get("quick"):
        raise ResultError("a run with --quick has no figures to be quoted or compared; run it without.")


def figures(result):
    """Return the figures of a result file, those that are missing included, list of dict."""
    return [entry["extra_info"] for entry in result["benchmarks"]] + result.get("missing", [])


def machine(result):
    """Return what a result file says of its machine, in one line."""
    info = result["machine_info"]
    limits, versions = info["limits"], info.get("versions", {})
    gpu = "{name} (driver {driver_version}), ".format(**info["gpu"]) if "gpu" in info else ""
    return (
        f"{gpu}{info.get('fastmlp', {}).get('cpu', 'unknown processor')}, "
        f"FMA {limits['fma_float32_gflops']:.0f} GFLOP/s, copy {limits['copy_gbytes_per_second']:.0f} GB/s, "
        f"fastmlp {versions.get('fastmlp', '?')}, {result.get('datetime', 'undated')[:10]}"
    )
