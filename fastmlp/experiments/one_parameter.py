"""What a recipe that varies one parameter says and draws."""

from collections.abc import Callable
from dataclasses import dataclass

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
        The figure, an accuracy, by which settings are called best and worst.
    shown : tuple of str
        The accuracies that are drawn, such as 'train_accuracy'.
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
            ranked = sorted(known, key=lambda setting: -outcome.mean(setting.key, self.judge))
            best, worst = (
                f"{s.name} ({100 * outcome.mean(s.key, self.judge):.2f} %)" for s in (ranked[0], ranked[-1])
            )
            start = f"With {group}, the" if group else "The"
            sentences.append(
                f"{start} {self.name} with the best {self.judge.replace('_', ' ')} is {best}, that with the "
                f"worst {worst}."
            )
        return sentences

    def draw(self, outcome):
        """Draw accuracy against the parameter, a picture for every group; return a dict of Figures."""
        figures = {}
        for group in _groups(outcome):
            settings = outcome.settings(group)
            name = "-".join(["accuracy", *group.replace(",", "").split()])
            figures[f"{name}.png"] = plots.sweep_curves(
                [self.value(setting.parameters) for setting in settings],
                {part: self._curve(outcome, settings, part) for part in self.shown},
                reported={part: [s.reported.get(part) for s in settings] for part in self.shown},
                xlabel=self.name,
                ylabel="accuracy",
                log=self.log,
                title=": ".join(filter(None, (outcome.recipe.title, group))),
            )
        return figures

    def _curve(self, outcome, settings, figure):
        """Means and standard deviations of a figure."""
        return (
            [outcome.mean(setting.key, figure) for setting in settings],
            [outcome.deviation(setting.key, figure) for setting in settings],
        )


def _groups(outcome):
    """The groups of settings, in their order."""
    return list(dict.fromkeys(setting.group for setting in outcome.settings()))
