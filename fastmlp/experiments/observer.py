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
