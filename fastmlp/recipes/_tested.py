"""R4 reports one test accuracy; its images are those held out of the training images, or the test images."""

TESTED = ("held-out", "test")


def which_images(outcome):
    """Yield why a reported figure stands beside two reproduced ones, if it does."""
    reported = [" ".join(setting.reported) for setting in outcome.settings()]
    if any(all(f"{part}_accuracy" in names for part in TESTED) for names in reported):
        yield (
            "The report does not say whether it tests on images held out of the training images or on the "
            "data set's test images: its figure stands beside both."
        )
