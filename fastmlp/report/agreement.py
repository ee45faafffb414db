"""How far what was reproduced agrees with what was reported, in a few words."""

from dataclasses import dataclass

from ..experiments.results_table import figures_of


@dataclass(frozen=True)
class Agreement:
    """What the summary says of one recipe.

    Attributes
    ----------
    verdict : str
        How many of the reported figures agree.
    largest : str
        Where the largest of the differences is; empty if there is none.
    """

    verdict: str
    largest: str = ""


def agreement(record):
    """Compare what is reported with what was reproduced.

    Differences count relative to the larger of the two figures.

    Parameters
    ----------
    record : dict
        Of a recipe.

    Returns
    -------
    Agreement
    """
    figures = {figure.name: figure for figure in figures_of(record)}
    cells = [
        (row, figures[name], cell)
        for row in record["table"]
        for name, cell in row["figures"].items()
        if cell["reported"] is not None
    ]
    if not cells:
        left_out = any(fit["status"] == "left out" for fit in record["fits"])
        return Agreement(
            "only of fits left out" if left_out else "nothing reported" if record["table"] else "-"
        )
    judged = [cell["differs"] for _, _, cell in cells if cell["differs"] is not None]
    if judged:
        n_agree = judged.count(False)
        verdict = (
            f"all {len(judged)} agree" if n_agree == len(judged) else f"{n_agree} of {len(judged)} agree"
        )
        if len(judged) < len(cells):  # one seed, or none that did not diverge
            verdict += f", {len(cells) - len(judged)} not judged"
    else:
        verdict = "too few seeds to judge"
    candidates = [one for one in cells if one[2]["differs"] is not False and one[2]["mean"] is not None]
    if not candidates:
        return Agreement(verdict)
    row, figure, cell = max(candidates, key=_distance)
    if _distance((row, figure, cell)) == 0:
        return Agreement(verdict)
    figures = (
        f"{figure.show(cell['mean'])}, reported {figure.show_reported(cell['reported'], cell['roughly'])}"
    )
    return Agreement(verdict, f"{row['setting']}, {figure.label}: {figures}")


def _distance(candidate):
    """Relative difference of the two figures."""
    cell = candidate[2]
    reported, mean = cell["reported"], cell["mean"]
    scale = max(abs(reported), abs(mean))
    return abs(reported - mean) / scale if scale else 0.0
