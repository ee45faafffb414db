"""ROC curves."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.metrics import RocCurveDisplay, roc_auc_score, roc_curve

from .palette import class_colours

CORNERS = (0.02, 0.05, 0.1, 0.2)  # error rates up to which a second view can go


def roc_curves(true, probabilities, labels, *, title=""):
    """Draw the ROC curves of several classifiers on the same data, side by side.

    With two classes there is one curve, of the second class.  With more, every class has a curve that sets
    it against all others.  A second view shows the corner in which the curves of good classifiers lie.

    Parameters
    ----------
    true : ndarray of int, shape (n_rows,)
        Classes, from 0.
    probabilities : dict of str to ndarray of shape (n_rows, n_classes)
        What a classifier is called -> the probability of every class.
    labels : sequence of str, length n_classes
        Names of the classes.
    title : str

    Returns
    -------
    Figure
        The legends have the areas under the curves (AUC).
    """
    binary = len(labels) == 2
    shown = [1] if binary else range(len(labels))
    colours = class_colours(len(labels))
    n_lines = (len(shown) + 2) // 2  # of a legend, with chance, in two columns
    inches = (max(6.5, 5.6 * len(probabilities)), 6.4 + 0.24 * n_lines)
    figure = Figure(figsize=inches, layout="compressed")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    figure.suptitle(title)
    panels = figure.subplots(1, len(probabilities), squeeze=False)[0]
    errors = [
        max(_equal_error(true == i, columns[:, i]) for i in shown) for columns in probabilities.values()
    ]
    size = _corner_size(errors)
    for axes, error, (name, columns) in zip(panels, errors, probabilities.items(), strict=True):
        corner = _corner(axes, size) if error < size else None
        for i in shown:
            positive, score = true == i, columns[:, i]
            for place in filter(None, (axes, corner)):
                line = RocCurveDisplay.from_predictions(positive, score, ax=place).line_
                line.set(
                    color=colours[i], label=f"{labels[i]}: AUC {_digits(roc_auc_score(positive, score))}"
                )
                place.get_legend().remove()
        axes.plot((0, 1), (0, 1), color="0.6", linestyle=":", label="chance: AUC 0.5")
        negative, wanted = (labels[0], labels[1]) if binary else ("other classes", "the class")
        axes.set(
            title=name,
            xlabel=f"false positive rate: {negative} taken for {wanted}",
            ylabel=f"true positive rate: {wanted} recognised",
        )
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, edgecolor="none")
        axes.grid(alpha=0.3)
        if corner is not None:
            corner.set(xlim=(0, size), ylim=(1 - size, 1), xlabel="", ylabel="")
    return figure


def _corner_size(errors):
    """Return the corner that is large enough for all classifiers that any is large enough for, or 0."""
    return max(next((size for size in CORNERS if size >= 1.5 * error), 0) for error in errors)


def _corner(axes, size):
    """Add a view of the upper left corner."""
    axes.add_patch(Rectangle((0.28, 0.05), 0.7, 0.69, transform=axes.transAxes, color="white", zorder=3))
    corner = axes.inset_axes((0.4, 0.12, 0.55, 0.55))
    corner.set_title(f"upper left corner, up to {size:g}", fontsize="small")
    corner.tick_params(labelsize="small")
    corner.locator_params(nbins=5)
    corner.grid(alpha=0.3)
    return corner


def _equal_error(positive, score):
    """The smallest rate that both kinds of error can keep at once."""
    false_positive, true_positive, _ = roc_curve(positive, score)
    return np.maximum(false_positive, 1 - true_positive).min()


def _digits(auc):
    """Four digits; never rounded up to 1, which would be perfection."""
    return f"{auc if auc == 1 else min(auc, 0.9999):.4f}"
