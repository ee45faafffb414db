"""Confusion matrices."""

from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay

from .panels import balanced, wrapped

INCHES_PER_LETTER = 0.09  # of a class's name


def confusion(matrix, labels, *, title=""):
    """Draw a confusion matrix; colours are stretched so that single errors show beside full diagonals.

    Parameters
    ----------
    matrix : ndarray of int, shape (n_classes, n_classes)
        Row: true class, column: predicted class.
    labels : sequence, length n_classes
        Names of the classes.
    title : str

    Returns
    -------
    Figure
    """
    return confusions({"": matrix}, labels, title=title)


def confusions(matrices, labels, *, title="", n_columns=None):
    """Draw confusion matrices side by side, in the same colours; see `confusion`.

    Parameters
    ----------
    matrices : dict of str to ndarray of int, shape (n_classes, n_classes)
        What stands above a matrix -> the matrix.
    labels : sequence, length n_classes
        Names of the classes.
    title : str
    n_columns : int, optional
        How many stand in a row; by default up to three, or four in several rows.  In several rows they are
        smaller, and only the outer ones name the classes.

    Returns
    -------
    Figure
    """
    if n_columns is None:
        n_columns = balanced(len(matrices), 3 if len(matrices) <= 3 else 4)
    n_columns = min(n_columns, len(matrices))
    n_rows = -(-len(matrices) // n_columns)
    side = max(6.4, 0.62 * len(labels)) if n_rows == 1 else max(3.2, 0.4 * len(labels))
    slant = max(len(str(label)) for label in labels) * INCHES_PER_LETTER > side / len(labels)
    wide, high = (
        (n_columns * side + 0.8, side) if n_rows == 1 else (n_columns * 0.9 * side + 1.6, n_rows * side)
    )
    figure = Figure(figsize=(wide, high + 0.6 * slant), layout="compressed")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    figure.suptitle(title)
    norm = PowerNorm(0.35, vmin=0, vmax=max(1, *(matrix.max() for matrix in matrices.values())))
    panels = wrapped(figure, len(matrices), n_columns)
    for place, (axes, (name, matrix)) in enumerate(zip(panels, matrices.items(), strict=True)):
        display = ConfusionMatrixDisplay(matrix, display_labels=labels)
        display.plot(ax=axes, cmap="Blues", values_format="d", im_kw={"norm": norm}, colorbar=False)
        for count, text in zip(matrix.ravel(), display.text_.ravel(), strict=True):
            # scikit-learn chooses the text's colour as for a linear scale
            text.set_color("white" if norm(count) > 0.6 else "black" if count else "0.75")
            text.set_in_layout(False)  # it lies inside, and asking a thousand of them takes long
            if n_rows > 1:
                text.set_fontsize(7.5)
        axes.set(xlabel="predicted", ylabel="true", title=name)
        if slant:
            axes.set_xticks(
                axes.get_xticks(), labels, rotation=45, rotation_mode="anchor", ha="right", va="center"
            )
        if n_rows > 1 and place + n_columns < len(matrices):  # another one is below
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)
        if n_rows > 1 and place % n_columns:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
    label, ticks = "images (colour scale stretched)", _ticks(norm.vmax)
    figure.colorbar(display.im_, ax=panels, label=label, shrink=0.85, ticks=ticks)
    return figure


def _ticks(highest):
    """Round counts for the stretched colour scale."""
    return [0] + [tick for power in range(7) for tick in (10**power, 3 * 10**power) if tick <= highest]
