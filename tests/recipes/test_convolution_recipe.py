"""R2's convolution: the number of its parameters, and the heat map."""

import numpy as np
import pytest

from fastmlp import MLPClassifier
from fastmlp.experiments.occlusion import occlusion
from fastmlp.recipes import convolution

from .few_images import made_up


class OnePixel:
    """Is sure of class 1 as far as one pixel is bright."""

    classes_ = np.array([0, 1])

    def predict_proba(self, X):
        bright = 0.5 + 0.4 * X[:, 2 * 6 + 3] / 255  # row 2, column 3
        return np.stack([1 - bright, bright], axis=1)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_occlusion_is_where_the_pixel_is(size):
    image = np.full((5, 6), 255, np.uint8)
    loss = occlusion(OnePixel(), image, 1, size=size)
    rows, columns = np.indices((5, 6))
    near = (abs(rows - 2) <= size // 2) & (abs(columns - 3) <= size // 2)
    np.testing.assert_allclose(loss, np.where(near, np.log(9), 0), atol=1e-12)  # from 9 : 1 to 1 : 1
    assert (occlusion(OnePixel(), image, 0, size=size)[near] < 0).all()


class Sure:
    """Is all but certain, and less so the darker the image is."""

    classes_ = np.array([3, 7])

    def predict_proba(self, X):
        other = np.float32(1e-20) / X.mean(axis=1, dtype=np.float32)
        return np.stack([other, np.ones_like(other)], axis=1)


def test_a_sure_model_has_a_map_too():
    loss = occlusion(Sure(), np.ones((4, 4), np.uint8), 7, size=1)
    np.testing.assert_allclose(loss, np.log(16 / 15), rtol=1e-4)


@pytest.mark.parametrize(("size", "expected"), [(3, 135_805), (24, 32 * 577 + 25 * 129 + 260)])
def test_number_of_parameters(size, expected):
    parameters = convolution.SETTINGS[size].parameters | {"device": "ref", "max_iter": 1, "batch_size": 10}
    X, y = np.zeros((10, 784), np.uint8), np.arange(10)
    model = MLPClassifier(**parameters).partial_fit(X, y, classes=y)
    n_parameters = sum(w.size for w in model.coefs_) + sum(b.size for b in model.intercepts_)
    assert n_parameters == expected


def test_findings_compare_kernels_with_the_report():
    better = {2: 0.98, 3: 0.985, 4: 0.99, 8: 0.988, 24: 0.98}
    curves = {"validation_accuracy": [0.96, 0.968, 0.97, 0.981]}
    results = {
        convolution.SETTINGS[size].key: {
            "test_accuracy": share,
            "validation_accuracy": share - 0.001,
            "epochs": curves,
        }
        for size, share in better.items()
    }
    more = convolution.MORE_DROPOUT[3].key
    results[more] = {"test_accuracy": 0.986, "validation_accuracy": 0.9835, "epochs": curves}
    first, second, third, fourth = convolution.find(made_up(convolution.RECIPE, results))
    assert "Kernels of 4 x 4 pixels are best on the test images with 99.00 %, those of 8 x 8 in" in first
    assert "+0.32 with 2 x 2, +0.15 with 3 x 3" in second
    assert "farthest with 24 x 24, which passes the reported 96.90 %" in third
    assert "in epoch 3 of 10, on average over 1 seed" in third
    assert "3 x 3 with dropout 0.1 98.40 % (test 98.50 %)" in fourth
    assert "3 x 3 with dropout 0.25 98.35 % (test 98.60 %)" in fourth
    assert "24 x 24" not in fourth
    assert convolution.find(made_up(convolution.RECIPE, {})) == []


def test_kernels_that_are_equally_good_are_all_named_in_spite_of_gaps():
    results = {
        convolution.SETTINGS[size].key: {
            "test_accuracy": share,
            "epochs": {"validation_accuracy": [0.97, None], "loss": [1.0], "validation_loss": [1.0]},
        }
        for size, share in {2: 0.98, 4: 0.99, 8: 0.99001}.items()
    }
    outcome = made_up(convolution.RECIPE.quickened(), results)
    for fit in outcome.fits:
        fit["model"] = None
    assert convolution.find(outcome)[0].startswith("Kernels of 4 x 4 and 8 x 8 pixels are best on the test")
    picture = convolution.draw(outcome)["losses.png"]
    assert picture.get_suptitle().endswith("by the size of kernels, seed 0")


def test_a_square_has_a_middle():
    with pytest.raises(ValueError, match="size=4 must be odd"):
        occlusion(Sure(), np.ones((4, 4), np.uint8), 7, size=4)
