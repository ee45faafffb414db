"""Data sets by name."""

import pytest

from fastmlp.experiments import data_sets


def test_an_unknown_name():
    with pytest.raises(
        ValueError, match="There is no data set 'mnits'; there are mnist, fashion-mnist, cifar10"
    ):
        data_sets.DataSets().load("mnits")


def test_what_is_absent_is_looked_for_once(tmp_path, monkeypatch):
    calls = []

    def absent(folder, report):
        calls.append(folder)
        raise OSError("it is not there, for many reasons")

    monkeypatch.setitem(data_sets.LOADERS, "mnist", absent)
    found = data_sets.DataSets(tmp_path)
    with pytest.raises(OSError, match="many reasons"):
        found.load("mnist")
    with pytest.raises(FileNotFoundError, match=r"^The data set mnist could not be loaded, as said above\.$"):
        found.load("mnist")
    assert calls == [tmp_path]
