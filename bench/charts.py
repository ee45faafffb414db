"""The results as a picture: kernels under the machine's roofs, and other libraries beside this one."""

from statistics import geometric_mean, median

import numpy as np
from matplotlib.figure import Figure

from .cells import threads_text
from .tables import ELEMENTWISE, PRODUCTS, TRAINING

PRODUCT, OTHER, LIMIT = "#2f6db3", "#d1622b", "#6b6b6b"
PEER_COLORS = ["#9ecae1", "#3182bd", "#756bb1", "#e6842a"]
MOST_GROUPS = 6  # of bars that are told apart by threads, too
LABELED = {
    "optimizers.adam": "Adam",
    "activations.relu_forward": "relu",
    "activations.gelu_forward": "gelu",
    "losses.softmax_cross_entropy": "softmax and loss",
}


def chart(figures, limits):
    """Draw what there is: one panel for the kernels, one for training.

    Parameters
    ----------
    figures : list of dict
    limits : dict
        Of the machine, as a result file has it.

    Returns
    -------
    Figure or None
        None where there is neither.
    """
    kernels = [figure for figure in figures if figure["table"] in (PRODUCTS, ELEMENTWISE)]
    kernels = [figure for figure in kernels if figure["dtype"] == "float32" and figure["flops_per_byte"] > 0]
    training = [figure for figure in figures if figure["table"] == TRAINING and "ratio" in figure]
    panels = [(draw, data) for draw, data in ((_roofline, kernels), (_bars, training)) if data]
    if not panels:
        return None
    figure = Figure(figsize=(7 * len(panels), 5.5), layout="constrained")
    for axes, (draw, data) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        draw(axes, data, limits)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _roofline(axes, kernels, limits):
    peak, memory = limits["fma_float32_gflops"], limits["copy_gbytes_per_second"]
    intensity = [figure["flops_per_byte"] for figure in kernels]
    x = np.geomspace(min(intensity) / 2, max(intensity) * 2, 200)
    copies = [figure["limit_gbytes_per_second"] for figure in kernels if figure["table"] == ELEMENTWISE]
    roofs = [("memory", memory, ":")] + ([("cache", median(copies), "--")] if copies else [])
    for name, rate, style in roofs:
        label = f"copy within {name}: {rate:.0f} GB/s"
        axes.plot(x, np.minimum(peak, rate * x), color=LIMIT, linestyle=style, label=label)
    axes.axhline(peak, color=LIMIT, label=f"multiply-adds: {peak:.0f} GFLOP/s")
    for table, color, label in ((PRODUCTS, PRODUCT, "products"), (ELEMENTWISE, OTHER, "other kernels")):
        own = [figure for figure in kernels if figure["table"] == table]
        if not own:
            continue
        points = [figure["flops_per_byte"] for figure in own], [figure["gflops"] for figure in own]
        axes.scatter(*points, s=22, color=color, alpha=0.8, label=label, zorder=3, linewidths=0)
    for figure in kernels:
        if name := LABELED.get(figure["kernel"]):
            place, paper = (
                (figure["flops_per_byte"], figure["gflops"]),
                {"fc": "white", "ec": "none", "pad": 0.5},
            )
            offset = {"xytext": (-6, -3), "textcoords": "offset points", "ha": "right"}
            axes.annotate(name, place, **offset, fontsize=8, bbox=paper)
    axes.set(xscale="log", yscale="log", title="Kernels, float32, one core")
    axes.set(xlabel="operations per byte read or written", ylabel="GFLOP/s")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylim(bottom=min(10, 0.5 * min(figure["gflops"] for figure in kernels)))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", edgecolor="none", framealpha=0.9, fontsize=8)


def _bars(axes, training, _limits):
    groups = _groups(training)
    peers = list(dict.fromkeys(figure["peer"] for figure in training))
    height = min(0.8 / len(peers), 0.3)
    for i, peer in enumerate(peers):
        means = {
            place: geometric_mean(ratios)
            for place, group in enumerate(groups.values())
            if (ratios := [figure["ratio"] for figure in group if figure["peer"] == peer])
        }
        places = np.array(list(means)) + (i - (len(peers) - 1) / 2) * height
        color = PEER_COLORS[i % len(PEER_COLORS)]
        bars = axes.barh(places, list(means.values()), 0.9 * height, color=color, label=peer)
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=7)
    axes.axvline(1, color=LIMIT, linewidth=1, label="fastmlp")
    several = len(groups) * len(peers) < len(training)
    axes.set(title="Training: time of an epoch\n")
    axes.set_xlabel("times as long as fastmlp" + ", geometric mean over the batches" * several)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(peers) + 1, edgecolor="none", fontsize=8
    )


def _groups(training):
    """Gather figures by network, and by threads where few groups come of it."""

    def gathered(name):
        groups = {}
        for figure in training:
            groups.setdefault(name(figure), []).append(figure)
        return groups

    def network(figure):
        return figure["cell"].partition(" ")[0]

    fine = gathered(lambda figure: f"{network(figure)}\n{threads_text(figure['threads'])}")
    return fine if len(fine) <= MOST_GROUPS else gathered(network)
