"""The picture of results against a setting."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from fastmlp.plots import sweep_curves

from .figures import assert_nothing_is_cut_off, legend_texts

LABELS = {"xlabel": "penalty", "ylabel": "accuracy (%)"}


def ticks(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


@pytest.mark.parametrize("log", [False, True])
def test_means_deviations_and_reported_figures(log):
    values, mean, deviation = [1, 10, 100], [90, 80, 70], [1, np.nan, 3]
    figure = sweep_curves(
        values,
        {"train": [99, 98, 97], "test": [mean, deviation]},
        reported={"test": [91, None, 71]},
        log=log,
        title="A sweep",
        **LABELS,
    )
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("penalty", "accuracy (%)")
    assert (figure.get_suptitle(), axes.get_xscale()) == ("A sweep", "log" if log else "linear")
    train, test = axes.containers
    np.testing.assert_array_equal(train.lines[0].get_xydata(), np.c_[values, [99, 98, 97]])
    np.testing.assert_array_equal(test.lines[0].get_xydata(), np.c_[values, mean])
    assert not train.has_yerr
    bars = {segment[0, 0]: segment[:, 1] for segment in test.lines[2][0].get_segments() if len(segment)}
    np.testing.assert_allclose(bars[1], [89, 91])
    np.testing.assert_allclose(bars[100], [67, 73])
    assert not np.isfinite(bars.get(10, np.nan)).any()
    (hollow,) = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    np.testing.assert_array_equal(hollow.get_xydata(), np.c_[values, [91, np.nan, 71]])
    assert to_rgba(hollow.get_color()) == to_rgba(test.lines[0].get_color())
    assert hollow.get_linestyle() == "None"
    assert legend_texts(figure) == ["train", "test", "reported"]
    assert_nothing_is_cut_off(figure)


def test_categories_stand_side_by_side_without_lines():
    names = ["relu", "tanh", "sigmoid"]
    figure = sweep_curves(
        names, {"train": [1, 2, 3], "test": [3, 2, 1]}, reported={"test": [3, 3, 3]}, **LABELS
    )
    assert ticks(figure) == names
    train, test = (container.lines[0] for container in figure.axes[0].containers)
    assert train.get_linestyle() == test.get_linestyle() == "None"
    np.testing.assert_allclose(np.add(train.get_xdata(), test.get_xdata()) / 2, [0, 1, 2])
    assert (train.get_xdata() < test.get_xdata()).all()
    (hollow,) = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]
    np.testing.assert_array_equal(hollow.get_xdata(), test.get_xdata())


def test_reported_figures_of_no_curve_are_gray_and_in_the_middle():
    figure = sweep_curves(
        ["a", "b"], {"10": [1, 2], "2": [3, 4]}, reported={"2": [3, 3]}, beside=[None, 9], **LABELS
    )
    (axes,) = figure.axes
    of_curve, of_none = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    np.testing.assert_array_equal(of_none.get_xydata(), [[0, np.nan], [1, 9]])
    assert of_curve.get_color() == axes.containers[1].lines[0].get_color()
    assert len(set(to_rgba(of_none.get_color())[:3])) == 1
    assert legend_texts(figure) == ["10", "2", "reported"]
    alone = sweep_curves(["a", "b"], {"10": [1, 2]}, beside=[None, 9], **LABELS)
    assert legend_texts(alone) == ["10", "reported"]


@pytest.mark.parametrize("length", [4, 30])
def test_long_names_are_turned(length):
    figure = sweep_curves([f"{i}" * length for i in range(5)], {"train": range(5)}, **LABELS)
    assert_nothing_is_cut_off(figure)
    assert (figure.axes[0].get_xticklabels()[0].get_rotation() != 0) == (length == 30)


@pytest.mark.parametrize(
    ("values", "log", "shown"),
    [
        ([0.01, 0.05, 0.1, 0.5, 1, 5], True, ["0.01", "0.05", "0.1", "0.5", "1", "5"]),
        ([5, 20, 50, 100, 200], False, ["5", "20", "50", "100", "200"]),
        ([128, 1, 8], True, ["1", "8", "128"]),
        ([3], False, ["3"]),
    ],
)
def test_the_settings_themselves_are_the_ticks(values, log, shown):
    figure = sweep_curves(values, {"train": np.arange(len(values))}, log=log, **LABELS)
    assert ticks(figure) == shown


@pytest.mark.parametrize("log", [False, True])
def test_labels_of_close_settings_do_not_touch(log):
    values = [1e-5, 1e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3, 1e-2]
    figure = sweep_curves(values, {"train": range(10)}, log=log, **LABELS)
    figure.draw_without_rendering()
    shown = [label for label in figure.axes[0].get_xticklabels() if label.get_text()]
    boxes = sorted((label.get_window_extent() for label in shown), key=lambda box: box.x0)
    assert len(boxes) >= 3
    for left, right in pairwise(boxes):
        assert left.x1 < right.x0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": []}, "values and curves must not be empty"),
        ({"curves": {}}, "values and curves must not be empty"),
        (
            {"curves": {"train": [1, 2, 3]}},
            "curves['train'] has the shape (3,), but must have (2,) or (2, 2)",
        ),
        (
            {"reported": {"train": [[1, 2], [3, 4]]}},
            "reported['train'] has the shape (2, 2), but must have (2,)",
        ),
        ({"beside": [1, 2, 3]}, "beside has 3 figures, but there are 2 values"),
        ({"reported": {"test": [1, 2]}}, "reported names 'test', which is no curve. Curves are train"),
        ({"values": [0, 1], "log": True}, "log=True needs numbers above 0 as values, not 0: use log=False"),
        ({"values": ["a", "b"], "log": True}, "log=True needs numbers above 0 as values, not names"),
    ],
)
def test_what_does_not_fit(change, message):
    arguments = {"values": [1, 2], "curves": {"train": [1, 2]}, **LABELS} | change
    with pytest.raises(ValueError, match=re.escape(message)):
        sweep_curves(**arguments)
