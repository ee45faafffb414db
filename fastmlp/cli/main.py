"""From the command line's words to an exit code."""

import argparse
import os
import sys

import fastmlp

from . import bench, cifar_features, compare, info, list_recipes, mnist, report, run, warmup

COMMANDS = (mnist, cifar_features, list_recipes, run, report, compare, bench, warmup, info)
FAILED, WRONG_OPTIONS, INTERRUPTED = 1, 2, 130

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
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        hint = "" if unknown[0].startswith("-") else arguments.stray_value
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint and f'; {hint}'}")
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return WRONG_OPTIONS
    try:
        code = arguments.command(arguments)
        sys.stdout.flush()  # a closed pipe must show here, not when Python ends
        return code
    except BrokenPipeError:  # the reader, such as `head`, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError, ImportError, MemoryError) as error:
        if arguments.traceback:
            raise
        print(f"fastmlp: error: {str(error) or type(error).__name__}", file=sys.stderr)
        return FAILED


class Parser(argparse.ArgumentParser):
    """Ends with the error alone, which the usage of so many options would bury."""

    def error(self, message):
        """Print the error and where to find help; exit."""
        self.exit(WRONG_OPTIONS, f"{self.prog}: error: {message}\nsee `{self.prog} --help`\n")


def _parser():
    parser = Parser("fastmlp", description=DESCRIPTION, epilog=EPILOG)
    parser.set_defaults(command=None, parser=parser, stray_value="")
    parser.add_argument("--version", action="version", version=f"fastmlp {fastmlp.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in COMMANDS:
        command = module.add_parser(commands)
        command.set_defaults(parser=command)
        command.add_argument("--traceback", action="store_true", help="show where in the code an error arose")
    return parser
