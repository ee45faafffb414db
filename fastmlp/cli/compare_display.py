"""What the user sees of two runs that are compared."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..experiments.comparison import ABSENT, EXPECTED, FIGURES, GROUPS
from ..experiments.text import count

MOST = 20  # lines of a group, unless all are wanted
VALUE, CHANGE = 16, 18  # characters of a line, at most: the rest is for what it is called
LONGEST_TEXT = 40


class CompareDisplay:
    """Prints the differences, a table for each group.

    Parameters
    ----------
    a, b : str
        What the user calls the runs.
    everything : bool
        Whether all differences are shown, or those that say something.
    """

    def __init__(self, a, b, everything):
        self.console = Console(highlight=False)
        self.names, self.everything = (a, b), everything

    def show(self, comparison):
        """Print one comparison."""
        self._say_which()
        self._details(comparison)
        self._say(self._verdict(comparison), "bold green" if comparison.same else "bold red")

    def show_several(self, comparisons, only):
        """Print comparisons by name, and the recipes that only one side has."""
        self._say_which()
        for name, comparison in comparisons.items():
            self.console.rule(Text(name, "bold"), align="left", style="dim")
            self._details(comparison)
            self._say(self._verdict(comparison), "green" if comparison.same else "red")
        for side, names in only.items():
            if names:
                self._say(f"Only in {side}: {', '.join(names)}", "red")
        n_same = sum(comparison.same for comparison in comparisons.values())
        all_same = n_same == len(comparisons) and comparisons and not any(only.values())
        self._say(
            f"\n{n_same} of {count(len(comparisons), 'recipe')} in both have the same figures.",
            "bold green" if all_same else "bold red",
        )

    def _say_which(self):
        for letter, name in zip("AB", self.names, strict=True):
            self._say(f"{letter}: {name}")

    def _details(self, comparison):
        """Print a table for every group with differences, and name the others."""
        shown = [group for group in GROUPS if self.everything or group != EXPECTED]
        for group in shown:
            differences = comparison.of(group)
            if differences:
                self.console.print(self._table(group, differences))
        equal = [group for group in shown if group != FIGURES and not comparison.of(group)]
        if equal:
            self._say(f"The same in both: {', '.join(equal)}.", "dim")

    def _table(self, group, differences):
        table = Table(box=box.SIMPLE, title=group, title_justify="left", title_style="bold")
        table.add_column("", overflow="fold")
        for letter in "AB":
            table.add_column(letter, justify="right", overflow="fold", max_width=VALUE)
        table.add_column("B - A", justify="right", overflow="fold", max_width=CHANGE)
        most = len(differences) if self.everything else MOST
        for difference in differences[:most]:
            cells = difference.name, _shown(difference.a), _shown(difference.b), difference.change
            table.add_row(*map(Text, cells))
        if len(differences) > most:
            table.caption = f"and {len(differences) - most:,} more; --all shows them"
        return table

    def _verdict(self, comparison):
        """Say whether the figures are the same."""
        if comparison.same:
            return f"The same figures: all {comparison.n_values:,} values are equal to the last bit."
        return f"Other figures: {count(len(comparison.of(FIGURES)), 'difference')}."

    def _say(self, text, style=None):
        self.console.print(text, style=style, markup=False, soft_wrap=True)


def _shown(value):
    """Write a value in a few characters; the digits of numbers that are left out show in the difference."""
    if value is ABSENT:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list) and len(repr(value)) > VALUE:
        return f"[{len(value):,} values]"
    text = " ".join(value.split()) if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."
