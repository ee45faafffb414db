"""What the commands that run an experiment have in common."""

from ..experiments.environment import usable_cores
from ..experiments.record import run_folder
from ..kernels import backend

INTERRUPTED = 130


def require_device(parser, device):
    """End with an error of the option --device, before anything else is done, if the device is not here."""
    try:
        backend(device)
    except (ImportError, OSError) as error:
        parser.error(f"argument --device: {error}")


def warn_of_threads(display, number, what="threads"):
    """Say so if more threads, or jobs, are wanted than processors can be used."""
    if number is not None and number > usable_cores():
        display.say(
            f"Warning: {number} {what} are more than the {usable_cores()} usable processors, which slows "
            "training down."
        )


def run_in_folder(experiment, out, display, run):
    """Run an experiment in a folder of its own, and say in the end where it is.

    Parameters
    ----------
    experiment : str
    out : str or None
        The folder that the user wants.
    display : Display
        With `finished(record, folder)`.
    run : callable
        run(folder) -> record.

    Returns
    -------
    int
        Exit code.
    """
    folder = run_folder(experiment, out)
    try:
        record = run(folder)
    except BaseException:
        display.say(f"\nThe record of what was done is in {folder}")
        raise
    display.finished(record, folder)
    return 0 if record["status"] == "completed" else INTERRUPTED
