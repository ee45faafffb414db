"""Plots show what they were given, and leave pyplot alone."""

import re
from itertools import pairwise

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.metrics import roc_auc_score, roc_curve

from fastmlp import plots
from fastmlp.plots.palette import class_colours, line_colours

from .figures import assert_nothing_is_cut_off


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
        assert [text.get_text() for text in axes.get_legend().texts][-1] == "best accuracy: epoch 2"
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
        "sweep": plots.sweep_curves([1, 2], {"test": [0.5, 0.6]}, xlabel="", ylabel=""),
        "epochs": plots.epoch_curves({"": {"test": [0.5, 0.6]}}, ylabel=""),
        "grid": plots.image_grid(images, n_columns=2),
        "maps": plots.feature_maps(np.ones((2, 2, 2))),
        "heat": plots.heat_map(images[0], np.ones((2, 2))),
        "surfaces": plots.decision_surfaces(
            {"": (np.ones((2, 2)), np.ones((2, 2)), [1, -1], np.ones((2, 2)), [1, -1])}
        ),
    }.items():
        plots.save_figure(figure, tmp_path / f"{name}.png", dpi=50)
        width, height = figure.get_size_inches() * 50
        np.testing.assert_allclose(size_of_png(tmp_path / f"{name}.png"), (width, height), atol=1)
    assert matplotlib.pyplot.get_fignums() == before
    assert len(list(tmp_path.iterdir())) == 9


def test_loss_curves():
    figure = plots.loss_curves(
        [
            plots.Losses("first", [1.0, 0.5], [0.9, 0.6], "test"),
            plots.Losses("second", [1.0, 0.7, 0.2], [0.8, 0.7, 0.9], "validation", 2, "dropout"),
        ],
        title="two runs",
    )
    left, right = figure.axes
    assert (left.get_title(), right.get_title(), figure.get_suptitle()) == ("first", "second", "two runs")
    assert [text.get_text() for text in left.get_legend().texts] == ["training", "test"]
    labels = ["training (with dropout)", "validation", "best accuracy: epoch 2"]
    assert [text.get_text() for text in right.get_legend().texts] == labels
    np.testing.assert_array_equal(left.lines[1].get_ydata(), [0.9, 0.6])
    np.testing.assert_array_equal(right.lines[0].get_xdata(), [1, 2, 3])
    assert right.lines[2].get_xdata()[0] == 2


def test_confusion_matrices_side_by_side_share_their_colours():
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    matrices = {"one": 90 * np.eye(10, dtype=int) + 1, "two": np.full((10, 10), 10)}
    figure = plots.confusions(matrices, names, title="Both")
    left, right, bar = figure.axes
    assert (left.get_title(), right.get_title()) == ("one", "two")
    assert left.images[0].norm is right.images[0].norm
    assert "stretched" in bar.get_ylabel()
    for axes in (left, right):
        assert [label.get_text() for label in axes.get_xticklabels()] == names
        assert axes.get_xticklabels()[0].get_rotation() == 45  # ten long names do not fit otherwise
    few = plots.confusions({"": np.eye(2, dtype=int)}, names[:2])
    assert few.axes[0].get_xticklabels()[0].get_rotation() == 0


def test_many_confusion_matrices_stand_in_rows():
    """Only the outer ones name the classes; every count stays inside its cell."""
    rng = np.random.RandomState(0)
    matrices = {f"network {i}": rng.randint(0, 4000, (10, 10)) for i in range(7)}
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    figure = plots.confusions(matrices, names, title="Seven networks")
    *panels, bar = figure.axes
    assert [axes.get_title() for axes in panels] == list(matrices)
    assert "images" in bar.get_ylabel()
    assert_nothing_is_cut_off(figure)
    boxes = [axes.get_window_extent() for axes in panels]
    for i, (axes, matrix) in enumerate(zip(panels, matrices.values(), strict=True)):
        np.testing.assert_array_equal(axes.images[0].get_array(), matrix)
        assert axes.get_ylabel() == ("true" if i in (0, 4) else "")
        assert axes.get_xlabel() == ("predicted" if i >= 3 else "")
        assert axes.yaxis.get_tick_params()["labelleft"] == (i in (0, 4))
        assert axes.xaxis.get_tick_params()["labelbottom"] == (i >= 3)
        for text in axes.texts:
            assert text.get_window_extent().width < 0.95 * boxes[i].width / 10
    for left, right in pairwise(boxes[:4]):
        assert left.x1 < right.x0
    assert min(box.y0 for box in boxes[:4]) > max(box.y1 for box in boxes[4:])
    two = plots.confusions(dict(list(matrices.items())[:4]), names, n_columns=2)
    assert len({round(axes.get_position().y0, 3) for axes in two.axes[:4]}) == 2


def probabilities_of(true, n_classes, sharpness, seed=0):
    rng = np.random.RandomState(seed)
    scores = rng.gamma(1, size=(len(true), n_classes))
    scores[np.arange(len(true)), true] += sharpness
    return scores / scores.sum(axis=1, keepdims=True)


def test_roc_of_two_classes_is_that_of_the_second():
    true = np.arange(200) % 2
    probabilities = {"weak": probabilities_of(true, 2, 0.5), "strong": probabilities_of(true, 2, 3)}
    figure = plots.roc_curves(true, probabilities, ["cat", "dog"], title="Curves")
    left, right = figure.axes
    assert (left.get_title(), right.get_title(), figure.get_suptitle()) == ("weak", "strong", "Curves")
    for axes, columns in zip((left, right), probabilities.values(), strict=True):
        false_positive, true_positive, _ = roc_curve(true, columns[:, 1])
        curve, chance = axes.lines
        np.testing.assert_array_equal(curve.get_xdata(), false_positive)
        np.testing.assert_array_equal(curve.get_ydata(), true_positive)
        np.testing.assert_array_equal(chance.get_xdata(), chance.get_ydata())
        area = roc_auc_score(true, columns[:, 1])
        texts = [text.get_text() for text in axes.get_legend().texts]
        assert texts == [f"dog: AUC {area:.4f}", "chance: AUC 0.5"]
        assert axes.get_xlabel() == "false positive rate: cat taken for dog"
    assert not left.child_axes  # its curve does not come near the corner
    (corner,) = right.child_axes
    np.testing.assert_array_equal(corner.lines[0].get_ydata(), right.lines[0].get_ydata())
    size = corner.get_xlim()[1]
    assert corner.get_ylim() == (1 - size, 1)
    assert size <= 0.2


def test_roc_of_more_classes_sets_each_against_the_others():
    true = np.arange(300) % 3
    columns = probabilities_of(true, 3, 2)
    figure = plots.roc_curves(true, {"": columns}, ["a", "b", "c"])
    lines = figure.axes[0].lines
    assert len(lines) == 4
    assert len({tuple(line.get_color()) for line in lines[:3]}) == 3
    for i, line in enumerate(lines[:3]):
        np.testing.assert_array_equal(line.get_ydata(), roc_curve(true == i, columns[:, i])[1])
        assert line.get_label() == f"{'abc'[i]}: AUC {roc_auc_score(true == i, columns[:, i]):.4f}"


@pytest.mark.parametrize(("n_wrong", "expected"), [(0, "1.0000"), (1, "0.9999")])
def test_only_a_perfect_area_is_one(n_wrong, expected):
    true, score = np.repeat([0, 1], 200), np.linspace(0, 1, 400)
    if n_wrong:  # 39,999 of 40,000 pairs in order: 0.999975
        score[[199, 200]] = score[[200, 199]]
    figure = plots.roc_curves(true, {"": np.c_[1 - score, score]}, ["a", "b"])
    assert figure.axes[0].get_legend().texts[0].get_text() == f"b: AUC {expected}"


def test_embeddings_show_every_row_in_the_colour_of_its_class():
    rng = np.random.RandomState(0)
    labels, points = (
        np.arange(30) % 3,
        {"pixels": rng.normal(size=(30, 2)), "features": rng.normal(size=(30, 2))},
    )
    figure = plots.embeddings(points, labels, ["a", "b", "c"], title="Maps")
    for axes, (name, xy) in zip(figure.axes, points.items(), strict=True):
        (dots,) = axes.collections
        np.testing.assert_array_equal(dots.get_offsets(), xy)
        assert axes.get_title() == name
        assert len(axes.get_xticks()) == 0
        for i, handle in enumerate(figure.legends[0].legend_handles):
            colours = dots.get_facecolors()[labels == i, :3]
            np.testing.assert_allclose(colours, np.tile(to_rgb(handle.get_color()), (10, 1)))
    assert [text.get_text() for text in figure.legends[0].texts] == ["a", "b", "c"]


def test_more_than_ten_classes_have_colours_of_their_own():
    assert len(np.unique(class_colours(25), axis=0)) == 25
    assert len(np.unique(class_colours(10), axis=0)) == 10


@pytest.mark.parametrize("n", [1, 5, 8, 9, 20])
def test_lines_have_colours_of_their_own(n):
    colours = line_colours(map(str, range(n)))
    assert len({to_rgb(colour) for colour in colours.values()}) == n


def test_sample_images_stand_in_rows_beside_their_names():
    rng = np.random.RandomState(0)
    images = rng.randint(0, 256, (2, 5, 8, 8, 3)).astype(np.uint8)
    figure = plots.sample_images(images, ["cat", "dog"], ["5 of them", "5 more"], title="Pets")
    (axes,) = figure.axes
    mosaic = np.asarray(axes.images[0].get_array())
    for row, column in np.ndindex(2, 5):
        np.testing.assert_array_equal(mosaic[9 * row :, 9 * column :][:8, :8], images[row, column])
    assert mosaic.shape == (17, 44, 3)
    assert (mosaic[8] == 255).all()
    figure.draw_without_rendering()
    texts = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert list(texts) == ["cat", "5 of them", "dog", "5 more"]
    left = axes.get_window_extent().x0
    for box in texts.values():
        assert 0 <= box.x0 < box.x1 < left
    assert texts["cat"].y0 > texts["dog"].y1
    assert figure._suptitle.get_window_extent().y0 > axes.get_window_extent().y1


@pytest.mark.parametrize("n_classes", [2, 4, 10])
@pytest.mark.parametrize("n_panels", [1, 2])
def test_nothing_of_the_results_is_cut_off(n_classes, n_panels):
    """Titles, labels and legends, which matplotlib's layouts may push over the edge."""
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"][
        :n_classes
    ]
    title = f"CIFAR-10 ({', '.join(names[:4])}), 10,000 test images\nfeatures: learned patterns of patches"
    true = np.arange(200) % n_classes
    runs = ["setting 'as reported': 93.55 % correct", "setting 'sound': 95.90 % correct"][:n_panels]
    figures = [
        plots.roc_curves(
            true, {run: probabilities_of(true, n_classes, 4) for run in runs}, names, title=title
        ),
        plots.confusions({run: 1000 * np.eye(n_classes, dtype=int) for run in runs}, names, title=title),
        plots.embeddings(dict.fromkeys(runs, np.zeros((200, 2))), true, names, title=title),
    ]
    for figure in figures:
        assert_nothing_is_cut_off(figure)
