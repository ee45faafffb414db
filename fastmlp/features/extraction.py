"""What all extractors of image features share: checks, progress, and results kept on disk."""

from abc import ABC, abstractmethod
from time import monotonic

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted, check_memory, validate_data

from .. import __version__
from .._validation import KEPT, shape_of_row, table_of_images
from ..files import writable_folder

SECONDS = 10  # between two lines of progress


class ImageFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, ABC):
    """A transformer from images to features.

    Parameters
    ----------
    input_shape : tuple of int, default=None
        (height, width, channels) of an image, needed where X has rows of numbers; images say it themselves.
    memory : str or joblib.Memory, default=None
        Folder that keeps the features: `transform` finds those of the same images there, if extractor and
        weights are the same, too.  None keeps nothing.
    verbose : bool or callable, default=False
        True prints how far `transform` is, now and then; a callable gets (images done, images in all) after
        every batch.
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        "input_shape": [list, tuple, None],
        "memory": [str, HasMethods("cache"), None],
        "verbose": ["verbose", callable],
    }

    def transform(self, X):
        """Return the features of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or ndarray of shape (n_images, height, width, channels)
            Rows have the order of the images: row, column, channel.

        Returns
        -------
        features : ndarray of shape (n_images, n_features_out), float32

        Raises
        ------
        OSError
            If the folder `memory` cannot be written to.
        ValueError
            If the images have another shape than those that `fit` saw.
        """
        check_is_fitted(self)
        extract = self._checked_memory().cache(_extract, ignore=["extractor"])
        X, _ = table_of_images(X, self.image_shape_)
        X = validate_data(self, X, dtype=KEPT, reset=False)
        identity = __version__, type(self).__name__, self.image_shape_, *self._identity()
        return extract(X, identity, self)

    def _learn_shape(self, X):
        """Validate X in `fit`; return its images as rows.

        Sets `image_shape_` and what scikit-learn's validation sets.
        """
        self._checked_memory()
        X, shape = table_of_images(X, self.input_shape)
        X = validate_data(self, X, dtype=KEPT)
        if shape is None:
            raise ValueError(
                "X has rows of numbers: give their shape as input_shape=(height, width, channels), or pass X "
                "as an array of shape (n_images, height, width, channels)."
            )
        if len(shape) != 3:
            raise ValueError(f"input_shape={shape!r} must be (height, width, channels), such as (28, 28, 1).")
        self.image_shape_ = shape_of_row(shape, self.n_features_in_)
        return X

    def _checked_memory(self):
        """The joblib.Memory of `memory`, whose folder exists and can be written to."""
        if isinstance(self.memory, str):
            writable_folder(self.memory)  # else joblib would only warn, when all the work is done
        return check_memory(self.memory)

    @abstractmethod
    def _identity(self):
        """What the features depend on besides the images, their shape and the class, tuple: as fitted.

        Kept results are found by it.
        """

    @abstractmethod
    def _extract(self, X, report):
        """Features of validated rows; report(n_done) after every batch."""

    def _reporter(self, n_images):
        """Return report(n_done), which does what `verbose` says."""
        if callable(self.verbose):
            return lambda n_done: self.verbose(n_done, n_images)
        if not self.verbose:
            return lambda n_done: None
        name, last = type(self).__name__, monotonic()

        def report(n_done):
            nonlocal last
            if monotonic() - last > SECONDS or n_done == n_images:
                last = monotonic()
                print(f"[{name}] {n_done:,} of {n_images:,} images")

        return report

    def __sklearn_is_fitted__(self):
        """Whether `fit` came to its end; when it fails, it may have set some attributes."""
        return hasattr(self, "_n_features_out")

    def __sklearn_tags__(self):
        """Features are float32, whatever the images are."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _extract(X, identity, extractor):
    """Features of rows: what `joblib.Memory` keeps, by the rows and the extractor's identity."""
    return extractor._extract(X, extractor._reporter(len(X)))
