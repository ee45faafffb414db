"""Figures as tables, for the terminal and for Markdown.

A figure is what one benchmark found out: a dict with the key "table", which is also its `extra_info` in a
result file.  Where nothing could be found out, the key "missing" says why.
"""

from collections import Counter
from io import StringIO
from statistics import geometric_mean, median

from rich import box
from rich.console import Console
from rich.table import Table

WORTH_A_MEAN = 3  # cells
WIDTH = 1000  # characters that no table has: lines are never wrapped

TRAINING, PREDICTION, IMAGES = "Training", "Prediction", "Networks for images"
PRODUCTS, ELEMENTWISE = "Matrix products, one core", "Element-wise kernels, one core"
VARIANTS, THREADS, START, MEMORY = "Variants", "Two threads", "Start", "Memory"
AUTOENCODER = "Autoencoder"
GPU_TRAINING, GPU_MNIST = "Training on a GPU", "MNIST on a GPU"

#: Tables with one row for each figure: title -> column -> its format.
COLUMNS = {
    PRODUCTS: {
        "kernel": "{kernel}",
        "shape": "{shape}",
        "dtype": "{dtype}",
        "GFLOP/s": "{gflops:.1f}",
        "of FMA limit": "{share_of_limit:.1%}",
    },
    ELEMENTWISE: {
        "kernel": "{kernel}",
        "shape": "{shape}",
        "dtype": "{dtype}",
        "ns per element": "{ns_per_element:.3f}",
        "GB/s": "{gbytes_per_second:.1f}",
        "of copy rate": "{share_of_copy:.0%}",
    },
    VARIANTS: {
        "variant": "{variant}",
        "seconds": "{seconds:.4f}",
        "plain": "{plain_seconds:.4f}",
        "ratio": "{ratio:.2f}",
    },
    THREADS: {
        "network": "{cell}",
        "1 thread": "{one_seconds:.4f} s",
        "2 threads": "{seconds:.4f} s",
        "times as fast": "{ratio:.2f}",
    },
    AUTOENCODER: {
        "loss": "{loss}",
        "peer": "{peer}",
        "fastmlp": "{seconds:.4f} s",
        "peer's epoch": "{peer_seconds:.4f} s",
        "ratio": "{ratio:.2f}",
        "epochs": "{epochs}",
        "fastmlp's error": "{error:.5f}",
        "peer's error": "{peer_error:.5f}",
    },
    GPU_MNIST: {
        "network": "{cell}",
        "precision": "{precision}",
        "seconds": "{seconds:.3f}",
        "epochs": "{epochs}",
        "accuracy": "{accuracy:.2%}",
        "first fit": "{first_seconds:.1f} s",
    },
    START: {"what": "{what}", "seconds": "{seconds:.3f}", "whole process": "{process_seconds:.3f}"},
    MEMORY: {
        "library": "{library}",
        "X": "{dtype}, {data_megabytes:.0f} MB",
        "MB over the data": "{megabytes:.1f}",
        "bound": "{bound}",
        "copy of X": "{copied}",
    },
}
ORDER = [TRAINING, GPU_TRAINING, GPU_MNIST, VARIANTS, THREADS, AUTOENCODER, PREDICTION, IMAGES, START, MEMORY]
ORDER += [PRODUCTS, ELEMENTWISE]

LEGENDS = {
    TRAINING: """\
fastmlp: seconds of an epoch. Peers: how many times as long theirs takes, each in turn with ours.
Limit: the FMA rate of one core, measured in turn, times the threads.""",
    GPU_TRAINING: """\
As of training. Limit, in GFLOP/s: FMA, a kernel that only multiplies and adds float32; cuBLAS, a large
product of matrices by PyTorch in this precision. torch: eager. torch-graph: the step as a CUDA graph.""",
    GPU_MNIST: """\
Seconds of a fit of as many epochs as it takes to know 98 % of the test images, and what it then knows. First
fit: the one before in the same process, which compiles, and looks at the test images after every epoch.""",
    VARIANTS: "Epochs of fastmlp on one thread, in turn with those of relu on dense float32: plain.",
    AUTOENCODER: """\
Seconds of an epoch on one thread, and how many times as long the peer's takes, in turn with ours. Error: mean
square of a pixel from 0 to 1, of test images reconstructed after so many epochs. sklearn: an MLPRegressor,
whose outputs are linear.""",
    PREDICTION: """\
fastmlp: time of a predict_proba. Others: how many times as long theirs takes, in turn with it; below 1 it is
faster. fastmlp predictor: the same network without checks. torch: eager, in inference mode.""",
    IMAGES: """\
As of training. Forward: SqueezeNet and AlexNet with random weights, on images of 227 x 227 pixels. Training:
an epoch of a 3 x 3 convolution with 32 filters, 2 x 2 maxima, 25 and 10 units, images of 28 x 28 pixels.
torch: eager, for forward passes in inference mode; its images in its own order or channels last.""",
    MEMORY: """\
Peak of resident memory during two epochs, over what is there before: libraries, a small network, data.
Bound: 8 times the parameters plus the workspace of one batch.""",
    ELEMENTWISE: """\
100 %: a copy between arrays that together have the kernel's footprint, in the same cache. Kernels that mostly
read, or work in place, move more; exponentials and losses are bound by arithmetic.""",
}


def tables(figures):
    """Yield title, rows and legend of every table that the figures fill.

    Parameters
    ----------
    figures : list of dict

    Yields
    ------
    title : str
    rows : list of dict
        Column -> str.
    legend : str
        May be empty.
    """
    for title in ORDER:
        own = [figure for figure in figures if figure["table"] == title]
        if not own:
            continue
        if title in COLUMNS:
            yield title, [_row(COLUMNS[title], figure) for figure in own], LEGENDS.get(title, "")
            continue
        yield title, [_against_peers(group) for group in grouped(own)], LEGENDS[title]
        if max(Counter(apart_by(group[0]) for group in grouped(own)).values()) >= WORTH_A_MEAN:
            yield f"{title}: geometric means of the ratios", geometric_means(own), ""


def _row(columns, figure):
    """Format a figure; where it is missing, the columns that it lacks say so."""
    row = {}
    for column, form in columns.items():
        try:
            row[column] = form.format(**figure)
        except KeyError:
            row[column] = figure["missing"]
    return row


def as_text(rows):
    """Lay out rows as a Markdown table, which reads well on a terminal, too.

    Parameters
    ----------
    rows : list of dict
        Column -> str; the columns are those of the first row.

    Returns
    -------
    str
    """
    first, *others = rows[0]
    table = Table(box=box.MARKDOWN)
    table.add_column(first)
    for column in others:
        numeric = all(row[column][:1].isdigit() or not row[column] for row in rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*row.values())
    text = StringIO()
    Console(file=text, width=WIDTH, color_system=None, markup=False, highlight=False).print(table)
    return text.getvalue().strip()


def apart_by(figure):
    """Name what tells comparisons of one cell apart, threads or on a GPU the precision; and its value."""
    name = "precision" if "precision" in figure else "threads"
    return name, figure[name]


def grouped(figures):
    """Gather the figures of a comparison by cell and threads or precision, keeping their order.

    Parameters
    ----------
    figures : list of dict
        With keys cell, threads or precision, and peer.

    Returns
    -------
    list of list of dict
    """
    groups = {}
    for figure in figures:
        groups.setdefault((figure["cell"], apart_by(figure)), []).append(figure)
    return list(groups.values())


def best_ratio(group):
    """Return the smallest ratio of a group and the peer's name, or None and "" where there is none."""
    ratios = [(figure["ratio"], figure["peer"]) for figure in group if "ratio" in figure and is_peer(figure)]
    return min(ratios, default=(None, ""))


def is_peer(figure):
    """Whether a comparison is with another library, not with another way to use this one."""
    return not figure["peer"].startswith("fastmlp")


def _against_peers(group):
    """One row: what fastmlp takes and reaches, then the ratio to each peer."""
    first, (best, peer) = group[0], best_ratio(group)
    name, value = apart_by(first)
    columns = {"network": first["cell"], name: str(value)}
    if first["table"] in (TRAINING, IMAGES, GPU_TRAINING):
        columns |= {
            "rows": str(first["rows"]),
            "fastmlp": _median(group, "seconds", "{:.4f} s"),
            "GFLOP/s": _median(group, "gflops", "{:.0f}"),
            "of limit": _median(group, "share_of_limit", "{:.0%}"),
        }
        if "limit" in first:  # there are several
            columns["limit"] = f"{_median(group, 'limit_gflops', '{:.0f}')} {first['limit']}"
    else:
        columns["fastmlp"] = _median(group, "seconds", "{:,.1f} us", 1e6)
    for figure in group:
        columns[figure["peer"]] = _row({"ratio": "{ratio:.2f}"}, figure)["ratio"]
    return columns | {"best peer": f"{best:.2f} {peer}" if peer else ""}


def _median(group, name, form, unit=1):
    values = [figure[name] for figure in group if name in figure]
    return form.format(unit * median(values)) if values else ""


def geometric_means(figures):
    """Average the ratios, and count where a peer is faster.

    Parameters
    ----------
    figures : list of dict
        Of one table with peers.

    Returns
    -------
    list of dict
        One row of a table for every number of threads or precision.
    """
    rows = []
    for name, value in dict.fromkeys(map(apart_by, figures)):
        own = [figure for figure in figures if figure[name] == value]
        groups, row = grouped(own), {name: str(value)}
        for peer in dict.fromkeys(figure["peer"] for figure in own):
            row[peer] = _mean([figure.get("ratio") for figure in own if figure["peer"] == peer])
        best = [best_ratio(group)[0] for group in groups]
        row["best peer of each cell"] = _mean(best)
        row["cells"] = str(len(groups))
        row["a peer is faster in"] = str(sum(ratio is not None and ratio < 1 for ratio in best))
        rows.append(row)
    return rows


def _mean(ratios):
    """Average the ratios that there are; say of how many, where some are missing."""
    there = [ratio for ratio in ratios if ratio is not None]
    if not there:
        return ""
    mean = f"{geometric_mean(there):.2f}"
    return mean if len(there) == len(ratios) else f"{mean} of {len(there)}"
