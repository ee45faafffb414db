"""R3: two-class points in the plane, as TensorFlow Playground has them.

Playground's networks start with weights between -0.5 and 0.5 and biases of 0.1; here biases start at 0.
"""

from time import perf_counter

import numpy as np
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from .. import plots
from ..datasets import load_playground
from ..experiments.fitted import Fitted
from ..experiments.fitting import epochs_as_chosen
from ..experiments.recipe import Figure, Recipe, Setting
from ..experiments.seed_curves import first_seed
from ..experiments.text import count
from ..initializers import Uniform
from ..plots.decision_surfaces import SIDE
from ..regressor import MLPRegressor
from ._optimizers import GRADIENT_DESCENT

N_POINTS, TEST_SHARE = 500, 0.5
GOOD = 0.07  # test loss that the report reached
STEPS = 61  # outputs along a side of the decision surface

DESCENT, ADAM = "gradient descent as in Playground", "Adam, a small penalty"
DEFAULTS, SOUND = f"{DESCENT}, one start", f"{ADAM}, best of ten starts"
TRAINING = {DEFAULTS: DESCENT, SOUND: ADAM}
NETWORKS = {"spiral": (6, 5), "xor": (3, 1), "circle": (3, 1)}
EPOCHS = {"spiral": 3000, "xor": 500, "circle": 500}


def settings():
    """Every data set with Playground's optimizer, and with what it takes to be good for every seed."""
    for group, parameters in {
        DEFAULTS: GRADIENT_DESCENT | {"learning_rate_init": 0.03, "weight_init": Uniform(0.5), "starts": 1},
        SOUND: {"solver": "adam", "learning_rate_init": 0.01, "alpha": 0.01, "starts": 10},
    }.items():
        for points, widths in NETWORKS.items():
            network = {"points": points, "hidden_layer_sizes": widths, "max_iter": EPOCHS[points]}
            yield Setting(points, network | parameters, {"test_loss": GOOD}, group)


def fit(setting, data, seed, context):
    """Start as often as the setting says; keep the start with the lowest training loss."""
    parameters = dict(setting.parameters)
    points, n_starts = parameters.pop("points"), parameters.pop("starts")
    X, y = load_playground(points, N_POINTS, random_state=seed)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=TEST_SHARE, stratify=y, random_state=seed
    )
    models, start = [], perf_counter()
    for number, random_state in enumerate(np.random.RandomState(seed).randint(2**31, size=n_starts)):
        model = _model(parameters, int(random_state), context)
        with epochs_as_chosen():
            models.append(model.fit(X_train, y_train))
        context.tell(number + 1, n_starts)
    seconds = perf_counter() - start
    train = [half_squared_error(model, X_train, y_train) for model in models]
    test = [half_squared_error(model, X_test, y_test) for model in models]
    best = int(np.argmin(train))
    axis = np.linspace(-SIDE, SIDE, STEPS)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    results = {
        "train_loss": train[best],
        "test_loss": test[best],
        "good_starts": float(np.mean(np.array(test) <= GOOD)),
        "surface": np.round(models[best].predict(grid).reshape(STEPS, STEPS), 3),
        "points": {
            "train": np.column_stack([X_train, y_train]).round(3),
            "test": np.column_stack([X_test, y_test]).round(3),
        },
    }
    return Fitted(results, {"train": seconds})


def _model(parameters, random_state, context):
    """Half the squared error of an output of tanh."""
    return MLPRegressor(
        **parameters,
        activation="tanh",
        out_activation="tanh",
        batch_size=10,
        tol=0.0,
        n_iter_no_change=np.inf,
        random_state=random_state,
        n_threads=context.n_threads,
        device=context.device,
    )


def half_squared_error(model, X, y):
    """Return Playground's loss, float."""
    return float(mean_squared_error(y, model.predict(X)) / 2)


def find(outcome):
    """Say which data sets are learned, and how much of that is luck."""
    sentences = []
    for group in (DEFAULTS, SOUND):
        for_all = [f"{s.name} {max(outcome.values(s.key, 'test_loss')):.3f}" for s in outcome.settings(group)]
        if for_all:
            name = _named(outcome, group)
            sentences.append(f"{name}: the highest test loss of any seed is {', '.join(for_all)}.")
    several = outcome.settings(SOUND)
    shares = [f"{s.name} {100 * outcome.mean(s.key, 'good_starts'):.0f} %" for s in several]
    if shares:
        starts = count(several[0].parameters["starts"], "start")
        sentences.append(
            f"Of the {starts} with Adam for every seed, this share ends at a test loss of {GOOD} or less: "
            f"{', '.join(shares)}."
        )
    return sentences


def _named(outcome, group):
    """Name a group by the number of starts that were made: a quick look has fewer."""
    n_starts = outcome.settings(group)[0].parameters["starts"]
    return f"{TRAINING[group]}, {'one start' if n_starts == 1 else f'best of {n_starts} starts'}"


def draw(outcome):
    """Draw the decision surfaces, a picture for each group."""
    figures = {}
    for group, name in ((DEFAULTS, "defaults.png"), (SOUND, "sound.png")):
        panels = {}
        for setting in outcome.settings(group):
            results = outcome.first(setting.key)
            parts = [np.array(results["points"][part]) for part in ("train", "test")]
            (X_train, y_train), (X_test, y_test) = ((points[:, :2], points[:, 2]) for points in parts)
            caption = f"test loss {results['test_loss']:.3f}"
            surface = np.array(results["surface"])
            panels[setting.name] = (surface, X_train, y_train, X_test, y_test, caption)
        if panels:
            seed = first_seed(outcome, outcome.settings(group))
            figures[name] = plots.decision_surfaces(panels, title=f"{_named(outcome, group)}, {seed}")
    return figures


RECIPE = Recipe(
    name="playground",
    title="Spiral, xor and circle, with networks of a few units",
    shows="points in the plane: what a few tanh units can separate, and how much depends on the start",
    report="R3",
    data=None,
    settings=tuple(settings()),
    fit=fit,
    figures=(
        Figure("train_loss", "train loss", 3),
        Figure("test_loss", "test loss", 3, at_most=True),
        Figure("good_starts", "starts with test loss <= 0.07 (%)", 0, percent=True),
    ),
    find=find,
    draw=draw,
    quick={"max_iter": 20, "starts": 2},
    duration="10 s",
)
