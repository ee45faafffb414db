"""R2: a coarse look at the L2 penalty by exponents, whose base the report does not state."""

from math import e

import numpy as np

from .. import plots
from ..experiments.recipe import Recipe, accuracies
from ..experiments.seed_curves import spread
from ..experiments.text import listed
from . import l2_penalty
from ._few_images import FIT, ONE, TWO, distances, figures, mean_distance, swept

EXPONENTS = (-14, -10, -6, -2, 2, 6)
OVERSHOOTS = 2  # times each weight, taken from it in a step: what is left is as large, or larger
COMPLETE = 4  # accuracies of a power: train and test, with two networks
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
    far, exponents = _far(outcome)
    return [*_by_distance(outcome, far, exponents), *_by_the_other_table(far), *_diverged(outcome)]


def _off(outcome, base, exponent):
    """Return the distances of one power's figures from the report, for both networks, list of Off."""
    settings = [s for layers in REPORTED for s in outcome.settings(_group(layers, base))]
    return distances(outcome, [s for s in settings if s.name == f"{base}^{exponent}"])


def _far(outcome):
    """Compare every base with the report where all bases have figures.

    Returns
    -------
    far : dict of str to float
        Base -> mean distance of accuracies, the closest first; empty unless there are figures of all bases.
    exponents : list of int
        Those that are compared.
    """
    off = {(base, n): _off(outcome, base, n) for base in BASES for n in EXPONENTS}
    exponents = [n for n in EXPONENTS if all(len(off[base, n]) == COMPLETE for base in BASES)]
    if not exponents:
        return {}, []
    far = {base: mean_distance([each for n in exponents for each in off[base, n]]) for base in BASES}
    return {base: far[base] for base in sorted(far, key=far.get)}, exponents


def _closest(far):
    """Return the bases whose distance, as it is printed, is the least, list of str."""
    least = f"{100 * min(far.values()):.1f}"
    return [base for base, mean in far.items() if f"{100 * mean:.1f}" == least]


def _by_distance(outcome, far, exponents):
    """Compare the bases by the distance of the figures."""
    if not far:
        return
    left_out = [n for n in EXPONENTS if n not in exponents]
    lacking = [f"{base}^{n}" for n in left_out for base in BASES if len(_off(outcome, base, n)) < COMPLETE]
    start = (
        f"Without the exponent {', '.join(map(str, left_out))} (no figures for {', '.join(lacking)}), powers"
        if left_out
        else "Powers"
    )
    yield (
        f"{start} of {listed(_closest(far))} fit the reported accuracies best: "
        + ", ".join(f"{100 * mean:.1f} points away on average with base {base}" for base, mean in far.items())
        + "."
    )


def _by_the_other_table(far):
    """Look for a power whose reported figures are those of the same lambda in the table of l2-penalty."""
    closest = _closest(far) if far else []
    for exponent in EXPONENTS:
        for base, number in BASES.items():
            for i, value in enumerate(l2_penalty.LAMBDAS):
                rows = [
                    (REPORTED[layers][EXPONENTS.index(exponent)], l2_penalty.REPORTED[layers][i])
                    for layers in REPORTED
                ]
                if abs(value / number**exponent - 1) < 1e-6 and all(a == b for a, b in rows):
                    agreement = "in agreement with" if base in closest else "against"
                    beside = f", {agreement} the distances above" if closest else ""
                    yield (
                        f"The report's own tables speak for base {base}{beside}: its figures for the "
                        f"exponent {exponent} are those for lambda = {value:g} = {base}^{exponent} in the "
                        "recipe l2-penalty, with two hidden layers and with one."
                    )


def _diverged(outcome):
    """Say where weights became infinite, how far a step of the penalty goes, and what the report shows."""
    diverged = [s for s in outcome.settings() if any(one["diverged"] for one in outcome.results(s.key))]
    if not diverged:
        return
    causes = {}
    for setting in diverged:
        p = setting.parameters
        factor = p["learning_rate_init"] * p["alpha"] / p["batch_size"]
        causes.setdefault(factor if factor >= OVERSHOOTS else None, []).append(setting.key)
    for factor, names in causes.items():
        cause = (
            ""
            if factor is None
            else f": the penalty alone subtracts {factor:g} times the weight in every step; above "
            f"{OVERSHOOTS} the weight grows"
        )
        yield f"Training diverges with {'; '.join(names)}{cause}."
    matrices = [one.get("test_confusion") for s in outcome.settings() for one in outcome.results(s.key)]
    known = next((np.array(matrix) for matrix in matrices if matrix is not None), None)
    reported = sorted({s.reported["test_accuracy"] for s in diverged if s.reported})
    if known is not None and reported:
        zeros, n_images = known[0].sum() / known.sum(), known.sum()
        chance = np.sqrt(zeros * (1 - zeros) / n_images)
        shown = " and ".join(f"{100 * share:.1f} %" for share in reported)
        within = all(abs(share - zeros) <= 2 * chance for share in reported)
        yield (
            f"The report has {shown} of its test images right there. Where no output is a number, the answer "
            f"that comes out is the first class: {100 * zeros:.1f} % of our test images are zeros, of "
            f"{n_images} with a standard deviation of {100 * chance:.1f} points, which "
            f"{'agrees' if within else 'does not agree'}."
        )


def draw(outcome):
    """Draw accuracy against the exponent for all bases, a picture for each network and part."""
    pictures = {}
    for layers, reported in REPORTED.items():
        groups = {base: outcome.settings(_group(layers, base)) for base in BASES}
        if any(len(settings) < len(EXPONENTS) for settings in groups.values()):
            continue  # what failed cannot be drawn
        bars = spread(outcome, [setting for settings in groups.values() for setting in settings])
        for part in ("train", "test"):
            name = f"{part}_accuracy"
            curves = {
                f"powers of {base}": [
                    outcome.percentages(settings, name),
                    100 * np.array([outcome.deviation(setting.key, name) for setting in settings], float),
                ]
                for base, settings in groups.items()
            }
            pictures[f"{part}-{layers.replace(' ', '-')}.png"] = plots.sweep_curves(
                [str(exponent) for exponent in EXPONENTS],
                curves,
                beside=[100 * row[name] for row in reported],  # the report does not state the base
                xlabel="exponent of lambda",
                ylabel=f"{part} accuracy (%)",
                title="\n".join(filter(None, (f"{outcome.recipe.title}: {layers}", bars))),
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
    quick={"max_iter": 1},
    duration="2 min",
)
