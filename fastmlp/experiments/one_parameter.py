"""What a recipe that varies one parameter says and draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .. import plots


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
        """Name the best and the worst value of every group; return a list of sentences."""
        sentences = []
        for group in _groups(outcome):
            known = [s for s in outcome.settings(group) if outcome.mean(s.key, self.judge) is not None]
            if len(known) < 2:
                continue
            judge = outcome.recipe.figure(self.judge)
            ranked = sorted(
                known, key=lambda setting: outcome.mean(setting.key, self.judge), reverse=judge.percent
            )
            values = [outcome.mean(setting.key, self.judge) for setting in ranked]
            if values[0] == values[-1]:
                sentences.append(f"The {self.judge.replace('_', ' ')} is the same with every {self.name}.")
                continue
            unit = " %" if judge.percent else ""
            best, worst = (
                f"{s.name} ({judge.show(outcome.mean(s.key, self.judge))}{unit})"
                for s in (ranked[0], ranked[-1])
            )
            start = f"With {group}, the" if group else "The"
            sentences.append(
                f"{start} {self.name} with the best {self.judge.replace('_', ' ')} is {best}, that with the "
                f"worst {worst}."
            )
        return sentences

    def draw(self, outcome):
        """Draw accuracy or loss against the parameter, for every group; return a dict of Figures."""
        figures, percent = {}, outcome.recipe.figure(self.shown[0]).percent
        scale, quantity = (100, "accuracy") if percent else (1, "loss")
        for group in _groups(outcome):
            settings = outcome.settings(group)
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
                title=": ".join(filter(None, (outcome.recipe.title, group))),
            )
        return figures

    def _curve(self, outcome, settings, figure, scale):
        """Means of a figure and, below them, their standard deviations."""
        return [
            [_scaled(outcome.mean(setting.key, figure), scale) for setting in settings],
            [_scaled(outcome.deviation(setting.key, figure), scale) for setting in settings],
        ]


def _groups(outcome):
    """The groups of settings, in their order."""
    return list(dict.fromkeys(setting.group for setting in outcome.settings()))


def _part(figure):
    """Name the part of the data that an accuracy or a loss is of."""
    return figure.rpartition("_")[0]


def _scaled(value, scale):
    """NaN for None."""
    return np.nan if value is None else scale * value
