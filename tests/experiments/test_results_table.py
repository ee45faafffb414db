"""The table of a record as text."""

import pytest

from fastmlp.experiments.recipe import Figure
from fastmlp.experiments.record import plain
from fastmlp.experiments.results_table import results_table


@pytest.mark.parametrize(
    ("decimals", "sd", "shown"),
    [(0, 0.0, "12"), (0, 1.0, "12 ± 1"), (1, 0.0, "12.0 ± 0.0"), (1, None, "12.0")],
)
def test_what_is_counted_has_a_deviation_only_if_it_varies(decimals, sd, shown):
    cell = {"reported": None, "mean": 12.0, "sd": sd, "roughly": False, "differs": None}
    row = {"group": "", "name": "s", "n_fits": 3, "n_diverged": 0, "seconds": None, "figures": {"n": cell}}
    record = {"recipe": {"figures": [plain(Figure("n", "number", decimals))]}, "table": [row]}
    assert results_table(record).rows[0].cells[0].reproduced == shown
