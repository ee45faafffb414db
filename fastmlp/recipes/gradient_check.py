"""R5: one loss and its gradient, digit by digit, against the report's and against central differences."""

import numpy as np
from matplotlib.figure import Figure as Picture

from ..experiments.fitted import Fitted
from ..experiments.recipe import Figure, Recipe, Setting
from ..layers import Dense
from ..network import Network
from ..rows import as_rows, as_targets

#: As the report prints it; its W1 has a row for each hidden unit.
LOSS = 0.1332476222330792
GRADIENT = {
    "W1": [[0.00244596, 0.00262019], [-0.00030765, -0.00024188], [-0.00034768, -0.000372]],
    "b1": [0.00492577, -0.00058023, -0.00065977],
    "W2": [0.02216011, 0.02433097, 0.01797174],
    "b2": 0.029249230265318685,
}
#: Half a unit of the last digit that it prints; float64 itself has no more than those of b2 and the loss.
ROUNDING = {"loss": 1e-12, "W1": 5e-9, "b1": 5e-9, "W2": 5e-9, "b2": 1e-12}
N_ROWS, N_INPUTS, N_HIDDEN = 1000, 2, 3
SHOWN = 12  # digits behind the point
NAMES = ["loss"] + [
    f"d{name}" + "".join(f"[{i}]" for i in place)
    for name, value in GRADIENT.items()
    for place in np.ndindex(np.shape(value))
]
STEP = 6e-6  # of central differences: the cube root of float64's precision


def fit(setting, data, seed, context):
    """Compute loss and gradient of the report's example; nothing is trained.

    The example is drawn from NumPy's generator with the seed 0, as in the report; `seed` plays no part.
    """
    generator = np.random.RandomState(0)
    W1, W2 = generator.randn(N_HIDDEN, N_INPUTS), generator.randn(N_HIDDEN)
    X, y = generator.rand(N_ROWS, N_INPUTS), generator.randint(0, 2, N_ROWS)

    def example(dtype):
        network = Network(
            [Dense(N_HIDDEN, "logistic"), Dense(1, "logistic")],
            (N_INPUTS,),
            "squared_error",  # half the square, mean of the rows
            dtype=dtype,
            device=context.device,
            n_threads=context.n_threads,
        )
        network.weights[0][:], network.weights[1][:] = W1.T, W2[:, None]
        return network, as_rows(X, dtype), as_targets(y[:, None], dtype)

    network, rows, targets = example(setting.parameters["dtype"])
    loss, flat = network.gradient(rows, targets)
    network.params[:] = flat  # whose views are then the gradient
    gradient = _as_in_report([array.astype(float) for array in _parameters(network)])
    numerical = _as_in_report(_central_differences(*example("float64")))
    return Fitted(
        {
            "loss": loss,
            "gradient": gradient,
            "loss_difference": abs(loss - LOSS),
            **{f"{name}_difference": _largest(gradient[name], GRADIENT[name]) for name in GRADIENT},
            "numerical_difference": max(_largest(gradient[name], numerical[name]) for name in GRADIENT),
        }
    )


def _parameters(network):
    """Return views of W1 and W2, then of b1 and b2, as the library keeps them."""
    return [*network.weights, *network.biases]


def _as_in_report(arrays):
    """Bring what `_parameters` lists into the report's shapes."""
    w1, w2, b1, b2 = arrays
    return {"W1": w1.T, "b1": b1, "W2": w2[:, 0], "b2": b2[0]}


def _largest(gradient, other):
    """Return the largest difference of two arrays."""
    return np.abs(gradient - np.asarray(other)).max()


def _central_differences(network, rows, targets):
    """Return the slope of the loss along every parameter, as `_parameters` lists them."""
    slopes = []
    for array in _parameters(network):
        slopes.append(np.empty(array.shape))
        for place in np.ndindex(array.shape):
            value = array[place]
            array[place] = value + STEP
            above = network.evaluate(rows, targets)
            array[place] = value - STEP
            slopes[-1][place] = (above - network.evaluate(rows, targets)) / (2 * STEP)
            array[place] = value
    return slopes


def find(outcome):
    """Say which digits of the report are confirmed."""
    sentences = []
    for setting in outcome.settings():
        results = outcome.first(setting.key)
        off = [name for name, limit in ROUNDING.items() if results[f"{name}_difference"] > limit]
        far = max(results[f"{name}_difference"] for name in ROUNDING)
        sentences.append(
            f"In {setting.name}, {_named(off)} from the report's by more than its printed digits (the loss "
            f"and db2 by more than 1e-12); the largest difference is {far:.1e}, and that from central "
            f"differences {results['numerical_difference']:.1e}."
        )
    return sentences


def draw(outcome):
    """Draw a table of the loss and every component of the gradient; return a dict of Figures."""
    columns = {"reported": [f"{value: }" for value in _components(LOSS, GRADIENT)]}
    for setting in outcome.settings():
        results = outcome.first(setting.key)
        reproduced = _components(results["loss"], results["gradient"])
        columns[setting.name] = [f"{value: .{SHOWN}f}" for value in reproduced]
    figure = Picture(figsize=(2.6 * len(columns), 3.6), layout="constrained")
    figure.suptitle("Loss, and its gradient")
    axes = figure.subplots()
    axes.set_axis_off()
    rows = list(zip(*columns.values(), strict=True))
    axes.table(
        rows, rowLabels=NAMES, colLabels=list(columns), cellLoc="left", colLoc="left", bbox=(0.12, 0, 0.88, 1)
    )
    return {"gradient.png": figure}


def _components(loss, gradient):
    """Return the loss and every component of the gradient in the order of `NAMES`, list of float."""
    return [loss, *(value for name in GRADIENT for value in np.ravel(gradient[name]))]


def _named(names):
    """Begin a sentence about gradients that differ."""
    names = [name if name == "loss" else f"d{name}" for name in names]
    if not names:
        return "neither the loss nor any gradient differs"
    return f"{', '.join(names)} differ{'' if len(names) > 1 else 's'}"


RECIPE = Recipe(
    name="gradient-check",
    title="Loss and gradient of a network with two inputs, three hidden units and one output",
    shows="a worked example: loss and gradient to all the digits that the report prints",
    report="R5",
    data=None,
    settings=tuple(  # nothing in it is drawn from the seed
        Setting(dtype, {"dtype": dtype}, {"loss": LOSS}, most_seeds=1) for dtype in ("float64", "float32")
    ),
    fit=fit,
    figures=(
        Figure("loss", "loss", 16),
        *(Figure(f"{name}_difference", f"d{name} off by", 1, scientific=True) for name in GRADIENT),
        Figure("numerical_difference", "central differences off by", 1, scientific=True),
    ),
    find=find,
    draw=draw,
    seeds=1,
    duration="1 s",
)
