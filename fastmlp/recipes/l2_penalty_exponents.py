"""R2: a coarse look at the L2 penalty by exponents, whose base the report does not state."""

from math import e

from .. import plots
from ..experiments.recipe import Recipe, accuracies
from . import l2_penalty
from ._few_images import FIT, ONE, TWO, distance, figures, swept

EXPONENTS = (-14, -10, -6, -2, 2, 6)
BASES = {"10": 10.0, "e": e, "2": 2.0}
REPORTED = {
    TWO: figures(
        (0.999, 0.790), (0.998, 0.803), (0.999, 0.803), (0.998, 0.810), (0.111, 0.113), (0.101, 0.080)
    ),
    ONE: figures(
        (0.920, 0.833), (0.920, 0.833), (0.920, 0.833), (0.929, 0.840), (0.111, 0.113), (0.101, 0.080)
    ),
}


def _group(layers, base):
    return f"{layers}, powers of {base}"


def _settings():
    """Yield the report's two rows of exponents for every base."""
    for layers, reported in REPORTED.items():
        for base, number in BASES.items():
            lambdas = [number**exponent for exponent in EXPONENTS]
            names = dict(zip(lambdas, (f"{base}^{exponent}" for exponent in EXPONENTS), strict=True))
            yield from swept("alpha", lambdas, layers, reported, _group(layers, base), names.get)


def find(outcome):
    """Say which base fits the report's figures, and what its own tables say about that."""
    return [*_by_distance(outcome), *_by_the_other_table(), *_diverged(outcome)]


def _by_distance(outcome):
    """Compare the bases by the distance of the figures."""
    far = {}
    for base in BASES:
        found = [distance(outcome, _group(layers, base)) for layers in REPORTED]
        if None not in found:
            far[base] = sum(each[0] for each in found) / len(found)
    if len(far) == len(BASES):
        ranked = sorted(far, key=far.get)
        yield (
            f"Powers of {ranked[0]} fit the reported accuracies best: "
            + ", ".join(f"{100 * far[base]:.1f} points away on average with base {base}" for base in ranked)
            + "."
        )


def _by_the_other_table():
    """Look for a power whose reported figures are those of the same lambda in the table of l2-penalty."""
    for exponent in EXPONENTS:
        for base, number in BASES.items():
            for i, value in enumerate(l2_penalty.LAMBDAS):
                rows = [
                    (REPORTED[layers][EXPONENTS.index(exponent)], l2_penalty.REPORTED[layers][i])
                    for layers in REPORTED
                ]
                if abs(value / number**exponent - 1) < 1e-6 and all(a == b for a, b in rows):
                    yield (
                        f"The report itself says so: its figures for the exponent {exponent} are those for "
                        f"lambda = {value:g} = {base}^{exponent} in the recipe l2-penalty, with two hidden "
                        "layers and with one."
                    )


def _diverged(outcome):
    """Say where weights became infinite, and what the report shows there."""
    names = [s.key for s in outcome.settings() if any(one["diverged"] for one in outcome.results(s.key))]
    if names:
        yield (
            f"{'; '.join(names)}: the penalty's step alone overshoots zero by more than the weights are "
            "large, and they grow beyond all numbers. The report's figures at its largest exponent are about "
            "the share of one digit, as where every image gets the same answer."
        )


def draw(outcome):
    """Draw accuracy against the exponent for all bases, a picture for each network and part."""
    pictures = {}
    for layers, reported in REPORTED.items():
        groups = {f"powers of {base}": outcome.settings(_group(layers, base)) for base in BASES}
        if any(len(settings) < len(EXPONENTS) for settings in groups.values()):
            continue  # what failed cannot be drawn
        for part in ("train", "test"):
            name = f"{part}_accuracy"
            curves = {"reported": [100 * row[name] for row in reported]}
            for group, settings in groups.items():
                means = (outcome.mean(setting.key, name) for setting in settings)
                curves[group] = [None if mean is None else 100 * mean for mean in means]
            pictures[f"{part}-{layers.replace(' ', '-')}.png"] = plots.sweep_curves(
                EXPONENTS,
                curves,
                xlabel="exponent of lambda",
                ylabel=f"{part} accuracy (%)",
                title=f"{outcome.recipe.title}: {layers}",
            )
    return pictures


RECIPE = Recipe(
    name="l2-penalty-exponents",
    title="L2 penalties by their exponents",
    shows="3,000 images of MNIST, lambda by exponents from -14 to 6: which base the report means",
    report="R2",
    data="mnist",
    settings=tuple(_settings()),
    fit=FIT,
    figures=accuracies("train", "test", decimals=1),
    find=find,
    draw=draw,
    seeds=1,
    quick={"max_iter": 1},
    duration="2 min",
)
