"""The commands `list` and `run`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fastmlp
from fastmlp.experiments.classification import Classification
from fastmlp.experiments.division import WithValidation
from fastmlp.recipes import get_recipe, recipe_names

ROOT = Path(fastmlp.__file__).parent.parent
REF = ("--device", "ref", "--quick")


@pytest.fixture
def run(cli, digits, tmp_path):
    """Run recipes quickly on the small digits; return exit code, output and error output."""

    def call(*words, data=digits):
        return cli("run", "--data", data, "--out", tmp_path / "out", *REF, *words)

    return call


def record(tmp_path, name):
    return json.loads((tmp_path / "out" / name / "record.json").read_text())


def test_list_names_every_recipe(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = cli("list")
    assert code == 0
    for name in recipe_names():
        assert f" {name} " in out
        assert get_recipe(name).shows in out


def test_a_run_prints_and_writes(run, tmp_path, real_plots):
    code, out, _ = run("depth")
    assert code == 0
    assert "depth (R3)" in out
    assert "NOT MNIST" in out
    assert "5 fits; one by one" in out
    assert "5/5  8, seed 0: train accuracy (%)" in out
    assert "the best validation accuracy is" in " ".join(out.split())
    assert (tmp_path / "out" / "depth" / "accuracy.png").stat().st_size > 10_000
    written = record(tmp_path, "depth")
    assert (written["status"], written["settings"]["quick"], written["files"]) == (
        "completed",
        True,
        ["accuracy.png"],
    )


def test_a_second_run_fits_nothing(run, tmp_path):
    run("depth")
    before = record(tmp_path, "depth")
    code, out, _ = run("depth")
    assert code == 0
    assert "5 fits, 5 of them from before" in out
    assert record(tmp_path, "depth")["table"] == before["table"]


def test_mnist_runs_recipes_too(cli, digits, run, tmp_path):
    run("depth")
    code, out, _ = cli(
        "mnist",
        "--recipe",
        "depth",
        "--data",
        digits,
        "--out",
        tmp_path / "out",
        "--quick",
        "--device",
        "ref",
    )
    assert code == 0
    assert "5 of them from before" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "nothing"), "there is no recipe 'nothing'; choose from activations"),
        (("run",), "required: NAME"),
        (("run", "depth", "--jobs", "0"), "argument --jobs: '0' is not a whole number >= 1"),
        (("run", "depth", "--compare", "torch"), "invalid choice: 'torch'"),
        (("mnist", "--recipe", "depth", "--epochs", "3"), "leave out --epochs, or --recipe"),
        (("mnist", "--quick"), "argument --quick: it goes with --recipe NAME"),
        (("mnist", "--recipe", "nothing"), "there is no recipe 'nothing'"),
        (("run", "all", "nothing"), "there is no recipe 'nothing'"),
        (("run", "depth", "--backend", "nothing"), "argument --backend: backend='nothing' is not known"),
        (("run", "depth", "--jobs", "2", "--threads", "2"), "--threads: 2 threads are for fits one by one"),
    ],
)
def test_wrong_options(cli, words, message):
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_a_name_that_is_almost_one(cli):
    assert "there is no recipe 'activation'; did you mean activations?" in cli("run", "activation")[2]
    assert "choose from activations, autoencoder" in cli("run", "mnsit")[2]
    assert (
        "playground; name all recipes before the options" in cli("run", "depth", "--quick", "playground")[2]
    )


def test_a_quick_look_says_so_before_and_after(run, cli, tmp_path):
    assert run("gradient-check")[1].count("the figures mean nothing") == 2
    out = cli("run", "gradient-check", "--device", "ref", "--out", tmp_path / "whole")[1]
    assert "mean nothing" not in out


def test_an_interruption_says_what_is_there_and_how_to_go_on(run, monkeypatch):
    def interrupted(self, data, seed):
        raise KeyboardInterrupt

    monkeypatch.setattr(WithValidation, "__call__", interrupted)
    code, out, err = run("gradient-check", "depth")
    assert (code, err) == (130, "Interrupted.\n")
    assert "gradient-check (R5): " in out.split("Records, pictures")[0]
    assert "Interrupted in depth; what was fitted is kept, and the same command goes on from there." in out


def test_trouble_of_one_recipe_is_not_anothers(run, tmp_path):
    code, out, _ = run("gradient-check", "depth", "training-share")
    assert code == 1  # there is no Fashion-MNIST
    assert "training-share failed: " in out
    assert "1 recipe failed: training-share" in out
    assert record(tmp_path, "depth")["status"] == "completed"
    assert record(tmp_path, "gradient-check")["status"] == "completed"


def test_without_data_nothing_takes_their_place(cli, tmp_path):
    code, out, _ = cli("run", "depth", "--out", tmp_path / "out", *REF)
    assert code == 1
    assert re.search(r"depth failed: .*MNIST.*\(option --data, argument data", out)
    assert "--data" in out
    again = cli("run", "depth", "batch-size", "--out", tmp_path / "out", *REF)[1]
    assert "batch-size failed: The data set mnist could not be loaded, as said above." in again
    assert not (tmp_path / "out" / "depth").exists()


def test_a_damaged_fit_fails_its_recipe_only(run, tmp_path):
    run("depth")
    path = next((tmp_path / "out" / "depth" / "fits").glob("1-seed0-*.json"))
    path.write_text(path.read_text()[:100])
    code, out, _ = run("depth", "gradient-check")
    assert code == 1
    assert "is damaged" in out
    assert record(tmp_path, "depth")["status"] == "completed"  # as it was
    assert path.name in out
    assert record(tmp_path, "gradient-check")["status"] == "completed"


def test_an_unwritable_folder(cli, digits, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = cli("run", "depth", "--data", digits, "--out", tmp_path / "file" / "x", *REF)
    assert code == 1
    assert "Cannot write to the folder" in err


def test_comparison_with_scikit_learn(run, tmp_path):
    code, _, _ = run("most-confused", "overfit", "--compare", "sklearn")
    assert code == 0
    for name in ("most-confused", "overfit"):
        table = record(tmp_path, name)["table"]
        assert [row["library"] for row in table] == ["fastmlp", "scikit-learn"]
        assert record(tmp_path, name)["findings"]


def test_a_defect_of_the_pictures_hides_no_table(run, monkeypatch):
    def broken(*arguments, **options):
        raise KeyError("colour")

    monkeypatch.setattr("fastmlp.plots.sweep_curves", broken)
    code, out, _ = run("depth")
    assert code == 1
    assert "depth failed: KeyError: 'colour' (--traceback shows where it arose)" in out
    assert "the best validation accuracy is" in " ".join(out.split())


def test_a_failed_fit_shows_and_counts(run, tmp_path, monkeypatch):
    fit = Classification.__call__

    def fails_at_4(self, setting, data, seed, context):
        if setting.name == "4":
            raise ZeroDivisionError("division by zero")
        return fit(self, setting, data, seed, context)

    monkeypatch.setattr(Classification, "__call__", fails_at_4)
    code, out, _ = run("depth")
    assert code == 1
    assert "ZeroDivisionError: division by zero" in out
    assert "5/5  8, seed 0: train accuracy (%)" in out
    assert "1 of 5 fits failed" in out
    assert record(tmp_path, "depth")["status"] == "failed"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_kill_9_loses_and_repeats_nothing(run, digits, tmp_path, jobs):
    """A sweep that is killed, here after some fits, goes on with the others."""
    command = [sys.executable, ROOT / "cli.py", "run", "batch-size", "--data", digits, *REF, "--jobs", jobs]
    environment = os.environ | {"FASTMLP_CACHE_DIR": str(tmp_path / "cache")}
    with subprocess.Popen(
        [*command, "--out", tmp_path / "out", "--repeats", "3"],
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        fits = tmp_path / "out" / "batch-size" / "fits"
        while process.poll() is None and len(list(fits.glob("*.json"))) < 3:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    kept = {path.name: path.read_bytes() for path in fits.glob("*.json")}
    assert 3 <= len(kept) < 24
    assert record(tmp_path, "batch-size")["status"] == "running"
    code, out, _ = run("batch-size", "--repeats", "3")
    assert code == 0
    assert f"24 fits, {len(kept)} of them from before" in out
    assert {name: (fits / name).read_bytes() for name in kept} == kept
    assert len(list(fits.glob("*.json"))) == 24
    assert record(tmp_path, "batch-size")["status"] == "completed"


def test_every_recipe_is_found_by_its_file():
    for name in recipe_names():
        assert get_recipe(name).name == name


def test_a_file_without_its_recipe(monkeypatch, tmp_path):
    (tmp_path / "no_recipe.py").write_text("")
    (tmp_path / "other_name.py").write_text("from fastmlp.recipes.depth import RECIPE")
    monkeypatch.setattr("fastmlp.recipes.__path__", [str(tmp_path)])
    with pytest.raises(ValueError, match=r"no_recipe.py holds no RECIPE; it must hold one named 'no-recipe'"):
        get_recipe("no-recipe")
    with pytest.raises(ValueError, match="holds a RECIPE named 'depth'"):
        get_recipe("other-name")
    (tmp_path / "no_python.py").write_text("\nRECIPE = (")
    with pytest.raises(ValueError, match=r"no_python.py, line 2, is not Python: '\(' was never closed"):
        get_recipe("no-python")
    for name in ("no_recipe", "other_name"):
        sys.modules.pop(f"fastmlp.recipes.{name}", None)


def test_list_tells_how_long_a_run_took(cli, run, tmp_path):
    run("depth")  # a quick look tells nothing
    cli("run", "gradient-check", "--device", "ref", "--out", tmp_path / "out")
    (tmp_path / "out" / "most-confused").mkdir()
    (tmp_path / "out" / "most-confused" / "record.json").write_text("{")
    code, out, _ = cli("list", "--out", tmp_path / "out")
    assert code == 0
    assert re.search(r"^ +gradient-check .* under 1 s", out, re.M)
    for name in ("depth", "most-confused"):
        assert re.search(rf"^ +{name} .* ~ \d+ (s|min)", out, re.M)
