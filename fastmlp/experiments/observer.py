"""Who wants to know how an experiment is getting on."""


class Observer:
    """Told what happens; every method does nothing unless a subclass says otherwise.

    The `record` is the run's record as it is at that moment, see `record.py`.
    """

    def data_ready(self, record):
        """The data and the settings are known; next, kernels are compiled where they never were."""

    def training_starts(self, record):
        """The network is known, too."""

    def epoch_ended(self, record, is_best):
        """`record["epochs"]` has one more entry; its weights may be the best so far on validation."""

    def evaluated(self, record):
        """`record["results"]` is complete."""

    def peer_starts(self, record):
        """Another library begins to train with the same settings."""

    def peer_epoch_ended(self, record, n_epochs):
        """The other library has trained so many epochs."""

    def compared(self, record):
        """`record["comparison"]` is complete."""


class FeaturesObserver:
    """The same for an experiment that extracts features and trains on them in several ways.

    A `training` is one of the values of `record["trainings"]`.
    """

    def data_ready(self, record):
        """The data and the settings are known."""

    def extraction_starts(self, record):
        """Next, the extractor is fitted and applied to one part of the images after the other."""

    def part_starts(self, part, n_images):
        """Features of 'training', 'mirrored' or 'test' images are looked for in the cache, else extracted."""

    def extracting(self, n_done, n_images):
        """So many of the part's images are done; never called if they were in the cache."""

    def extracted(self, record, part):
        """`record["extraction"]["parts"]` has one more entry."""

    def mapping_starts(self, record):
        """The picture of pixels and features is made next; the number of its images is in the record."""

    def training_starts(self, record, training):
        """Settings and network of the next training are known, and compiled."""

    def epoch_ended(self, training, is_best):
        """`training["epochs"]` has one more entry; its weights may be the best so far."""

    def evaluated(self, record, training):
        """`training["results"]` is complete."""
