"""Plots show what they were given, and leave pyplot alone."""

import re
from itertools import pairwise

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from fastmlp import plots


def size_of_png(path):
    """Width and height in pixels, from the file's header."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert content[-8:-4] == b"IEND"
    return tuple(np.frombuffer(content[16:24], ">u4"))


def test_training_curves():
    loss, validation_loss, accuracy = [1.0, 0.5, 0.25], [0.8, 0.6, 0.7], [0.8, 0.9, 0.85]
    figure = plots.training_curves(
        loss, validation_loss, accuracy, best_epoch=2, training_only="dropout", title="a run"
    )
    left, right = figure.axes
    assert [line.get_label() for line in left.lines[:2]] == ["training (with dropout)", "validation"]
    assert figure.get_suptitle() == "a run"
    for line, values in zip(
        [*left.lines[:2], right.lines[0]], [loss, validation_loss, [80, 90, 85]], strict=True
    ):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_allclose(line.get_ydata(), values)
    assert left.get_yscale() == "log"
    for axes in (left, right):
        assert axes.get_xlabel() == "epoch"
        assert axes.lines[-1].get_xdata()[0] == 2
        assert [text.get_text() for text in axes.get_legend().texts][-1] == "best epoch: 2"
    assert "nats" in left.get_ylabel()
    assert "%" in right.get_ylabel()


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 500])
def test_epochs_are_whole_numbers(n_epochs):
    figure = plots.training_curves([0.3] * n_epochs, [0.2] * n_epochs, [0.9] * n_epochs)
    figure.draw_without_rendering()
    ticks = figure.axes[0].get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    assert len(figure.axes[0].lines) == 2  # nothing marked as the best epoch


def test_confusion_shows_every_count_legibly():
    matrix = np.array([[1000, 0, 3], [40, 900, 160], [1, 10, 950]])
    figure = plots.confusion(matrix, ["a", "b", "c"], title="a matrix")
    axes = figure.axes[0]
    texts = {(round(t.get_position()[1]), round(t.get_position()[0])): t for t in axes.texts}
    assert len(texts) == 9
    image = axes.images[0]
    for (i, j), text in texts.items():
        assert text.get_text() == str(matrix[i, j])
        background = np.dot(image.cmap(image.norm(matrix[i, j]))[:3], [0.299, 0.587, 0.114])
        foreground = np.dot(to_rgb(text.get_color()), [0.299, 0.587, 0.114])
        if matrix[i, j]:
            assert abs(background - foreground) > 0.45
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert figure.get_suptitle() == "a matrix"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert "stretched" in figure.axes[1].get_ylabel()


def test_titles_lie_inside_the_figure():
    """Also the longest that a run has, those of the bundled digits."""
    title = "scikit-learn's bundled 8 x 8 digits (NOT MNIST)"
    figures = [
        plots.training_curves([1.0], [0.8], [0.8], title=f"{title}: network 64-256-128-64-10"),
        plots.confusion(
            np.eye(10, dtype=int), range(10), title=f"{title}\n10,000 test images, 100.00 % correct"
        ),
        plots.misclassified(
            np.zeros((50, 8, 8), np.uint8),
            [1] * 50,
            [2] * 50,
            [0.5] * 50,
            title=f"{title}: misclassified test images",
        ),
    ]
    for figure in figures:
        figure.draw_without_rendering()
        box, whole = figure._suptitle.get_window_extent(), figure.bbox
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1


@pytest.mark.parametrize(("count", "limit", "n_shown"), [(5, 40, 5), (50, 40, 40), (9, 3, 3), (0, 40, 0)])
def test_misclassified_shows_the_most_confident_first(count, limit, n_shown):
    rng = np.random.RandomState(0)
    images = rng.randint(0, 256, (count, 4, 5)).astype(np.uint8)
    true = rng.randint(0, 10, count)
    confidence = rng.rand(count)
    figure = plots.misclassified(images, true, (true + 1) % 10, confidence, limit=limit, title="Wrong")
    (axes,) = figure.axes
    mosaic, labels = axes.images[0].get_array(), axes.texts
    assert len(labels) == n_shown
    for label, i in zip(labels, np.argsort(-confidence), strict=False):
        assert label.get_text().startswith(f"{true[i]} → {(true[i] + 1) % 10}  (")
        percent = float(re.search(r"\(([\d.]+) %\)", label.get_text())[1])
        assert 0 <= 100 * confidence[i] - percent < 0.1
        middle, edge = label.xy
        top, left = int(edge + 0.5), int(middle + 0.5 - 5 / 2)
        np.testing.assert_array_equal(mosaic[top : top + 4, left : left + 5], images[i])
    some = f"all {count}" if count <= limit else f"the {limit} most confident of {count}"
    what = f"{some}: true → predicted (confidence)" if count else "none"
    assert figure.get_suptitle() == f"Wrong\n{what}"


def test_nobody_is_certain():
    figure = plots.misclassified(np.zeros((1, 2, 2), np.uint8), [1], [2], np.float32([1 - 1e-7]))
    assert figure.axes[0].texts[0].get_text() == "1 → 2  (99.9 %)"


def test_labels_neither_touch_images_nor_each_other():
    figure = plots.misclassified(np.ones((16, 8, 8), np.uint8), [1] * 16, [2] * 16, [0.5] * 16, title="Wrong")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [label.get_window_extent() for label in axes.texts]
    for box, label in zip(boxes, axes.texts, strict=True):
        assert box.y0 > axes.transData.transform(label.xy)[1]
    for left, right in pairwise(boxes[:8]):
        assert left.x1 < right.x0
    below = axes.transData.transform(axes.texts[0].xy + np.array([0, 8]))[1]
    assert boxes[8].y1 < below
    assert boxes[0].y1 < figure._suptitle.get_window_extent().y0


def test_saved_as_png_without_pyplot(tmp_path):
    before = matplotlib.pyplot.get_fignums()
    images = np.zeros((2, 8, 8), np.uint8)
    for name, figure in {
        "curves": plots.training_curves([1.0, 0.5], [0.8, 0.6], [0.8, 0.9]),
        "confusion": plots.confusion(np.eye(10, dtype=int), range(10)),
        "misclassified": plots.misclassified(images, [1, 2], [3, 4], [0.5, 0.6]),
    }.items():
        plots.save_figure(figure, tmp_path / f"{name}.png", dpi=50)
        width, height = figure.get_size_inches() * 50
        np.testing.assert_allclose(size_of_png(tmp_path / f"{name}.png"), (width, height), atol=1)
    assert matplotlib.pyplot.get_fignums() == before
    assert len(list(tmp_path.iterdir())) == 3
