"""`report`: pages from the records of recipes."""

import json
import shutil

import pytest

from ..report.toy import edit, make_run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a run, made once."""
    return make_run(tmp_path_factory.mktemp("made") / "toy")


@pytest.fixture
def runs(made, tmp_path):
    """The default folder, with two runs of recipes and one of another experiment."""
    runs = tmp_path / "runs" / "recipes"
    shutil.copytree(made, runs / "toy")
    shutil.copytree(made, runs / "other")
    edit(runs / "other" / "record.json", lambda record: record.update(experiment="other"))
    (runs / "mnist").mkdir()
    (runs / "mnist" / "record.json").write_text('{"schema": {"name": "fastmlp.run", "version": 9}}')
    return runs


def test_report_of_the_default_folder(cli, runs):
    code, out, err = cli("report")
    assert (code, err) == (0, "")
    assert out == "2 recipes in runs/recipes/report.html and runs/recipes/report.md\n"
    html = (runs / "report.html").read_text(encoding="utf-8")
    assert html.index('href="#other"') < html.index('href="#toy"')
    assert not list(runs.glob(".*"))


def test_report_of_one_recipe(cli, runs):
    assert cli("report", runs / "toy")[0] == 0
    assert (runs / "toy" / "report.html").exists()
    assert not (runs / "report.html").exists()


def test_two_runs_of_one_recipe_are_told_apart(cli, runs):
    shutil.copytree(runs / "toy", runs / "old runs" / "toy")
    assert cli("report")[0] == 0
    html = (runs / "report.html").read_text(encoding="utf-8")
    assert html.count('<article id="toy-toy"') == html.count('<article id="toy-old-runs-toy"') == 1
    assert "](old%20runs/toy/best-rate.png)" in (runs / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is damaged ("),
        ("[]", "it does not say of which schema it is"),
        (
            '{"schema": {"name": "fastmlp.recipe", "version": 2}}',
            "version 2, but this fastmlp reads version 1. Update",
        ),
        (
            '{"schema": {"name": "fastmlp.recipe", "version": 0}}',
            "reads version 1. Run that experiment again",
        ),
        ('{"schema": {"name": "fastmlp.recipe", "version": 1}}', "'experiment' is missing"),
        (b"\xff\xfe", "is damaged ("),
    ],
)
def test_a_damaged_record_is_named_and_the_others_are_shown(cli, runs, text, reason):
    path = runs / "other" / "record.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = cli("report")
    assert code == 1
    assert err.startswith("fastmlp: error: The record 'runs/recipes/other/record.json' is")
    assert reason in err
    assert out.startswith("1 recipe in ")
    html = (runs / "report.html").read_text(encoding="utf-8")
    assert '<article id="toy"' in html
    assert "runs/recipes/other/record.json" in html


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["table"][0].pop("figures"),
        lambda record: record["recipe"].pop("report"),
        lambda record: record.update(recipe=None),
        lambda record: record.update(files=[3]),
        lambda record: record.update(started="yesterday"),
        lambda record: record["recipe"]["figures"][0].pop("label"),
    ],
)
def test_a_record_that_lacks_something_is_damaged(cli, runs, change):
    edit(runs / "other" / "record.json", change)
    code, out, err = cli("report")
    assert code == 1
    assert err.count("\n") == 1
    assert "'runs/recipes/other/record.json' is damaged" in err
    assert out.startswith("1 recipe in ")


def test_keys_of_later_are_passed_over(cli, runs):
    def add(record):
        for place in (
            record,
            record["recipe"],
            record["recipe"]["figures"][0],
            record["table"][0],
            record["data"],
        ):
            place["added later"] = 1

    edit(runs / "other" / "record.json", add)
    assert cli("report")[::2] == (0, "")


@pytest.mark.parametrize(
    ("status", "error", "shown"),
    [
        ("interrupted", None, "This recipe was interrupted; the same command goes on where it stopped."),
        (
            "running",
            None,
            "This recipe is running, or was killed; the same command goes on where it stopped.",
        ),
        ("failed", "no room", "This recipe failed: no room"),
    ],
)
def test_a_recipe_that_is_not_complete(cli, runs, status, error, shown):
    def stop(record):
        record.update(status=status, error=error, finished=None, table=[], findings=[], fits=[], files=[])
        record["durations"] = {}

    edit(runs / "other" / "record.json", stop)
    assert cli("report")[0] == 0
    assert shown in (runs / "report.html").read_text(encoding="utf-8")
    assert shown in (runs / "report.md").read_text(encoding="utf-8").replace("\\", "")


def test_no_such_folder(cli):
    assert cli("report", "nowhere") == (1, "", "fastmlp: error: There is no folder 'nowhere'.\n")


def test_a_folder_without_recipes(cli, runs):
    code, _, err = cli("report", runs / "mnist")
    assert (code, list((runs / "mnist").glob("report.*"))) == (1, [])
    assert "There is no record of a recipe in" in err
    assert "`fastmlp run NAME` makes one" in err


def test_a_page_that_cannot_be_written(cli, runs, monkeypatch):
    (runs / "report.html").write_text("before")

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fastmlp.report.pages.write_text", full)
    code, _, err = cli("report")
    assert (code, (runs / "report.html").read_text()) == (1, "before")
    assert "No space left" in err


def test_the_record_stays_as_it_is(cli, runs):
    before = json.loads((runs / "toy" / "record.json").read_text())
    cli("report")
    assert json.loads((runs / "toy" / "record.json").read_text()) == before
