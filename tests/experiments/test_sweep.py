"""Runs of a recipe: every fit is written at once, none is made twice, all are the same wherever made."""

import json
import os
import sys
import warnings
from dataclasses import replace

import joblib
import pytest
from threadpoolctl import threadpool_info

from fastmlp.experiments import fit_store, sweep
from fastmlp.experiments.backends import parallel_fits
from fastmlp.experiments.classification import Classification
from fastmlp.experiments.division import WithValidation
from fastmlp.experiments.fitted import Fitted
from fastmlp.experiments.sweep import Execution, SweepObserver

from .conftest import ONE_BY_ONE, REF


def fit_files(folder):
    """What every fit's file holds, without times."""
    records = {path.name: json.loads(path.read_text()) for path in sorted((folder / "fits").glob("*.json"))}
    return {
        name: {key: record[key] for key in ("setting", "seed", "parameters", "data", "status", "results")}
        for name, record in records.items()
    }


def failing(setting, data, seed, context):
    if setting.name == "0.01" and seed == 1:
        raise ValueError("this fit fails")
    return Fitted({"test_accuracy": 0.25, "validation_accuracy": 0.5, "train_accuracy": seed / 2})


class Fits(SweepObserver):
    """Remembers which fits were made, and how far they were."""

    def __init__(self):
        self.made, self.epochs, self.known = [], [], None

    def recipe_starts(self, recipe, record, n_fits, n_done):
        self.known = n_done

    def epoch_ended(self, setting, seed, epoch, n_epochs):
        self.epochs.append((setting.key, seed, epoch, n_epochs))

    def fit_ended(self, fit):
        self.made.append((fit["setting"], fit["seed"]))


def test_record_of_a_run(carry_out, tmp_path):
    record = carry_out()
    assert record["status"] == "completed"
    written = json.loads((tmp_path / "run" / "record.json").read_text())
    assert written["status"] == "completed"
    assert written["schema"] == {"name": "fastmlp.recipe", "version": 1}
    assert [(fit["setting"], fit["seed"]) for fit in written["fits"]] == [
        (name, seed) for name in ("0.1", "0.01", "0.001") for seed in (0, 1)
    ]
    assert [row["name"] for row in written["table"]] == ["0.1", "0.01", "0.001"]
    assert all(row["n_fits"] == 2 and row["seconds"] > 0 for row in written["table"])
    cell = written["table"][0]["figures"]["test_accuracy"]
    values = [
        fit["results"]["test_accuracy"]
        for fit in fit_files(tmp_path / "run").values()
        if fit["setting"] == "0.1"
    ]
    assert cell["mean"] == pytest.approx(sum(values) / 2)
    assert cell["reported"] == 0.5
    assert written["findings"] == [f"The best rate is {max(written['table'], key=_validation)['name']}."]
    assert len(fit_files(tmp_path / "run")) == 6


def _validation(row):
    return row["figures"]["validation_accuracy"]["mean"]


def test_observer_hears_of_epochs_and_fits(carry_out):
    observer = Fits()
    carry_out(observer=observer)
    assert observer.known == 0
    assert observer.epochs[:3] == [("0.1", 0, 1, 2), ("0.1", 0, 2, 2), ("0.1", 1, 1, 2)]
    assert len(observer.made) == 6


def test_a_second_run_fits_nothing_and_says_the_same(carry_out, tmp_path):
    first = carry_out()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "fits").iterdir()}
    observer = Fits()
    second = carry_out(observer=observer)
    assert (observer.known, observer.made) == (6, [])
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "fits").iterdir()} == before
    assert (second["table"], second["findings"], second["fits"]) == (
        first["table"],
        first["findings"],
        first["fits"],
    )


def test_an_interrupted_run_goes_on_where_it_was(carry_out, tmp_path):
    class Stop(Fits):
        def fit_ended(self, fit):
            super().fit_ended(fit)
            if len(self.made) == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(observer=Stop())
    assert json.loads((tmp_path / "run" / "record.json").read_text())["status"] == "interrupted"
    kept = fit_files(tmp_path / "run")
    assert len(kept) == 4
    observer = Fits()
    assert carry_out(observer=observer)["status"] == "completed"
    assert observer.made == [("0.001", 0), ("0.001", 1)]
    whole = fit_files(tmp_path / "run")
    assert {name: whole[name] for name in kept} == kept
    carry_out("other")
    assert whole == fit_files(tmp_path / "other")


def test_the_record_of_an_interrupted_run_names_what_is_done(carry_out, tmp_path):
    class Stop(SweepObserver):
        def fit_ended(self, fit):
            raise KeyboardInterrupt

    carry_out(seeds=1)
    with pytest.raises(KeyboardInterrupt):
        carry_out(observer=Stop())
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert [(fit["setting"], fit["seed"]) for fit in record["fits"]] == [
        ("0.1", 0),
        ("0.1", 1),
        ("0.01", 0),
        ("0.001", 0),
    ]


def test_nothing_of_joblib_outlives_an_interrupted_run(carry_out):
    """The exception holds the frames of the run; what these have set for joblib must not outlive it."""

    class Stop(SweepObserver):
        def fit_ended(self, fit):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        carry_out(execution=Execution(jobs=2, backend="threading"), observer=Stop(), fit=where)
    assert caught.tb is not None
    assert joblib.Parallel().n_jobs == 1


def test_more_seeds_are_added_to_those_that_are_there(carry_out):
    carry_out()
    observer = Fits()
    record = carry_out(choice=replace(REF, repeats=3), observer=observer)
    assert observer.made == [("0.1", 2), ("0.01", 2), ("0.001", 2)]
    assert [row["n_fits"] for row in record["table"]] == [3, 3, 3]


def test_other_settings_and_seeds_are_other_fits(carry_out, recipe, tmp_path):
    carry_out()
    more_epochs = [replace(s, parameters=s.parameters | {"max_iter": 3}) for s in recipe.settings]
    for choice, changes in (
        (REF, {"settings": tuple(more_epochs)}),
        (replace(REF, seed=7), {}),
    ):
        observer = Fits()
        carry_out(choice=choice, observer=observer, **changes)
        assert observer.known == 0
    assert len(fit_files(tmp_path / "run")) == 6 + 6 + 6


def test_a_quick_look_does_not_replace_a_run(carry_out, tmp_path):
    carry_out()
    before = (tmp_path / "run" / "record.json").read_bytes()
    with pytest.raises(ValueError, match=r"holds a run on all the data.*--out"):
        carry_out(choice=replace(REF, quick=True))
    assert (tmp_path / "run" / "record.json").read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"inputs": lambda setting, context: {"weights": setting.name}},
        {"fit": Classification(WithValidation(0.5), scored=("train", "validation", "test"))},
        {"fit": failing},
    ],
)
def test_what_a_fit_does_and_reads_is_part_of_what_it_is(carry_out, changes):
    carry_out()
    observer = Fits()
    carry_out(observer=observer, **changes)
    assert observer.known == 0


def test_other_data_are_other_fits(carry_out, recipe, digits, tmp_path):
    carry_out()
    observer, X_train = Fits(), digits.X_train.copy()
    X_train[0, 0] += 1
    changed = replace(digits, X_train=X_train)
    sweep.run(recipe, changed, tmp_path / "run", REF, ONE_BY_ONE, observer=observer)
    assert observer.known == 0


@pytest.mark.parametrize(
    "execution", [Execution(jobs=2), Execution(jobs=2, backend="threading"), Execution(backend="loky")]
)
def test_results_are_the_same_side_by_side(carry_out, tmp_path, execution):
    one, several = carry_out("one"), carry_out("several", execution)
    assert fit_files(tmp_path / "one") == fit_files(tmp_path / "several")
    for record in (one, several):
        for row in record["table"]:
            row["seconds"] = None
    assert one["table"] == several["table"]
    assert [fit["file"] for fit in one["fits"]] == [fit["file"] for fit in several["fits"]]
    assert several["n_threads"] == 1


@pytest.mark.parametrize("backend", ["nonsense", "multiprocessing"])
def test_backends_that_cannot_be_used(carry_out, backend):
    with pytest.raises(ValueError, match=f"backend='{backend}' .*choose loky, threading, dask or ray"):
        carry_out(execution=Execution(backend=backend))


def test_no_more_workers_than_fits(monkeypatch):
    monkeypatch.setattr(joblib, "Parallel", lambda **options: options)
    with parallel_fits(1000, None, 3) as options:
        assert options["n_jobs"] == 3


def where(setting, data, seed, context):
    """Tell the process, among the durations, which may differ."""
    return Fitted({"validation_accuracy": float(data.X_train[seed, 20])}, {"train": 0.0, "pid": os.getpid()})


def test_a_dask_cluster_gives_the_same(carry_out, digits, tmp_path, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason='needs the package distributed: "dask[distributed]"'
    )
    assert sys.getsizeof(digits) > digits.X_train.nbytes  # by which Dask judges what to send only once
    carry_out("one", fit=where)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.scheduler_address)
        record = carry_out("cluster", Execution(backend="dask"), fit=where)
    assert fit_files(tmp_path / "one") == fit_files(tmp_path / "cluster")
    assert os.getpid() not in {fit["durations"]["pid"] for fit in record["fits"]}


def test_a_failed_fit_is_recorded_and_the_others_go_on(carry_out, tmp_path):
    record = carry_out(fit=failing)
    assert record["status"] == "failed"
    assert "1 of 6 fits failed" in record["error"]
    assert "this fit fails" in record["error"]
    assert [fit["status"] for fit in record["fits"]].count("completed") == 5
    assert [row["n_fits"] for row in record["table"]] == [2, 1, 2]
    assert record["findings"]
    observer = Fits()
    carry_out(fit=failing, observer=observer)
    assert (observer.known, observer.made) == (5, [("0.01", 1)])


def test_findings_that_lack_a_setting_do_not_hide_why(carry_out):
    def needs_all(outcome):
        return [str(outcome.first("0.01"))]

    def fails(setting, data, seed, context):
        if setting.name == "0.01":
            raise ValueError("this fit fails")
        return Fitted({})

    record = carry_out(fit=fails, find=needs_all)
    assert "2 of 6 fits failed" in record["error"]


def test_a_defect_of_the_findings_is_an_error(carry_out, tmp_path):
    def needs_another(outcome):
        return [str(outcome.first("0.7"))]

    with pytest.raises(LookupError, match=r"no fit of '0\.7'"):
        carry_out(find=needs_another)
    assert json.loads((tmp_path / "run" / "record.json").read_text())["status"] == "failed"
    assert len(fit_files(tmp_path / "run")) == 6


def test_findings_are_made_on_one_thread(carry_out):
    def threads_of_blas(outcome):
        return [str(max(library["num_threads"] for library in threadpool_info()))]

    assert carry_out(find=threads_of_blas)["findings"] == ["1"]


@pytest.mark.parametrize("text", ["{", '{"schema": 1}', "[]", '"\udcff"'])
def test_a_damaged_fit_is_named_and_nothing_is_lost(carry_out, tmp_path, text):
    carry_out()
    path, record = (
        next((tmp_path / "run" / "fits").glob("0.1-seed0-*.json")),
        tmp_path / "run" / "record.json",
    )
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=r"0\.1-seed0-.*Delete it and run the recipe again"):
        carry_out()
    assert json.loads(record.read_text())["status"] == "completed"  # what was there before
    path.unlink()
    observer = Fits()
    assert carry_out(observer=observer)["status"] == "completed"
    assert observer.made == [("0.1", 0)]


def test_a_fit_under_another_fits_name_is_noticed(carry_out, tmp_path):
    carry_out()
    one, other = (next((tmp_path / "run" / "fits").glob(f"{rate}-seed0-*.json")) for rate in ("0.1", "0.01"))
    one.write_text(other.read_text())
    with pytest.raises(ValueError, match="it is the record of another fit"):
        carry_out()


def test_a_folder_that_cannot_be_written_to(carry_out, tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(OSError, match=r"Cannot write to the folder.*is a file"):
        carry_out()


def test_a_full_disk_keeps_what_was_written(carry_out, tmp_path, monkeypatch):
    written, write_json = [], fit_store.write_json

    def full(path, value):
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(path)
        write_json(path, value)

    monkeypatch.setattr(fit_store, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        carry_out()
    assert json.loads((tmp_path / "run" / "record.json").read_text())["status"] == "failed"
    monkeypatch.setattr(fit_store, "write_json", write_json)
    observer = Fits()
    carry_out(observer=observer)
    assert observer.known == 3


def test_comparison_with_scikit_learn(carry_out, recipe):
    rate = recipe.settings[0]
    no_bias = replace(rate, name="no bias", parameters=rate.parameters | {"bias": False})
    sound = replace(rate, group="sound")
    record = carry_out(
        choice=replace(REF, compare=True, repeats=1), settings=(rate, no_bias, replace(sound, name="other"))
    )
    lines = [(row["group"], row["name"], row["library"]) for row in record["table"]]
    assert lines == [
        ("", "0.1", "fastmlp"),
        ("", "no bias", "fastmlp"),  # which scikit-learn cannot express
        ("sound", "other", "fastmlp"),
        ("scikit-learn", "0.1", "scikit-learn"),
        ("sound, scikit-learn", "other", "scikit-learn"),
    ]
    ours, theirs = (record["table"][i]["figures"]["train_accuracy"] for i in (0, 3))
    assert theirs["mean"] == pytest.approx(ours["mean"], abs=0.03)  # the same seed, in float32
    assert record["table"][3]["figures"]["test_accuracy"]["reported"] is None


def test_a_setting_may_have_fewer_seeds(carry_out, recipe):
    slow = replace(recipe.settings[0], name="slow", most_seeds=1)
    observer = Fits()
    carry_out(observer=observer, settings=(slow, recipe.settings[1]))
    assert observer.made == [("slow", 0), ("0.01", 0), ("0.01", 1)]


def test_warnings_of_a_fit_are_in_its_record(carry_out):
    def warns(setting, data, seed, context):
        warnings.warn("units died", UserWarning, stacklevel=1)
        return Fitted({"validation_accuracy": 0.5})

    record = carry_out(fit=warns)
    assert record["fits"][0]["warnings"] == ["units died"]


def test_a_model_is_saved_beside_the_record(carry_out, recipe, digits, tmp_path):
    record = carry_out(fit=replace(recipe.fit, keep_model=True), seeds=1)
    models = [fit["model"] for fit in record["fits"]]
    assert len(set(models)) == 3
    model = joblib.load(tmp_path / "run" / models[0])
    results = next(f["results"] for f in fit_files(tmp_path / "run").values() if f["setting"] == "0.1")
    assert model.score(digits.X_test, digits.y_test) == results["test_accuracy"]
    (tmp_path / "run" / models[1]).unlink()
    observer = Fits()
    carry_out(fit=replace(recipe.fit, keep_model=True), seeds=1, observer=observer)
    assert observer.made == [("0.01", 0)]
    assert (tmp_path / "run" / models[1]).is_file()
