"""The picture of images and their reconstructions."""

import numpy as np
import pytest

from fastmlp.plots import reconstructions


def shown(figure, n, height, width):
    """The drawn images, (2, n, height, width) and channels if there are any."""
    mosaic = np.asarray(figure.axes[0].images[0].get_array())
    cells = mosaic.reshape(2, mosaic.shape[0] // 2, n, mosaic.shape[1] // n, *mosaic.shape[2:])
    return cells.swapaxes(1, 2)[:, :, :height, :width]


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_originals_stand_above_reconstructions(dtype, channels):
    rng = np.random.RandomState(0)
    originals = (200 * rng.rand(5, 18, 7, *channels)).astype(dtype)
    made = originals + rng.normal(size=originals.shape) * 60
    figure = reconstructions(originals, made, limit=4, title="a title")
    top, bottom = shown(figure, 4, 18, 7)
    drawn = (slice(4), ..., 0) if channels == (1,) else slice(4)
    np.testing.assert_allclose(top, (originals / originals.max())[drawn])
    np.testing.assert_allclose(bottom, (made / originals.max()).clip(0, 1)[drawn])
    assert figure.get_suptitle() == "a title"
    names = {text.get_text(): text.xy[1] for text in figure.axes[0].texts}
    assert names["original"] < 18 < names["reconstruction"] < 2 * 18 + 4


@pytest.mark.parametrize("n", [1, 12])
def test_everything_lies_inside_the_figure(n):
    images = np.zeros((n, 8, 8))
    figure = reconstructions(images, images, title="MNIST, 784-32-784: mean squared error 0.0099")
    figure.draw_without_rendering()
    boxes = [figure._suptitle.get_window_extent(), figure.axes[0].get_window_extent()]
    boxes += [text.get_window_extent() for text in figure.axes[0].texts]
    for box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("shape", [(4, 64), (4, 8, 7), (3, 8, 8)])
def test_images_of_other_shapes(shape):
    with pytest.raises(ValueError, match=r"have \(4, 8, 8\) and .*reshape the rows"):
        reconstructions(np.zeros((4, 8, 8)), np.zeros(shape))


def test_no_images():
    with pytest.raises(ValueError, match="no image to draw: 0 given"):
        reconstructions(np.zeros((0, 8, 8)), np.zeros((0, 8, 8)))
    with pytest.raises(ValueError, match="4 given, limit=0"):
        reconstructions(np.zeros((4, 8, 8)), np.zeros((4, 8, 8)), limit=0)
