"""Settings for which something is missing here."""

from dataclasses import dataclass

from fastmlp.experiments.fitted import Fitted, LeftOut
from fastmlp.experiments.sweep import Execution


@dataclass(frozen=True)
class Lacking:
    """A fit that lacks a file for the rates that are named."""

    missing: tuple = ()

    def __call__(self, setting, data, seed, context):
        if setting.name in self.missing:
            raise LeftOut(f"There is no file in {context.data_folder}.")
        accuracies = {f"{part}_accuracy": 0.5 for part in ("train", "validation", "test")}
        return Fitted(accuracies, {"train": 1.0})


def test_the_others_are_the_result_and_the_reason_is_told(carry_out):
    execution = Execution(threads=1, data_folder="here")
    record = carry_out(fit=Lacking(("0.1",)), execution=execution)
    assert record["status"] == "completed"
    assert [row["name"] for row in record["table"]] == ["0.01", "0.001"]
    assert record["findings"] == ["The best rate is 0.01.", "Left out: 0.1. There is no file in here."]
    assert [fit["status"] for fit in record["fits"]] == ["left out"] * 2 + ["completed"] * 4


def test_a_later_run_tries_again(carry_out):
    carry_out(fit=Lacking(("0.1",)))
    record = carry_out(fit=Lacking())
    assert [row["name"] for row in record["table"]] == ["0.1", "0.01", "0.001"]
    assert record["findings"] == ["The best rate is 0.1."]


def test_nothing_may_be_left(carry_out):
    record = carry_out(fit=Lacking(("0.1", "0.01", "0.001")))
    assert record["status"] == "completed"
    assert record["table"] == []
    assert len(record["findings"]) == 3
