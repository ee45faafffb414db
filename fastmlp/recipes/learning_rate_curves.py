"""R1: three learning rates, epoch by epoch."""

from .. import plots
from ..experiments.classification import Classification
from ..experiments.recipe import Recipe, accuracies, losses, vary
from ..experiments.seed_curves import first_epoch, mean_of_seeds
from ._one_hidden_layer import DIVIDE, NETWORK

PARTS = ("train", "validation")


def find(outcome):
    """Say which rate gets furthest, and when it is where the others end."""
    ends = {
        s.name: (outcome.mean(s.key, "validation_loss"), mean_of_seeds(outcome, s.key, "validation_loss"))
        for s in outcome.settings()
        if outcome.mean(s.key, "validation_loss") is not None
    }
    if len(ends) < 2:
        return []
    best, *others = sorted(ends, key=lambda name: ends[name][0])
    last, curve = ends[best]
    passed = {name: first_epoch(curve <= ends[name][0]) for name in others}
    passed = [f"that of {name} ({ends[name][0]:.4f}) after epoch {at}" for name, at in passed.items() if at]
    others = f" It passes the last loss of the others: {', '.join(passed)}." if passed else ""
    return [f"The learning rate {best} ends with the lowest validation loss, {last:.4f}.{others}"]


def draw(outcome):
    """Draw mean cross-entropy against the epoch, a panel for every rate; return a dict of Figures."""
    panels = {
        f"learning rate {setting.name}": {
            part: mean_of_seeds(outcome, setting.key, f"{part}_loss") for part in PARTS
        }
        for setting in outcome.settings()
    }
    title = "MNIST, one hidden layer of 4 units" + (
        f": mean of {outcome.recipe.seeds} seeds" if outcome.recipe.seeds > 1 else ""
    )
    return {
        "loss.png": plots.epoch_curves(panels, ylabel="mean cross-entropy (nats)", title=title),
    }


RECIPE = Recipe(
    name="learning-rate-curves",
    title="Three learning rates, with one hidden layer of 4 units",
    shows="MNIST, 4 hidden units, rates 0.1, 0.01 and 0.001: the loss after each of 100 epochs",
    report="R1",
    data="mnist",
    settings=vary("learning_rate_init", (0.1, 0.01, 0.001), NETWORK | {"hidden_layer_sizes": (4,)}),
    fit=Classification(DIVIDE, scored=PARTS, watched=PARTS),
    figures=losses(*PARTS) + accuracies(*PARTS),
    find=find,
    draw=draw,
    quick={"max_iter": 2},
    duration="1 min",
    version=2,
)
