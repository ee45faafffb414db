"""The losses of several training runs side by side."""

import pytest

from fastmlp.plots import Losses, loss_curves

from .figures import assert_nothing_is_cut_off


@pytest.mark.parametrize("n_runs", [1, 3])
def test_legends_hide_no_curve(n_runs):
    run = Losses("a run", [0.8, 0.6], [0.5, 0.45], "validation", 1, "dropout and penalties")
    figure = loss_curves([run] * n_runs, title="Losses")
    figure.draw_without_rendering()
    for axes in figure.axes:
        labels = [text.get_text() for text in axes.get_legend().texts]
        assert labels == ["training (with dropout and penalties)", "validation", "best accuracy: epoch 1"]
        legend = axes.get_legend().get_window_extent()
        assert legend.y1 < axes.xaxis.label.get_window_extent().y0
        assert legend.y0 >= 0
    assert_nothing_is_cut_off(figure)
