"""The picture of gray images in a grid."""

import re
from itertools import pairwise

import numpy as np
import pytest

from fastmlp.plots import image_grid

from .figures import assert_nothing_is_cut_off


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(8, 8), (4, 6)])
def test_every_image_stands_below_its_caption(dtype, shape):
    images = (np.random.RandomState(0).rand(7, *shape) * 200).astype(dtype)
    captions = [f"true {i}, predicted {i % 4}" for i in range(7)]
    figure = image_grid(images, captions, n_columns=3, title="Images", wrong=np.arange(7) > 3)
    (axes,) = figure.axes
    mosaic = np.asarray(axes.images[0].get_array())
    assert figure.get_suptitle() == "Images"
    assert [text.get_text() for text in axes.texts] == captions
    for i, text in enumerate(axes.texts):
        left, top = int(text.xy[0] + 0.5 - shape[1] / 2), int(text.xy[1] + 0.5)
        np.testing.assert_array_equal(mosaic[top : top + shape[0], left : left + shape[1]], images[i])
        assert (text.get_color() == "black") == (i <= 3)
    assert len({text.get_color() for text in axes.texts}) == 2
    assert mosaic.astype(float).sum() == pytest.approx(images.astype(float).sum(), rel=1e-6)  # blank between
    assert axes.images[0].get_clim() == (0, images.max())
    assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize("caption", ["true 5, predicted 3", "Ankle boot\n→ T-shirt/top", "5", "a\nb\nc"])
def test_captions_neither_touch_images_nor_each_other(caption):
    figure = image_grid(np.ones((20, 28, 28)), [caption] * 20, n_columns=10, title="The first 20 images")
    assert_nothing_is_cut_off(figure)
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts]
    for left, right in pairwise(boxes[:10]):
        assert left.x1 < right.x0
    below_first_row = axes.transData.transform(axes.texts[0].xy + np.array([0, 28]))[1]
    assert boxes[10].y1 < below_first_row
    assert boxes[0].y1 < figure._suptitle.get_window_extent().y0
    width = axes.transData.transform([28, 0])[0] - axes.transData.transform([0, 0])[0]
    assert width / figure.dpi > 0.9  # images are not made small by long captions


def test_rows_have_names_without_captions():
    images = np.random.RandomState(0).randint(1, 256, (6, 8, 8)).astype(np.uint8)
    names = ["T-shirt/top", "Ankle boot", "Sneaker"]
    figure = image_grid(images, n_columns=2, title="Samples", row_names=names)
    assert_nothing_is_cut_off(figure)
    (axes,) = figure.axes
    mosaic = np.asarray(axes.images[0].get_array())
    step = mosaic.shape[0] // 3
    for i, image in enumerate(images):
        row, column = divmod(i, 2)
        np.testing.assert_array_equal(mosaic[step * row :, column * mosaic.shape[1] // 2 :][:8, :8], image)
    left = axes.get_window_extent().x0
    for row, text in enumerate(axes.texts):
        assert text.get_text() == names[row]
        assert text.get_window_extent().x1 < left
        assert step * row < text.xy[1] < step * row + 8


def test_nothing_and_nothing_but_white():
    assert len(image_grid(np.zeros((0, 8, 8)), [], n_columns=5).axes[0].texts) == 0
    figure = image_grid(-np.ones((2, 8, 8)), n_columns=5)
    figure.draw_without_rendering()
    image = figure.axes[0].images[0]
    assert (image.to_rgba(image.get_array())[:8, :8] == 1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((4, 64))}, "images has the shape (4, 64)"),
        ({"n_columns": 0}, "n_columns=0"),
        ({"captions": ["a"] * 3}, "captions has 3 entries, but 4 are needed for 4 images in 3 columns"),
        ({"wrong": [True]}, "wrong has 1 entries, but 4 are needed"),
        ({"row_names": ["a"] * 4}, "row_names has 4 entries, but 2 are needed"),
    ],
)
def test_what_does_not_fit(change, message):
    arguments = {"images": np.zeros((4, 8, 8)), "n_columns": 3} | change
    with pytest.raises(ValueError, match=re.escape(message)):
        image_grid(**arguments)
