"""Runs a plan on the GPU: a step is a list of launches that read from a clock which batch it is."""

from ..contract import Mode
from .memory import even_parts, residence_of, resident, rows_within
from .program import Program

__all__ = ["needs_gradient", "resident", "rows_at_once", "run"]

WORK = 1 << 30  # bytes of work memory


def rows_at_once(one, most, batch_size):
    """Rows of the parts in which a batch is worked on."""
    return even_parts(batch_size, rows_within(one, WORK))


def needs_gradient(mode, plan, update, batch_size):
    """Whether the whole gradient is wanted on the host."""
    return mode == Mode.GRADIENT


def run(mode, plan, state, rows, targets, order, update, batch_size, n_threads=1):
    """Visit the rows in `order`, in batches, and do what `mode` says; see the reference's `run`.

    Of resident rows the program is kept ready for the next run like this one.
    """
    if len(order) == 0:
        state.grads[:] = 0
        return 0.0
    home = residence_of(rows)
    arguments = mode, plan, state, rows, targets, len(order), update, batch_size
    if home is None:
        program = Program(*arguments)
        try:
            return program.run(state, order, update)
        finally:
            program.close()
    seen = (plan.table, rows, targets)
    key = mode, len(order), update._replace(rate=0.0, step=0), batch_size, *map(id, seen)
    if key not in home.programs:
        for array in (state.params, state.slot_0, state.slot_1):
            home.pin(array)
        home.keep(key, Program(*arguments))
    return home.programs[key].run(state, order, update)
