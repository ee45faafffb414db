"""R1's features of images: the two classes, weights that are missing, findings and pictures."""

from dataclasses import replace

import numpy as np
import pytest

from fastmlp.datasets import ImageSet
from fastmlp.experiments.fitted import Context, LeftOut
from fastmlp.recipes import image_features
from fastmlp.recipes.image_features import RECIPE

from .few_images import made_up

NAMES = ("airplane", "automobile", "bird")
SMALL = {"layers": (16,), "epochs": 10, "batch_size": 8, "mapped": 20}


@pytest.fixture(scope="module")
def data():
    """150 + 60 coloured images in three classes, the first two of which differ in brightness."""
    rng = np.random.RandomState(0)
    y = np.arange(210) % 3
    X = np.clip(rng.randint(0, 100, (210, 4, 4, 3)) + 100 * y[:, None, None, None], 0, 255).astype(np.uint8)
    parts = (X[:150], y[:150], X[150:], y[150:])
    return ImageSet("cifar10", "CIFAR-10", *parts, (4, 4, 3), 1 / 255, "nowhere", class_names=NAMES)


def of(extractor, way):
    """Return a small version of a setting."""
    (setting,) = (
        s for s in RECIPE.settings if (s.parameters["extractor"], s.parameters["way"]) == (extractor, way)
    )
    return replace(setting, parameters=setting.parameters | SMALL)


@pytest.fixture(scope="module")
def results(data):
    """Results of raw pixels, trained by the reference in both ways."""
    return {
        s.key: image_features.fit(s, data, 0, Context(device="ref")).results
        for s in (of("pixels", "as reported"), of("pixels", "sound"))
    }


def test_two_classes_alone_are_told_apart(data, results):
    chosen = image_features.two_classes(data)
    assert (len(chosen.y_train), len(chosen.y_test)) == (100, 40)
    assert chosen.class_names == ("airplane", "automobile")
    np.testing.assert_array_equal(chosen.X_train, data.X_train[data.y_train < 2])
    for one in results.values():
        assert np.sum(one["confusion_matrix"]) == 40
        assert len(one["probabilities"]) == 40


def test_the_sound_way_learns_what_is_easy(results):
    assert results["sound: raw pixels"]["mean_auc"] > 0.9


def test_results_have_no_times(results):
    for one in results.values():
        assert "predict_seconds" not in one
        assert not {"threads", "device"} & set(one["training"]["settings"])
        for epoch in one["training"]["epochs"]:
            assert not {"seconds", "images_per_second"} & set(epoch)


def test_maps_are_made_in_one_way_only(results):
    assert len(results["as reported: raw pixels"]["map"]["points"]) == 20
    assert results["sound: raw pixels"]["map"] is None


@pytest.mark.parametrize("extractor", ["squeezenet", "alexnet"])
def test_missing_weights_leave_a_setting_out(data, tmp_path, monkeypatch, extractor):
    monkeypatch.delenv("FASTMLP_DATA", raising=False)
    monkeypatch.setenv("FASTMLP_CACHE_DIR", str(tmp_path))
    with pytest.raises(LeftOut, match=r"There are no weights of .*ImageNet"):
        image_features.fit(
            of(extractor, "sound"), data, 0, Context(device="ref", data_folder=str(tmp_path / "empty"))
        )


def test_weights_that_nobody_can_read_leave_it_out(data, tmp_path, monkeypatch):
    (tmp_path / "alexnet").mkdir()
    (tmp_path / "alexnet" / "net.safetensors").touch()
    monkeypatch.setattr(image_features, "readable", lambda path: False)
    with pytest.raises(LeftOut, match=r"What reads net.safetensors, .* is not installed"):
        image_features.fit(of("alexnet", "sound"), data, 0, Context(data_folder=str(tmp_path)))


def test_findings(data, results):
    constant = results["as reported: raw pixels"] | {
        "same_for_all": True,
        "test_accuracy": 0.5,
        "silent_units": 0.75,
    }
    sentences = image_features.find(made_up(RECIPE, results | {"as reported: raw pixels": constant}))
    assert sentences[0] == "As reported, share of test images recognised: raw pixels 50.00 %."
    assert sentences[1].startswith("With the sound settings")
    assert sentences[2].startswith(
        "One answer for every test image: as reported: raw pixels; 75 % of the units"
    )
    assert "AlexNet's, whose weights are not here: with them, it has 97.18 % in training" in sentences[3]
    assert "[[932, 70], [27, 970]], sum to 1,002 and 997" in sentences[4]


def test_another_network_stands_beside_the_report(results):
    assert [s.name for s in RECIPE.settings if s.reported] == ["AlexNet (ImageNet)"]
    one = results["as reported: raw pixels"] | {"train_accuracy": 0.99, "test_accuracy": 0.98}
    outcome = made_up(RECIPE, {"as reported: SqueezeNet v1.0 (ImageNet)": one})
    (sentence,) = (each for each in image_features.find(outcome) if "another network" in each)
    assert "gives 99.00 % in training and 98.00 % in testing" in sentence
    assert sentence.endswith("where the report's AlexNet gives 97.18 % and 95.15 %.")


def test_silent_units_are_a_share(results):
    assert all(0 <= one["silent_units"] <= 1 for one in results.values())


def test_pictures(data, results):
    outcome = made_up(RECIPE, results)
    outcome.data = data
    pictures = image_features.draw(outcome)
    ways = {f"{what}-{way}.png" for what in ("loss", "confusion", "roc") for way in ("as-reported", "sound")}
    assert set(pictures) == {"samples.png", "tsne.png"} | ways
    assert "validation" in [
        text.get_text() for text in pictures["loss-sound.png"].axes[0].get_legend().get_texts()
    ]
    titles = [axes.get_title() for axes in pictures["confusion-as-reported.png"].axes]
    assert titles[0] == "AlexNet, reported\n95.15 %"
    assert not any("AlexNet" in axes.get_title() for axes in pictures["confusion-sound.png"].axes)
    auc = results["sound: raw pixels"]["mean_auc"]
    legend = pictures["roc-sound.png"].axes[0].get_legend().get_texts()[0].get_text()
    assert float(legend.split()[-1]) == pytest.approx(min(auc, 1), abs=1e-4)
