"""R5's worked example, computed by the reference and written out in NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from fastmlp.experiments.fitted import Context
from fastmlp.recipes import gradient_check
from fastmlp.recipes.gradient_check import GRADIENT, LOSS, RECIPE, ROUNDING

from .few_images import made_up


@pytest.fixture(scope="module")
def results():
    """Those of float64 and float32."""
    context = Context(device="ref")
    return {s.name: gradient_check.fit(s, None, 0, context).results for s in RECIPE.settings}


def test_the_digits_of_the_report_come_out(results):
    assert results["float64"]["loss"] == pytest.approx(LOSS, abs=1e-12)
    for name, reported in GRADIENT.items():
        np.testing.assert_allclose(
            results["float64"]["gradient"][name], reported, rtol=0, atol=ROUNDING[name]
        )
    assert results["float64"]["numerical_difference"] < 1e-9


def test_it_is_the_gradient_by_the_formula(results):
    generator = np.random.RandomState(0)
    W1, W2 = generator.randn(3, 2), generator.randn(3)
    X, y = generator.rand(1000, 2), generator.randint(0, 2, 1000)
    a1 = 1 / (1 + np.exp(-X @ W1.T))
    a2 = 1 / (1 + np.exp(-a1 @ W2))
    dz2 = (a2 - y) * a2 * (1 - a2) / 1000
    dz1 = np.outer(dz2, W2) * a1 * (1 - a1)
    expected = {"W1": dz1.T @ X, "b1": dz1.sum(axis=0), "W2": a1.T @ dz2, "b2": dz2.sum()}
    for name, value in expected.items():
        np.testing.assert_allclose(results["float64"]["gradient"][name], value, rtol=1e-12)


def test_float32_is_seen_to_be_less_exact(results):
    both = [results[name]["numerical_difference"] for name in ("float64", "float32")]
    assert 1e-9 < both[1] < 1e-6
    assert both[0] < both[1] / 100


def test_every_component_stands_beside_the_reported_one(results):
    (picture,) = gradient_check.draw(made_up(RECIPE, results)).values()
    cells = picture.axes[0].tables[0].get_celld()
    texts = {
        cells[row, -1].get_text().get_text(): [
            cells[row, column].get_text().get_text() for column in range(3)
        ]
        for row in range(1, len(gradient_check.NAMES) + 1)
    }
    assert texts["loss"][:2] == [" 0.1332476222330792", " 0.133247622233"]
    assert texts["dW1[2][1]"] == [
        "-0.000372",
        *(f"{results[t]['gradient']['W1'][2][1]:.12f}" for t in results),
    ]
    assert float(texts["db2"][2]) == pytest.approx(results["float32"]["gradient"]["b2"], abs=1e-12)


def test_differences_are_shown_with_an_exponent(results):
    figure = RECIPE.figure("numerical_difference")
    assert "e-" in figure.show(results["float64"]["numerical_difference"])


def test_findings_name_what_differs(results):
    double, single = gradient_check.find(made_up(RECIPE, results))
    assert "In float64, neither the loss nor any gradient differs" in double
    assert "In float32, loss, dW1" in single
    wrong = results["float64"] | {"W2_difference": 1e-3}
    sentence = gradient_check.find(made_up(RECIPE, {"float64": wrong}))[0]
    assert "In float64, dW2 differs from the report's" in sentence
    assert "the largest difference is 1.0e-03" in sentence


def test_more_seeds_would_repeat_it():
    assert replace(gradient_check.RECIPE, seeds=14).n_fits == 2
