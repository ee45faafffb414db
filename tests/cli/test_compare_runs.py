"""`compare`: two runs by their records."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from fastmlp.experiments.comparison import ABSENT, FIGURES, GROUPS, Difference, compare, read_runs

from ..report.toy import RECIPE, edit, load, make_run

QUICK = ("--device", "ref", "--layers", "8", "--epochs", "2", "--dropout", "0", "--schedule", "constant")
SAME_REST = "The same in both: settings, data, versions, machine, texts and files.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folders of two runs with the same settings, made once; the second is independent of the first."""
    folder = tmp_path_factory.mktemp("made")
    return make_run(folder / "a"), make_run(folder / "b")


@pytest.fixture
def pair(made, tmp_path):
    """Copies of the two folders."""
    return [shutil.copytree(folder, tmp_path / folder.name) for folder in made]


def fit_file(folder, i=0):
    return folder / load(folder)["fits"][i]["file"]


def differences(a, b):
    """Group and name of every difference of two runs."""
    runs = [next(iter(read_runs(folder)[0].values())) for folder in (a, b)]
    return [(difference.group, difference.name) for difference in compare(*runs).differences]


def test_two_runs_with_the_same_settings_have_the_same_figures(cli, pair):
    code, out, err = cli("compare", *pair)
    assert (code, err) == (0, "")
    head, rest, verdict = re.split(r"(?=^The same)", out, flags=re.M)
    assert head == f"A: {pair[0]}\nB: {pair[1]}\n"
    assert rest == SAME_REST
    assert re.fullmatch(r"The same figures: all \d+ values are equal to the last bit\.\n", verdict)


def test_records_may_be_named_themselves(cli, pair):
    assert cli("compare", pair[0] / "record.json", pair[1])[0] == 0


def test_the_last_bit_of_a_fit_counts(cli, pair):
    def change(fit):
        fit["results"]["test_loss"] *= 1 + 2**-52

    edit(fit_file(pair[1]), change)
    before, after = (json.loads(fit_file(folder).read_text())["results"]["test_loss"] for folder in pair)
    assert before != after
    code, out, _ = cli("compare", *pair)
    assert code == 1
    assert "Other figures: 1 difference.\n" in out
    assert "fits / 0.1, seed 0" in out
    assert f"{after - before:+.3g}" in out
    assert differences(*pair)[0] == (FIGURES, "fits / 0.1, seed 0 / results / test_loss")


def test_a_confusion_matrix_says_how_much_of_it_differs(cli, pair):
    def change(fit):
        fit["results"]["test_confusion"][0][0] += 3
        fit["results"]["test_confusion"][1][2] -= 1

    edit(fit_file(pair[1]), change)
    code, out, _ = cli("compare", *pair)
    assert code == 1
    assert "2 of 100, max 3" in out


def test_what_always_differs_is_shown_on_demand(cli, pair):
    assert "started" not in cli("compare", *pair)[1]
    edit(
        pair[1] / "record.json",
        lambda record: record.update(n_threads=9, started="2020-01-01T00:00:00+00:00"),
    )
    edit(pair[1] / "record.json", lambda record: record["execution"].update(jobs=7))
    code, out, _ = cli("compare", *pair, "--all")
    assert code == 0
    for name in ("started", "durations / fits", "execution / jobs", "n_threads", "seconds"):
        assert name in " ".join(out.split())
    groups = {group for group, _ in differences(*pair)}
    assert groups == {GROUPS[-1]}


@pytest.mark.parametrize(
    ("change", "group", "name"),
    [
        (lambda record: record["versions"].update(numpy="1.0"), "versions", "versions / numpy"),
        (lambda record: record["machine"].update(cpu="other"), "machine", "machine / cpu"),
        (lambda record: record["data"].update(digest="00"), "data", "data / digest"),
        (
            lambda record: record["recipe"]["settings"][1]["parameters"].update(alpha=1.0),
            "settings",
            "recipe / settings / 0.01 / parameters / alpha",
        ),
        (lambda record: record["settings"].update(seed=3), "settings", "settings / seed"),
        (lambda record: record["findings"].append("More."), "texts and files", "findings"),
    ],
)
def test_other_differences_are_grouped_and_do_not_count(cli, pair, change, group, name):
    edit(pair[1] / "record.json", change)
    code, out, _ = cli("compare", *pair)
    assert code == 0
    assert f"\n{group} " in out
    assert "The same figures" in out
    assert (group, name) in differences(*pair)


def test_versions_of_the_fits_count_as_well(pair):
    """A resumed run may hold fits that were made by other versions."""
    edit(fit_file(pair[1]), lambda fit: fit["versions"].update(numpy="1.0"))
    assert [item for item in differences(*pair) if item[0] == "versions"] == [
        ("versions", "versions / numpy")
    ]


def test_more_seeds_are_other_figures(cli, pair):
    more = make_run(pair[1].parent / "more", seeds=3)
    code, out, _ = cli("compare", pair[0], more)
    assert code == 1
    assert re.search(r"fits / 0.1, seed 2 +- +completed", out)
    names = [name for group, name in differences(pair[0], more) if group == FIGURES]
    assert names[0] == "table / 0.1 / figures / train_accuracy / mean"
    assert [name for name in names if name.startswith("fits")] == [
        "fits / 0.1, seed 2",
        "fits / 0.01, seed 2",
    ]


def test_long_lists_of_differences_are_cut(cli, pair):
    edit(fit_file(pair[1]), lambda fit: fit["results"].update({f"more {i}": i for i in range(30)}))
    code, out, _ = cli("compare", *pair)
    assert code == 1
    assert "Other figures: 30 differences" in out
    assert "and 10 more; --all shows them" in out
    assert ("more 19" in out, "more 20" in out) == (True, False)
    out = cli("compare", *pair, "--all")[1]
    assert "more 29" in out
    assert "shows them" not in out


# Folders of several recipes


@pytest.fixture
def collections(made, tmp_path):
    """Two folders of recipes: `toy` and `twin` in both, `lone` in the first."""
    for side, folder in zip("AB", made, strict=True):
        for name in ("toy", "twin", "lone")[: 3 if side == "A" else 2]:
            place = shutil.copytree(folder, tmp_path / side / f"folder-of-{name}")
            edit(place / "record.json", lambda record, name=name: record.update(experiment=name))
    return tmp_path / "A", tmp_path / "B"


def test_folders_of_recipes(cli, collections):
    a, b = collections
    code, out, err = cli("compare", a, b)
    assert (code, err) == (1, "")
    assert "Only in A: lone" in out
    assert out.count("The same figures: all") == 2
    assert out.endswith("\n2 of 2 recipes in both have the same figures.\n")
    shutil.rmtree(a / "folder-of-lone")
    assert cli("compare", a, b)[0] == 0
    edit(fit_file(b / "folder-of-twin"), lambda fit: fit["results"].update(test_accuracy=2.0))
    code, out, _ = cli("compare", a, b)
    assert code == 1
    assert out.endswith("\n1 of 2 recipes in both have the same figures.\n")


def test_a_recipe_is_found_in_a_folder_of_several(cli, collections):
    a, b = collections
    assert cli("compare", a / "folder-of-twin", b)[0] == 0
    code, _, err = cli("compare", b, a / "folder-of-lone")
    assert (code, err) == (2, f"fastmlp: error: '{b}' holds no run of 'lone'.\n")


def test_one_of_several_is_damaged(cli, collections):
    """It is named; the others are compared."""
    a, b = collections
    for damaged in (a / "folder-of-twin" / "record.json", fit_file(a / "folder-of-twin")):
        kept = damaged.read_text()
        damaged.write_text("{")
        code, out, err = cli("compare", a, b)
        assert code == 2
        assert err.startswith(f"fastmlp: error: The record '{damaged}' is damaged")
        assert "\n1 of 1 recipe in both have the same figures.\n" in out
        code, _, err = cli("compare", a, b / "folder-of-twin")
        assert code == 2
        assert f"The record '{damaged}' is damaged" in err
        damaged.write_text(kept)


def test_two_runs_of_one_recipe_in_a_folder(cli, collections):
    a, b = collections
    shutil.copytree(a / "folder-of-toy", a / "again")
    code, _, err = cli("compare", a, b)
    assert code == 2
    assert f"holds two runs of 'toy': '{a / 'again'}' and '{a / 'folder-of-toy'}'. Name one of them." in err


# Runs of `mnist`


@pytest.mark.filterwarnings("ignore:This is NOT")
def test_runs_of_mnist(cli, digits, tmp_path):
    def train(name, *words):
        assert cli("mnist", "--data", digits, "--out", tmp_path / name, *QUICK, *words)[0] == 0
        return tmp_path / name

    first, same = train("first"), train("same", "--threads", "1", "--compare", "sklearn")
    code, out, err = cli("compare", first, same)
    assert (code, err) == (0, "")
    assert "comparison / test_accuracy" in " ".join(out.split())
    assert {group for group, _ in differences(first, same)} == {"settings", GROUPS[-1]}
    other = train("other", "--seed", "1")
    code, out, _ = cli("compare", first, other)
    assert code == 1
    found = differences(first, other)
    assert ("settings", "settings / seed") in found
    assert found[0][1].startswith("results / ")
    assert (FIGURES, "epochs / loss") in found
    assert (GROUPS[-1], "epochs / seconds") in found
    code, _, err = cli("compare", first, make_run(tmp_path / "toy"))
    assert code == 2
    assert "Only runs of one experiment can be compared: " in err
    assert "is a fastmlp.run of 'mnist'" in err
    assert "is a fastmlp.recipe of 'toy'" in err


# Trouble


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is damaged"),
        (
            '{"schema": {"name": "other", "version": 1}}',
            "is a other; what can be compared: fastmlp.run, fastmlp.recipe",
        ),
        ('{"schema": {"name": "fastmlp.recipe", "version": 2}}', "Update fastmlp."),
        ('{"schema": {"name": "fastmlp.run", "version": 1}, "experiment": 3}', "'experiment' is no str"),
    ],
)
def test_records_that_cannot_be_compared(cli, pair, text, reason):
    (pair[1] / "record.json").write_text(text)
    code, out, err = cli("compare", *pair)
    assert (code, out) == (2, "")
    assert err.startswith(f"fastmlp: error: The record '{pair[1] / 'record.json'}' is ")
    assert reason in err


def test_a_fit_that_is_missing_or_damaged(cli, pair):
    path = fit_file(pair[1])
    text = path.read_text()
    path.write_text("{")
    code, _, err = cli("compare", *pair)
    assert (code, f"The record '{path}' is damaged" in err) == (2, True)
    path.write_text(text.replace('"seed": 0', '"seed": 7'))
    assert "expects another one" in cli("compare", *pair)[2]
    path.unlink()
    code, _, err = cli("compare", *pair)
    assert (code, "which is missing. Run the recipe again." in err) == (2, True)
    edit(pair[1] / "record.json", lambda record: record["fits"][0].pop("file"))
    code, _, err = cli("compare", *pair)
    assert (code, "lack 'file'" in err) == (2, True)


def test_runs_without_figures(cli, pair):
    for folder in pair:
        edit(
            folder / "record.json",
            lambda record: record.update(fits=[], table=[], networks=[], status="interrupted"),
        )
    code, _, err = cli("compare", *pair)
    assert (code, err.endswith("has any figures.\n")) == (2, True)


def test_an_interrupted_run_differs(cli, pair):
    edit(pair[1] / "record.json", lambda record: record.update(fits=[], table=[], status="interrupted"))
    code, out, _ = cli("compare", *pair)
    assert code == 1
    assert re.search(r"status +completed +interrupted", out)


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"]])
def test_wrong_words(cli, words):
    assert cli("compare", *words)[0] == 2


def test_no_such_folder(cli, pair, tmp_path):
    assert cli("compare", pair[0], "nowhere") == (2, "", "fastmlp: error: There is no folder 'nowhere'.\n")
    (tmp_path / "empty").mkdir()
    code, _, err = cli("compare", pair[0], "empty")
    assert (code, "'empty' holds neither a record.json nor folders of recipes with one." in err) == (2, True)


@pytest.mark.parametrize(
    ("a", "b", "change"),
    [
        (1, 3, "+2"),
        (0.5, 0.25, "-0.25"),
        (1, 1000001, "+1,000,000"),
        (True, False, ""),
        ("a", "b", ""),
        (None, 0.5, ""),
        (ABSENT, 0.5, ""),
        ([1, 2], [1, 4], "1 of 2, max 2"),
        ([None, 2.0], [1.0, 2.0], "1 of 2"),
        ([1, 2], [1, 2, 3], "other shape"),
        ([[1], [2]], [[1], [2, 3]], "other shape"),
        ([1, [2]], [1, 2], "other shape"),
        (["a"], ["b"], "1 of 1"),
    ],
)
def test_change(a, b, change):
    assert Difference(FIGURES, "x", a, b).change == change


def test_zeros_of_other_signs_are_different(pair):
    for folder, value in zip(pair, (0.0, -0.0), strict=True):
        edit(fit_file(folder), lambda fit, value=value: fit["results"].update(extra=value))
    assert differences(*pair)[0] == (FIGURES, "fits / 0.1, seed 0 / results / extra")


def test_results_of_a_fit_count_whatever_they_are_called(pair):
    for folder, value in zip(pair, (1, 2), strict=True):
        edit(fit_file(folder), lambda fit, value=value: fit["results"].update(seconds=value, settings=value))
    assert differences(*pair)[:2] == [
        (FIGURES, f"fits / 0.1, seed 0 / results / {key}") for key in ("seconds", "settings")
    ]


def test_settings_of_one_name_in_two_groups(tmp_path):
    settings = (*RECIPE.settings, *(replace(setting, group="again") for setting in RECIPE.settings))
    a, b = (make_run(tmp_path / name, settings=settings) for name in "ab")
    assert {group for group, _ in differences(a, b)} == {GROUPS[-1]}
    edit(b / "record.json", lambda record: record["table"][2]["figures"]["test_accuracy"].update(mean=9.0))
    assert differences(a, b)[0] == (FIGURES, "table / again: 0.1 / figures / test_accuracy / mean")
