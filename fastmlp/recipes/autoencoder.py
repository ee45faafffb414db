"""R2: 32 features that reproduce an image, and a classifier of 3,000 images that sees nothing but them."""

from contextlib import suppress
from dataclasses import replace

from .. import plots
from ..autoencoder import Autoencoder
from ..experiments.classification import ALL_EPOCHS, Classification
from ..experiments.division import Division, Part
from ..experiments.fitted import Fitted
from ..experiments.fitting import epochs_as_chosen
from ..experiments.outcome import MissingFits
from ..experiments.recipe import Figure, Recipe, Setting, accuracies
from ..experiments.seed_curves import first_seed
from ..experiments.text import percent, span
from ..summary import count_parameters
from ._few_images import DIVIDE, agreement

CODE = {"hidden_layer_sizes": (32,), "batch_size": 128, "max_iter": 10}
CLASSIFIER = {"hidden_layer_sizes": (100, 64), "batch_size": 16}
REPORTED = {
    "autoencoder_parameters": 25_120 + 25_872,
    "n_parameters": 10_414,
    "train_accuracy": 0.9996,
    "test_accuracy": 0.9267,  # the report calls these 300 images validation
}
REPORTED_SECONDS = 11  # of the classifier
PICTURED = 12  # test images


def fit(setting, data, seed, context):
    """Fit an autoencoder to all training images without labels, then a classifier to features of a few."""
    parameters = CODE | setting.parameters
    parameters["batch_size"] = min(parameters["batch_size"], len(data.X_train))
    classifier = CLASSIFIER | {"max_iter": parameters.pop("classifier_epochs")}
    seconds = []

    def epoch_ended(epoch):
        seconds.append(epoch.seconds)
        context.tell(epoch.epoch, model.max_iter)

    model = Autoencoder(
        **ALL_EPOCHS | parameters,
        random_state=seed,
        input_scale=data.input_scale,
        callbacks=[epoch_ended],
        n_threads=context.n_threads,
        device=context.device,
    )
    with epochs_as_chosen():
        model.fit(data.X_train)
    model.set_params(callbacks=None)  # they cannot be pickled

    def features(data, seed):
        parts = DIVIDE(data, seed).parts.items()
        return Division({name: Part(model.transform(part.X), part.y) for name, part in parts})

    second = replace(setting, parameters=classifier)
    fitted = Classification(features)(second, data, seed, replace(context, epoch_ended=None))
    error = -model.score(data.X_test) * data.input_scale**2
    results = {
        "autoencoder_parameters": count_parameters(model._network),
        "reconstruction_error": error,
        "autoencoder_loss": model.loss_curve_,
    }
    return Fitted(fitted.results | results, fitted.durations | {"train_autoencoder": sum(seconds)}, model)


def find(outcome):
    """Compare the codes."""
    sentences = []
    for setting in outcome.settings():
        tested = outcome.values(setting.key, "test_accuracy")
        if tested:
            single = f", {span(tested)} with single seeds" if len(tested) > 1 else ""
            sentences.append(
                f"{setting.name}: {percent(sum(tested) / len(tested))} of the images held out are "
                f"recognised{single} ({percent(REPORTED['test_accuracy'])} reported, after "
                f"{REPORTED_SECONDS} s of training the classifier)."
            )
    return [*sentences, *agreement(outcome)]


def draw(outcome):
    """Draw test images above their reconstructions, and the autoencoder's loss."""
    images = outcome.data.X_test[:PICTURED]
    pictures, curves = {}, {}
    for setting in outcome.settings():
        loss = outcome.first(setting.key).get("autoencoder_loss")
        if loss:
            curves[setting.name] = loss
        with suppress(MissingFits):  # none was saved
            _, model = outcome.first_model(setting.key)
            pictures[f"reconstructions-{setting.name.replace(' ', '-')}.png"] = plots.reconstructions(
                images.reshape(-1, *outcome.data.image_shape),
                model.inverse_transform(model.transform(images)).reshape(-1, *outcome.data.image_shape),
                title=f"Test images from 32 features, {setting.name}",
            )
    if curves:
        pictures["loss.png"] = plots.epoch_curves(
            {"": curves},
            ylabel="half the squared error, summed over pixels",
            title=f"{RECIPE.title}: training loss, {first_seed(outcome, outcome.settings())}",
        )
    return pictures


RECIPE = Recipe(
    name="autoencoder",
    title="An autoencoder's 32 features",
    shows="MNIST: images from 32 features, and 3,000 images classified by them",
    report="R2",
    data="mnist",
    settings=(
        Setting("linear code", {"activation": "identity", "classifier_epochs": 100}, REPORTED),
        Setting("relu code", {"activation": "relu", "classifier_epochs": 100}, REPORTED),
    ),
    fit=fit,
    figures=(
        *accuracies("train", "test"),
        Figure("reconstruction_error", "squared error per pixel"),
        Figure("autoencoder_parameters", "parameters of the autoencoder", 0),
        Figure("n_parameters", "of the classifier", 0),
    ),
    find=find,
    draw=draw,
    quick={"max_iter": 1, "classifier_epochs": 2},
    duration="10 s",
)
