"""The picture of quantities against the epoch."""

import numpy as np
import pytest

from fastmlp.plots import epoch_curves

from .figures import assert_nothing_is_cut_off, legend_texts


def test_panels_share_axis_colours_and_legend():
    panels = {
        "relu": {"train": [3, 2, 1], "test": [3, 2.5, 2]},
        "tanh": {"test": [9.0, 8.0], "validation": [1, None, np.nan, 4]},
    }
    figure = epoch_curves(panels, ylabel="error (%)", title="Errors")
    assert figure.get_suptitle() == "Errors"
    colours = {}
    for axes, (name, curves) in zip(figure.axes, panels.items(), strict=True):
        assert (axes.get_title(), axes.get_xlabel()) == (name, "epoch")
        assert [line.get_label() for line in axes.lines] == list(curves)
        for line, values in zip(axes.lines, curves.values(), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))
            np.testing.assert_array_equal(line.get_ydata(), np.array(values, float))
            assert colours.setdefault(line.get_label(), line.get_color()) == line.get_color()
    assert len(set(colours.values())) == 3
    assert legend_texts(figure) == ["train", "test", "validation"]
    left, right = figure.axes
    assert left.get_ylim() == right.get_ylim()
    assert (left.get_ylabel(), right.get_ylabel()) == ("error (%)", "")


@pytest.mark.parametrize(("n_panels", "n_rows"), [(1, 1), (3, 1), (4, 2), (5, 2), (7, 3)])
@pytest.mark.parametrize("log", [False, True])
def test_panels_are_wrapped(n_panels, n_rows, log):
    panels = {f"panel {i}": {"train": [100, 1, 0.3 + i], "test": [90, 10, 5]} for i in range(n_panels)}
    figure = epoch_curves(panels, ylabel="error (%)", title="Errors of networks", log=log)
    assert len(figure.axes) == n_panels
    assert_nothing_is_cut_off(figure)
    assert len({round(axes.get_position().y0, 3) for axes in figure.axes}) == n_rows
    assert {axes.get_yscale() for axes in figure.axes} == {"log" if log else "linear"}
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert ("50" in labels) == log


def test_styles_of_single_curves():
    style = {"reported": {"linestyle": ":", "color": "0.4", "marker": ""}}
    curves = {"train": [1, 2, 3], "reported": [1, 2, 2.5]}
    train, reported = epoch_curves({"": curves}, ylabel="", styles=style).axes[0].lines
    assert (train.get_linestyle(), train.get_marker()) == ("-", "o")
    assert (reported.get_linestyle(), reported.get_marker(), reported.get_color()) == (":", "", "0.4")


@pytest.mark.parametrize("n_epochs", [1, 2, 500])
def test_epochs_are_whole_numbers(n_epochs):
    figure = epoch_curves({"": {"20 %": np.linspace(0.8, 0.9, n_epochs)}}, ylabel="test accuracy")
    figure.draw_without_rendering()
    ticks = figure.axes[0].get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_many_long_names_fit():
    curves = {f"the share of the training data: {i} %": [1, 2] for i in range(12)}
    figure = epoch_curves({"": curves}, ylabel="accuracy")
    assert_nothing_is_cut_off(figure)
    assert (
        len(
            {
                line.get_color() if isinstance(line.get_color(), str) else tuple(line.get_color())
                for line in figure.axes[0].lines
            }
        )
        == 12
    )


def test_what_does_not_fit():
    for panels in ({}, {"a": {"train": [1]}, "b": {}}):
        with pytest.raises(ValueError, match="at least one panel, and every panel a curve"):
            epoch_curves(panels, ylabel="")
    with pytest.raises(ValueError, match=r"styles names 'reported', which is no curve. Curves are train"):
        epoch_curves({"a": {"train": [1]}}, ylabel="", styles={"reported": {}})
