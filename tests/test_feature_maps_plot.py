"""The pictures of activations, and of what an image's parts count for."""

import re

import numpy as np
import pytest

from fastmlp.plots import feature_maps, heat_map

from .figures import assert_nothing_is_cut_off


@pytest.mark.parametrize(("shape", "n_columns"), [((13, 13, 32), 8), ((2, 2, 9), 8), ((24, 20, 3), 3)])
def test_every_channel_is_drawn_below_its_number(shape, n_columns):
    maps = np.random.RandomState(0).rand(*shape).astype(np.float32)
    figure = feature_maps(maps, title="Feature maps")
    axes, bar = figure.axes
    mosaic = np.ma.getdata(axes.images[0].get_array())
    assert [text.get_text() for text in axes.texts] == [str(i + 1) for i in range(shape[2])]
    assert len({text.xy[0] for text in axes.texts}) == min(n_columns, shape[2])
    times = -(-48 // max(shape[:2]))
    for i, text in enumerate(axes.texts):
        left, top = int(text.xy[0] + 0.5 - shape[1] * times / 2), int(text.xy[1] + 0.5)
        part = mosaic[top : top + shape[0] * times, left : left + shape[1] * times]
        np.testing.assert_array_equal(part[::times, ::times], maps[:, :, i])
        np.testing.assert_array_equal(part[times - 1 :: times, times - 1 :: times], maps[:, :, i])
    assert np.isfinite(mosaic).sum() == maps.size * times**2  # nothing between them
    assert axes.images[0].get_clim() == (0, maps.max())
    assert bar.get_ylabel() == "activation"
    assert figure.get_suptitle() == "Feature maps"
    assert_nothing_is_cut_off(figure)


def test_negative_activations_have_other_colours():
    maps = np.array([[-0.5, 0.0, 0.25]])[..., np.newaxis]
    figure = feature_maps(maps)
    image = figure.axes[0].images[0]
    assert image.get_clim() == (-0.5, 0.5)
    red, _, blue, _ = image.cmap(image.norm(-0.5))
    assert blue > red
    np.testing.assert_allclose(image.cmap(image.norm(0.0)), 1, atol=0.05)
    assert not figure.axes[0].texts  # a single map needs no number
    assert_nothing_is_cut_off(figure)


def test_activations_that_are_all_zero():
    feature_maps(np.zeros((4, 4, 2))).draw_without_rendering()


@pytest.mark.parametrize("shape", [(100,), (10, 10), (0, 4, 4)])
def test_maps_of_other_shapes(shape):
    with pytest.raises(ValueError, match=re.escape(f"maps has the shape {shape}") + ".*give activations"):
        feature_maps(np.zeros(shape))


@pytest.mark.parametrize("shape", [(28, 28), (13, 13), (2, 3), (1, 1)])
def test_heat_map_covers_the_image(shape):
    rng = np.random.RandomState(0)
    image, weights = rng.randint(0, 256, (28, 20)).astype(np.uint8), rng.rand(*shape)
    figure = heat_map(image, weights, title="Where it looks")
    left, right, bar = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), image)
    below, heat = right.images
    np.testing.assert_array_equal(below.get_array(), image)
    np.testing.assert_array_equal(heat.get_array(), weights)
    assert tuple(heat.get_extent()) == tuple(below.get_extent()) == (-0.5, 19.5, 27.5, -0.5)
    assert 0 < heat.get_alpha() < 1
    assert (figure.get_suptitle(), bar.get_ylabel()) == ("Where it looks", "weight")
    assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize(("image", "weights"), [((28, 28, 1), (4, 4)), ((784,), (4, 4)), ((28, 28), (16,))])
def test_heat_maps_of_other_shapes(image, weights):
    with pytest.raises(ValueError, match=re.escape(f"have the shapes {image} and {weights}")):
        heat_map(np.ones(image), np.ones(weights))
