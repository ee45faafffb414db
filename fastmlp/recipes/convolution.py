"""R2: one convolution before the dense layers, with kernels of 2 to 24 pixels, on all of MNIST."""

from .. import plots
from ..experiments.classification import Classification
from ..experiments.division import WithValidation
from ..experiments.occlusion import occlusion
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.text import percent
from ..layers import Conv2D, MaxPool2D

REPORTED = {
    2: {"test_accuracy": 0.9768},
    3: {"test_accuracy": 0.9835, "validation_accuracy": 0.9867, "n_parameters": 135_805},
    4: {"test_accuracy": 0.9848},
    8: {"test_accuracy": 0.9864},
    24: {"test_accuracy": 0.9690},
}
TRAINING = {"input_shape": (28, 28, 1), "batch_size": 32, "max_iter": 10, "restore_best": True}
POOLING = 1  # its place among the layers
SQUARE = 5  # pixels along the side of what covers the image
PICTURED = 0  # number of the test image in the pictures
DRAWN = (3, 24)  # kernels whose feature maps are drawn


def _setting(size, rate):
    """Return the network with one size of kernels; the report does not state the rate of its dropout."""
    layers = (Conv2D(32, size), MaxPool2D(2), 25)
    parameters = {"hidden_layer_sizes": layers, "dropout": rate} | TRAINING
    return Setting(f"{size} x {size}", parameters, REPORTED[size], f"dropout {rate:g}")


SETTINGS = {size: _setting(size, 0.1) for size in REPORTED}
MORE_DROPOUT = _setting(3, 0.25)


def find(outcome):
    """Compare the kernels with each other, and with the report."""
    tested = {
        setting.key: outcome.mean(setting.key, "test_accuracy")
        for setting in outcome.settings()
        if outcome.values(setting.key, "test_accuracy")
    }
    known = [setting for setting in SETTINGS.values() if setting.key in tested]
    if not known:
        return []
    best = max(known, key=lambda setting: tested[setting.key])
    in_report = max(known, key=lambda setting: setting.reported["test_accuracy"])
    differences = [
        f"{100 * (tested[setting.key] - setting.reported['test_accuracy']):+.2f} with {setting.name}"
        for setting in known
    ]
    sentences = [
        f"Kernels of {best.name} pixels are best on the test images with {percent(tested[best.key])}, those "
        f"of {in_report.name} in the report with {percent(in_report.reported['test_accuracy'])}.",
        f"Percentage points between the test accuracies and the reported ones: {', '.join(differences)}.",
    ]
    less = SETTINGS[3]
    if less.key in tested and MORE_DROPOUT.key in tested:
        sentences.append(
            "The report does not state the rate of its dropout, nor optimizer and batch size. With "
            f"{less.name} pixels, the test accuracy is {percent(tested[less.key])} with {less.group} and "
            f"{percent(tested[MORE_DROPOUT.key])} with {MORE_DROPOUT.group}."
        )
    return sentences


def draw(outcome):
    """Draw losses of all kernels; for an image, what pooling answers and what may not be covered."""
    pictures, panels = {}, {}
    for setting in SETTINGS.values():
        for results in outcome.results(setting.key)[:1]:
            curves = results["epochs"]
            panels[setting.name] = {
                "training (with dropout)": curves["loss"],
                "validation": curves["validation_loss"],
            }
    if panels:
        pictures["losses.png"] = plots.epoch_curves(
            panels,
            ylabel="mean cross-entropy (nats)",
            log=True,
            title=f"{outcome.recipe.title}, by the size of kernels",
        )
    image = outcome.data.X_test[PICTURED].reshape(outcome.data.image_shape)
    digit = outcome.data.y_test[PICTURED]
    for size in DRAWN:
        setting = SETTINGS[size]
        if not outcome.results(setting.key):
            continue
        _, model = outcome.first_model(setting.key)
        title = f"kernels of {setting.name} pixels, image of a {digit}"
        maps = model.hidden_features(image.reshape(1, -1), POOLING)[0]
        pictures[f"feature-maps-{size}.png"] = plots.feature_maps(maps, title=f"Pooling layer, {title}")
        pictures[f"heat-map-{size}.png"] = plots.heat_map(
            image,
            occlusion(model, image, digit, size=SQUARE),
            title=f"Log odds (nats) lost where {SQUARE} x {SQUARE} pixels are covered:\n{title}",
        )
    return pictures


RECIPE = Recipe(
    name="convolution",
    title="One convolution on MNIST",
    shows="MNIST, 32 kernels of 2 to 24 pixels, max-pooling, 25 units: what they cost and what they see",
    report="R2",
    data="mnist",
    settings=(*SETTINGS.values(), MORE_DROPOUT),
    fit=Classification(
        WithValidation(0.1),
        scored=("train", "validation", "test"),
        watched=("validation",),
        keep_model=True,
    ),
    figures=(*accuracies("train", "validation", "test"), Figure("n_parameters", "parameters", 0)),
    find=find,
    draw=draw,
    seeds=1,
    quick={"max_iter": 1},
    duration="4 min",
)
