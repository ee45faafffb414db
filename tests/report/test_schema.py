"""SCHEMA.md names every key of the records that runs leave, with its type."""

import json
import re
from fnmatch import fnmatch
from importlib.resources import files

import pytest

from fastmlp.experiments import cifar_features, fitted, mnist, record, sweep
from fastmlp.experiments.cifar_features_settings import CifarFeaturesSettings
from fastmlp.experiments.settings import TrainingSettings
from fastmlp.experiments.split import Split
from fastmlp.experiments.sweep import SweepSettings

from .. import gpu
from .toy import digits, load, make_run, two_classes

TEXT = files("fastmlp.experiments").joinpath("SCHEMA.md").read_text(encoding="utf-8")
KINDS = {
    "null": lambda value: value is None,
    "text": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
    "anything": lambda value: True,
}


def documented(heading):
    """Key -> type of the table under a heading."""
    section = re.split(r"^#+ ", TEXT, flags=re.M)
    table = next(part for part in section if part.startswith(f"{heading}\n"))
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", table, flags=re.M))


def has_kind(value, kind):
    """Whether a value is of a type as the tables write it."""
    kind = kind.removesuffix(", optional")
    if kind in KINDS:
        return KINDS[kind](value)
    if " or " in kind:
        return any(has_kind(value, part) for part in kind.split(" or "))
    outer, _, inner = kind.partition(" of ")
    inner = inner if inner == "anything" else re.sub(r"^(\w+?)s\b", r"\1", inner)
    assert outer in ("object", "list"), kind
    if outer == "object":
        return isinstance(value, dict) and all(has_kind(one, inner) for one in value.values())
    return isinstance(value, list) and all(one is None or has_kind(one, inner) for one in value)


def matches(key, pattern):
    """Whether a key is meant by one with stars, each for one name or a part of it."""
    parts = key.split("\0"), pattern.split(".")
    return len(parts[0]) == len(parts[1]) and all(map(fnmatch, *parts))


def check(content, tables):
    """Every key is documented with its type; every documented key that is not optional is there."""
    seen = set()

    def walk(value, path):
        pattern = None
        if path:
            found = [name for name in tables if matches("\0".join(path), name)]
            assert found, f"{'.'.join(path)} is not documented"
            pattern = min(found, key=lambda name: name.count("*"))
            seen.update(found)
            assert has_kind(value, tables[pattern]), (
                f"{'.'.join(path)} is no {tables[pattern]}: {value!r:.80}"
            )
            if "anything" in tables[pattern] or "object of" in tables[pattern]:
                return
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, (*path, key))
        elif pattern and re.match(r"list(,|$| or)", tables[pattern]):
            for entry in value:
                for key, item in entry.items():
                    walk(item, (*path[:-1], f"{path[-1]}[]", key))

    walk(content, ())
    missing = {name for name, kind in tables.items() if "optional" not in kind} - seen
    assert not missing, f"documented, but absent: {sorted(missing)}"


@pytest.fixture
def no_pictures(monkeypatch):
    """Neither render pictures nor run t-SNE: both take long."""
    monkeypatch.setattr("fastmlp.plots.save_figure", lambda figure, path: path.write_bytes(b""))
    monkeypatch.setattr(
        "fastmlp.experiments.cifar_features_figures.maps",
        lambda tables, seed, n_threads: {name: rows[:, :2] for name, rows in tables.items()},
    )


@pytest.mark.usefixtures("no_pictures")
def test_mnist(tmp_path):
    settings = TrainingSettings(layers=(5,), epochs=2, dropout=(0.0,), device="ref", schedule="constant")
    mnist.run(settings, Split(digits(), None, 0), tmp_path, compare=True)
    check(load(tmp_path), documented("Every run and recipe") | documented("fastmlp.run 1, mnist"))


@pytest.mark.usefixtures("no_pictures")
def test_cifar_features(tmp_path):
    settings = CifarFeaturesSettings("pixels", layers=(4,), epochs=2, device="ref")
    cifar_features.run(settings, two_classes(), tmp_path)
    check(load(tmp_path), documented("Every run and recipe") | documented("fastmlp.run 1, cifar-features"))


def test_recipe_and_fits(toy_run):
    check(load(toy_run), documented("Every run and recipe") | documented("fastmlp.recipe 1"))
    results = documented("Results of a classifier")
    paths = sorted((toy_run / "fits").glob("*.json"))
    assert len(paths) == 4
    for path in paths:
        fit = json.loads(path.read_text(encoding="utf-8"))
        check(fit, documented("fastmlp.fit 1"))
        check(fit["results"], results)


def test_gpus(tmp_path, monkeypatch):
    gpu.pretend(monkeypatch)
    content = load(make_run(tmp_path, choice=SweepSettings(device="cuda"), fit=gpu.untrained))
    assert content["machine"].keys() > gpu.DESCRIPTION.keys()
    check(content, documented("Every run and recipe") | documented("fastmlp.recipe 1"))


def test_versions_are_those_of_the_code():
    for schema in (record.SCHEMA, sweep.SCHEMA, fitted.SCHEMA):
        assert re.search(rf"^## {schema['name']} {schema['version']}\b", TEXT, flags=re.M)


@pytest.mark.parametrize("change", ["new", "missing", "type"])
def test_the_check_fails(toy_run, change):
    """So that it cannot pass whatever the record holds."""
    content = load(toy_run)
    if change == "new":
        content["table"][0]["figures"]["test_accuracy"]["median"] = 0.5
    elif change == "missing":
        for row in content["table"]:
            del row["n_fits"]
    else:
        content["fits"][1]["seed"] = "1"
    with pytest.raises(AssertionError, match=r"median is not documented|absent|is no integer"):
        check(content, documented("Every run and recipe") | documented("fastmlp.recipe 1"))
