"""The command `bench`."""

import subprocess
import sys
from argparse import RawDescriptionHelpFormatter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from .extras import ROOT, require_extras

DESCRIPTION = """\
Measure this machine for about a minute: matrix products as a share of what a
core can do, an epoch of training at MNIST's shape and a prediction, in turn
with those of the other libraries that are installed."""

EPILOG = """\
All benchmarks, also one by one, from the folder of cli.py:
  python -m pytest bench                              every kernel, start, memory
  python -m pytest bench/test_training.py --grid      33 networks and batches

The other libraries: python -m pip install -e ".[bench]" """

ROUNDS = "3"
NEEDED = {"pytest": "pytest", "pytest_benchmark": "pytest-benchmark"}
RESULTS = "results.json"
INTERRUPTED = 2  # pytest's exit code


def add_parser(commands):
    """Add the command's parser and return it."""
    parser = commands.add_parser(
        "bench",
        help="measure kernels, training and prediction beside other libraries",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--report", metavar="DIR", help=f"also write report.md, report.png and {RESULTS} to this folder"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round of everything, to see that it runs"
    )
    parser.set_defaults(command=command)
    return parser


def command(arguments):
    """Run the command; return the exit code."""
    require_extras()
    _require_benchmarks()
    words = ["-m", "short", "--most-rounds", ROUNDS, *(["--quick"] if arguments.quick else [])]
    if arguments.report is None:
        return _measure(words)

    from ..files import writable_folder, write_bytes

    folder = writable_folder(arguments.report)
    with TemporaryDirectory() as scratch:
        results = Path(scratch) / RESULTS
        code = _measure([*words, f"--benchmark-json={results}"])
        if not results.is_file() or results.stat().st_size == 0:  # nothing was measured; pytest said why
            return code
        write_bytes(folder / RESULTS, results.read_bytes())
    return _python("bench.report", folder / RESULTS, "--out", folder.absolute()) or code


def _require_benchmarks():
    """Make sure that the benchmarks are there, and what runs them."""
    if not (ROOT / "bench" / "conftest.py").is_file():
        raise FileNotFoundError(
            "The benchmarks are not part of the installed package; run `python cli.py bench` in its clone."
        )
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if missing:
        raise ImportError(
            f"The benchmarks need {' and '.join(missing)}, not installed here. Install them in {ROOT} with: "
            'python -m pip install -e ".[dev]"'
        )


def _measure(words):
    """Run the benchmarks with this interpreter; return an exit code of ours."""
    code = _python("pytest", "bench", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", *words)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return 1 if code else 0


def _python(*words):
    """Run a module in the clone; return its exit code."""
    return subprocess.run([sys.executable, "-m", *map(str, words)], cwd=ROOT, check=False).returncode
