"""The picture of outputs in the plane."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from fastmlp.plots import Surface, decision_surfaces

from .figures import assert_nothing_is_cut_off, legend_texts


def surface(n=25, caption=""):
    """The output x1 / 6 at places of the grid, and six random points."""
    rng = np.random.RandomState(0)
    outputs = np.tile(np.linspace(-6, 6, n) / 6, (n, 1))
    X, y = rng.uniform(-5, 5, (6, 2)), np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
    return Surface(outputs, X[:4], y[:4], X[4:], y[4:], caption)


def test_outputs_lie_where_their_inputs_are():
    drawn = surface(caption="test loss 0.01")
    figure = decision_surfaces({"spiral": drawn}, title="Playground")
    axes, bar = figure.axes
    (image,) = axes.images
    np.testing.assert_array_equal(image.get_array(), drawn.outputs)
    left, right, bottom, top = image.get_extent()
    step = 12 / 24  # pixels' middles are the places of the grid
    assert (left, right, bottom, top) == (-6 - step / 2, 6 + step / 2, -6 - step / 2, 6 + step / 2)
    assert image.origin == "lower"
    assert image.get_clim() == (-1, 1)
    border = axes.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(border[:, 0], 0, atol=1e-12)
    assert axes.get_xlim() == axes.get_ylim() == (-6, 6)
    assert (axes.get_title(), figure.get_suptitle(), bar.get_ylabel()) == ("spiral", "Playground", "output")
    assert axes.get_xlabel() == "$x_1$\ntest loss 0.01"


def test_training_and_test_points_are_told_apart():
    drawn = surface()
    axes = decision_surfaces({"xor": tuple(drawn)}).axes[0]
    train, test = axes.collections[-2:]
    for dots, X, y, rim in (
        (train, drawn.X_train, drawn.y_train, "white"),
        (test, drawn.X_test, drawn.y_test, "black"),
    ):
        np.testing.assert_array_equal(dots.get_offsets(), X)
        np.testing.assert_allclose(dots.get_edgecolors()[0][:3], to_rgb(rim))
        red, _, blue = dots.get_facecolors()[:, :3].T
        np.testing.assert_array_equal(blue > red, y > 0)  # as the surface: blue where the output is positive
    image = axes.images[0]
    red, _, blue, _ = image.cmap(image.norm(1.0))
    assert blue > red


@pytest.mark.parametrize(("n_panels", "n_rows"), [(1, 1), (3, 1), (4, 2)])
def test_nothing_is_cut_off(n_panels, n_rows):
    panels = {
        f"data {i}": surface(caption="test loss 0.0123 (reported: 0.07 or less)") for i in range(n_panels)
    }
    figure = decision_surfaces(panels, title="TensorFlow Playground's data and what was learned")
    assert_nothing_is_cut_off(figure)
    assert len({round(axes.get_position().y0, 3) for axes in figure.axes[:-1]}) == n_rows
    assert legend_texts(figure) == ["-1, training", "1, training", "-1, test", "1, test"]


def test_outputs_of_one_sign_have_no_border():
    drawn = surface()._replace(outputs=np.ones((5, 5)))
    assert len(decision_surfaces({"": drawn}).axes[0].collections) == 2  # the points alone


@pytest.mark.parametrize("shape", [(25,), (5, 4), (1, 1)])
def test_what_does_not_fit(shape):
    with pytest.raises(ValueError, match=re.escape(f"the outputs of 'xor' have the shape {shape}")):
        decision_surfaces({"xor": surface()._replace(outputs=np.ones(shape))})
    with pytest.raises(ValueError, match="at least one surface"):
        decision_surfaces({})
