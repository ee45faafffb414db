"""What the summary says, and what the page says of pictures."""

import pytest

from fastmlp.experiments.recipe import Figure
from fastmlp.experiments.record import plain
from fastmlp.report import write_report
from fastmlp.report.agreement import agreement

from .toy import edit


def record(*cells, at_most=False):
    """A record with a line for each cell of (reported, mean, differs)."""
    names = ("reported", "mean", "differs")
    rows = [
        {"setting": f"s{i}", "figures": {"loss": dict(zip(names, cell, strict=True)) | {"roughly": False}}}
        for i, cell in enumerate(cells)
    ]
    return {
        "recipe": {"figures": [plain(Figure("loss", "the loss", decimals=1, at_most=at_most))]},
        "table": rows,
        "fits": [{"status": "completed"}],
    }


@pytest.mark.parametrize(
    ("cells", "verdict", "largest"),
    [
        ([(None, 1.0, None)], "nothing reported", ""),
        ([], "-", ""),
        ([(1.0, 1.0, False), (2.0, 2.1, False)], "all 2 agree", ""),
        (
            [(1.0, 1.0, False), (2.0, 1.0, True), (8.0, 2.0, True)],
            "1 of 3 agree",
            "s2, the loss: 2.0, reported 8.0",
        ),
        ([(1.0, 1.0, False), (2.0, None, None)], "all 1 agree, 1 not judged", ""),
        ([(0.0, 0.5, None)], "too few seeds to judge", "s0, the loss: 0.5, reported 0.0"),
        ([(1.0, None, None)], "too few seeds to judge", ""),
        ([(0.0, 0.0, None)], "too few seeds to judge", ""),
    ],
)
def test_agreement(cells, verdict, largest):
    found = agreement(record(*cells))
    assert (found.verdict, found.largest) == (verdict, largest)


def test_figures_that_are_reported_of_fits_left_out():
    run = record((None, 1.0, None))
    run["fits"].append({"status": "left out"})
    assert agreement(run).verdict == "only of fits left out"


def test_a_reported_limit_is_shown_as_one():
    found = agreement(record((0.5, 0.9, True), at_most=True))
    assert found.largest == "s0, the loss: 0.9, reported ≤ 0.5"


@pytest.mark.parametrize(
    ("damage", "notice"),
    [
        (lambda path: path.unlink(), "The picture best-rate.png is missing."),
        (lambda path: path.write_bytes(b"GIF"), "The picture best-rate.png is damaged."),
    ],
)
def test_a_picture_that_is_not_there(toy_run, damage, notice):
    damage(toy_run / "best-rate.png")
    view, _ = write_report(toy_run)
    [section] = view.sections
    assert (section.pictures, section.notices) == ([], [notice])


def test_pictures_of_other_folders_are_not_read(toy_run):
    edit(toy_run / "record.json", lambda record: record["files"].append("../secret.png"))
    view, _ = write_report(toy_run)
    assert view.sections == []
    [problem] = view.problems
    assert "'../secret.png' is not in its folder" in problem
