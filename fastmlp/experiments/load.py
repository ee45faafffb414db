"""Whether other work disturbed the times of a run."""

from statistics import median

LEAST_SECONDS = 1.0  # of a training that is long enough to judge by
LEAST_SHARE = 0.9  # of a core
UNEVEN = 1.5  # slowest epoch by median epoch


def signs_of_load(record):
    """Say how a comparison shows that the machine had other work to do.

    Parameters
    ----------
    record : dict
        With the durations of the run and a comparison.

    Returns
    -------
    str
        Such as 'fastmlp had 55 % of a core'; empty if it does not show.
    """
    durations, theirs = record["durations"], record["comparison"]
    library, later = theirs["library"], theirs["epoch_seconds"][1:]  # the first also starts threads
    uneven = max(later) / median(later) if later else 1.0
    signs = [
        _lack("fastmlp", durations["train"], durations["train_processor"]),
        _lack(library, theirs["train_seconds"], theirs["train_processor_seconds"]),
        uneven > UNEVEN and f"{library}'s slowest epoch took {uneven:.1f} times as long as the median one",
    ]
    return "; ".join(filter(None, signs))


def _lack(library, seconds, processor_seconds):
    """Say what share of a core a training had, if it was clearly less than one.

    Training always has work for one thread, which gets a whole core unless others take of it.  More than one
    core says nothing: several threads, or those of BLAS, may still have got less than they could use.
    """
    if seconds < LEAST_SECONDS or processor_seconds >= LEAST_SHARE * seconds:
        return None
    return f"{library} had {100 * processor_seconds / seconds:.0f} % of a core"
