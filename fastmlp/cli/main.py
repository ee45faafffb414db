"""From the command line's words to an exit code."""

import argparse
import sys

import fastmlp

from . import info, mnist

COMMANDS = (mnist, info)
FAILED, INTERRUPTED = 1, 130  # 2, argparse's own, is for wrong options

DESCRIPTION = "Fast multilayer perceptrons on the CPU, behind scikit-learn's interface."
EPILOG = (
    "'%(prog)s COMMAND --help' explains a command. "
    "Exit codes: 0 done, 1 failed, 2 wrong options, 130 interrupted by Ctrl-C."
)


def main(argv=None):
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        By default the process's own arguments.

    Returns
    -------
    int
        Exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Unicode must not end a run
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError, ImportError, MemoryError) as error:
        if arguments.traceback:
            raise
        print(f"fastmlp: error: {str(error) or type(error).__name__}", file=sys.stderr)
        return FAILED


def _parser():
    parser = argparse.ArgumentParser("fastmlp", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"fastmlp {fastmlp.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        command = module.add_parser(commands)
        command.add_argument("--traceback", action="store_true", help="show where in the code an error arose")
    return parser
