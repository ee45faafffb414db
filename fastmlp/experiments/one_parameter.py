"""What a recipe that varies one parameter says and draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import plots
from .seed_curves import spread
from .text import listed


@dataclass(frozen=True)
class OneParameter:
    """Findings and picture of a sweep over one parameter, in every group of settings.

    Parameters
    ----------
    name : str
        The parameter in words, such as 'batch size'.
    value : callable
        value(parameters) -> its value, the place on the horizontal axis.
    judge : str
        The figure by which settings are called best and worst: an accuracy, or a loss.
    shown : tuple of str
        What is drawn: only accuracies, such as 'train_accuracy', or only losses.
    log : bool
        Whether the horizontal axis is logarithmic.
    """

    name: str
    value: Callable
    judge: str = "validation_accuracy"
    shown: tuple[str, ...] = ("train_accuracy", "validation_accuracy")
    log: bool = True

    def find(self, outcome):
        """Name the best and the worst values of every group; return a list of sentences."""
        sentences, judge = [], self.judge.replace("_", " ")
        for group in outcome.groups():
            ranks = ranked(outcome, outcome.settings(group), self.judge)
            if sum(map(len, ranks)) < 2:
                continue
            the = f"With {group}, the" if group else "The"
            best, worst = (self._named(outcome, rank) for rank in (ranks[0], ranks[-1]))
            if len(ranks) == 1:
                sentences.append(f"{the} {judge} is the same with the {self.name} {best}.")
                continue
            near = [setting.name for setting in near_best(outcome, ranks, self.judge)]
            verb = "are" if len(near) > 1 else "is"
            sentences.append(
                f"{the} {self.name} with the best {judge} is {best}, that with the worst {worst}"
                + (f"; {listed(near)} {verb} within one standard deviation of the best." if near else ".")
            )
        return sentences

    def _named(self, outcome, rank):
        """Name the settings of one rank and the mean that they have."""
        judge = outcome.recipe.figure(self.judge)
        mean = judge.show(outcome.mean(rank[0].key, self.judge)) + " %" * judge.percent
        return f"{listed([s.name for s in rank], 'or')} ({mean}{' each' * (len(rank) > 1)})"

    def draw(self, outcome):
        """Draw accuracy or loss against the parameter, for every group; return a dict of Figures."""
        figures, percent = {}, outcome.recipe.figure(self.shown[0]).percent
        scale, quantity = (100, "accuracy") if percent else (1, "loss")
        for group in outcome.groups():
            settings = outcome.settings(group)
            title = ": ".join(filter(None, (outcome.recipe.title, group)))
            name = "-".join([quantity, *group.replace(",", "").split()])
            figures[f"{name}.png"] = plots.sweep_curves(
                [self.value(setting.parameters) for setting in settings],
                {_part(figure): self._curve(outcome, settings, figure, scale) for figure in self.shown},
                reported={
                    _part(figure): [_scaled(s.reported.get(figure), scale) for s in settings]
                    for figure in self.shown
                    if any(figure in s.reported for s in settings)
                },
                xlabel=self.name,
                ylabel="accuracy (%)" if percent else "mean cross-entropy (nats)",
                log=self.log,
                title="\n".join(filter(None, (title, spread(outcome, settings)))),
            )
        return figures

    def _curve(self, outcome, settings, figure, scale):
        """Means of a figure and, below them, their standard deviations."""
        return [
            [_scaled(outcome.mean(setting.key, figure), scale) for setting in settings],
            [_scaled(outcome.deviation(setting.key, figure), scale) for setting in settings],
        ]


def ranked(outcome, settings, name):
    """Rank settings by the mean of a figure, an accuracy or a loss.

    Parameters
    ----------
    outcome : Outcome
    settings : sequence of Setting
        Those without such a figure have no rank.
    name : str
        Of the figure.

    Returns
    -------
    list of list of Setting
        The best first; means that are printed alike share a rank.
    """
    figure, ranks = outcome.recipe.figure(name), {}
    for setting in settings:
        mean = outcome.mean(setting.key, name)
        if mean is not None:
            ranks.setdefault(figure.show(mean), []).append(setting)
    return [ranks[mean] for mean in sorted(ranks, key=float, reverse=figure.percent)]


def near_best(outcome, ranks, name):
    """Return the settings of lower ranks whose mean is within one standard deviation of the best one's.

    Parameters
    ----------
    outcome : Outcome
    ranks : list of list of Setting
        As `ranked` returns them.
    name : str
        Of the figure.

    Returns
    -------
    list of Setting
        Empty with one seed, which has no deviation.
    """
    best, *others = ranks
    mean = outcome.mean(best[0].key, name)
    deviation = max(outcome.deviation(setting.key, name) or 0 for setting in best)
    return [s for rank in others for s in rank if abs(outcome.mean(s.key, name) - mean) <= deviation]


def _part(figure):
    """Name the part of the data that an accuracy or a loss is of."""
    return figure.rpartition("_")[0]


def _scaled(value, scale):
    """NaN for None."""
    return np.nan if value is None else scale * value
