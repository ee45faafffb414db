"""Features of images from learned patterns of small patches.

After A. Coates, H. Lee and A. Y. Ng, "An analysis of single-layer networks in unsupervised feature learning",
AISTATS 2011.
"""

from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
from joblib import effective_n_jobs
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import _fit_context
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils._param_validation import Interval
from sklearn.utils.parallel import Parallel, delayed

from ..limits import one_blas_thread
from .extraction import ImageFeatures

#: Memory for the patches and distances of a batch of images; one that stays in the caches is the fastest.
BATCH_BYTES = 4 << 20


def normalize_contrast(patches, eps):
    """Bring every patch to mean zero and about unit variance: (p - mean) / sqrt(var + eps).

    Parameters
    ----------
    patches : ndarray of shape (n_patches, n_pixels), float
        Overwritten.
    eps : float
        Keeps the noise of nearly uniform patches small.
    """
    patches -= patches.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", patches, patches) / patches.shape[1]
    patches /= np.sqrt(variance + eps)[:, np.newaxis]


def zca(patches, eps):
    """Return what whitens patches while changing them least: (p - mean) @ whitening.

    Parameters
    ----------
    patches : ndarray of shape (n_patches, n_pixels)
    eps : float
        Added to the variances before their roots are divided by.

    Returns
    -------
    mean : ndarray of shape (n_pixels,), float64
    whitening : ndarray of shape (n_pixels, n_pixels), float64
        V diag((d + eps) ** -0.5) V.T, of the covariance V diag(d) V.T; symmetric.
    """
    variances, directions = np.linalg.eigh(
        np.cov(patches, rowvar=False, bias=True).reshape(2 * patches.shape[1:])
    )
    # rounding can leave a variance of zero slightly negative
    scale = 1 / np.sqrt(np.maximum(variances, 0) + eps)
    return patches.mean(axis=0, dtype=np.float64), (directions * scale) @ directions.T


def quadrants(height, width):
    """Return the matrix that sums a map of positions over its four quadrants.

    Parameters
    ----------
    height, width : int
        Of the map; of an odd one, the upper or left half has the row or column in the middle.

    Returns
    -------
    sums : ndarray of shape (4, height * width), float32
        Rows: upper left, upper right, lower left, lower right.
    """
    row = np.arange(height) >= (height + 1) // 2
    column = np.arange(width) >= (width + 1) // 2
    quadrant = (2 * row[:, np.newaxis] + column).ravel()
    return (quadrant == np.arange(4)[:, np.newaxis]).astype(np.float32)


class PatchFeatures(ImageFeatures):
    """Features of images: how much their quadrants look like patterns learned from patches.

    `fit` takes random patches, normalises their contrast, whitens them (ZCA) and finds `n_patterns` centroids
    by k-means.  `transform` normalises and whitens the patches at all positions of an image; with z the
    distances of a patch to the centroids, its activations are max(0, mean(z) - z), and their sums over the
    four quadrants of the image are the features, those of the upper left first, then upper right, lower left
    and lower right.  No labels are used.  Standardise the features before a
    classifier.

    Parameters
    ----------
    n_patterns : int, default=400
        Centroids; there are four features for each.  More are more accurate, and slower in proportion.
    patch_size : int, default=6
        Height and width of a patch.
    stride : int, default=1
        Pixels from one position to the next in `transform`; 2 is about four times as fast, and less accurate.
    n_patches : int, default=100000
        Random patches to fit on.
    input_shape : tuple of int, default=None
        (height, width, channels) of an image, needed where X has rows of numbers; images say it themselves.
    contrast_eps : float, default=10.0
        Added to the variance of a patch before its root is divided by.  The default is for pixels from 0 to
        255; for pixels from 0 to m, take about 10 * (m / 255) ** 2.
    whitening_eps : float, default=0.1
        Added to the variances of the normalised patches before whitening.
    random_state : int, RandomState instance or None, default=None
        Source of the patches and of the first centroids.
    n_jobs : int, default=None
        Threads of `transform`; None is 1 (but the matrix products use BLAS's own), -1 all processors.
    memory : str or joblib.Memory, default=None
        Folder that keeps features: those of the same images and patterns are found there.
    verbose : bool or callable, default=False
        True prints how far `transform` is, now and then; a callable gets (images done, images in all) after
        every batch.

    Attributes
    ----------
    centroids_ : ndarray of shape (n_patterns, n_pixels), float32
        Centroids of the whitened patches; n_pixels are patch_size rows, patch_size columns and the channels.
    mean_ : ndarray of shape (n_pixels,), float32
        Mean of the patches of normalised contrast.
    whitening_ : ndarray of shape (n_pixels, n_pixels), float32
        Symmetric; (patch - mean_) @ whitening_ is the whitened patch.
    image_shape_ : tuple of int
        (height, width, channels) of an image.
    n_features_in_ : int
        Numbers in an image.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of X's columns, if they are all strings.

    References
    ----------
    A. Coates, H. Lee and A. Y. Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from fastmlp.features import PatchFeatures
    >>> images = load_digits().images[..., None]
    >>> features = PatchFeatures(n_patterns=20, patch_size=4, contrast_eps=0.04, random_state=0)
    >>> features.fit_transform(images).shape
    (1797, 80)
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **ImageFeatures._parameter_constraints,
        "n_patterns": [Interval(Integral, 1, None, closed="left")],
        "patch_size": [Interval(Integral, 1, None, closed="left")],
        "stride": [Interval(Integral, 1, None, closed="left")],
        "n_patches": [Interval(Integral, 1, None, closed="left")],
        "contrast_eps": [Interval(Real, 0, None, closed="neither")],
        "whitening_eps": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        n_patterns=400,
        *,
        patch_size=6,
        stride=1,
        n_patches=100_000,
        input_shape=None,
        contrast_eps=10.0,
        whitening_eps=0.1,
        random_state=None,
        n_jobs=None,
        memory=None,
        verbose=False,
    ):
        self.n_patterns = n_patterns
        self.patch_size = patch_size
        self.stride = stride
        self.n_patches = n_patches
        self.input_shape = input_shape
        self.contrast_eps = contrast_eps
        self.whitening_eps = whitening_eps
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.memory = memory
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the patterns of random patches.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or ndarray of shape (n_images, height, width, channels)
            Rows have the order of the images: row, column, channel.
        y : object
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        OSError
            If the folder `memory` cannot be written to.
        ValueError
            If the shape of the images is not known or not that of `input_shape`, an image is smaller than a
            patch, or there are fewer patches than patterns.
        """
        if self.n_patches < self.n_patterns:
            raise ValueError(f"n_patches={self.n_patches} is below n_patterns={self.n_patterns}.")
        X = self._learn_shape(X)
        if min(self.image_shape_[:2]) < self.patch_size:
            raise ValueError(
                f"Images of shape {self.image_shape_} are smaller than a patch of "
                f"patch_size={self.patch_size}."
            )
        random_state = check_random_state(self.random_state)
        windows = self._windows(X)
        places = [random_state.randint(n, size=self.n_patches) for n in windows.shape[:3]]
        patches = windows[*places].reshape(self.n_patches, -1).astype(np.float32)
        normalize_contrast(patches, self.contrast_eps)
        mean, whitening = zca(patches, self.whitening_eps)
        self.mean_, self.whitening_ = mean.astype(np.float32), whitening.astype(np.float32)
        kmeans = MiniBatchKMeans(self.n_patterns, n_init=1, random_state=random_state)
        self.centroids_ = kmeans.fit((patches - self.mean_) @ self.whitening_).cluster_centers_
        return self

    def _identity(self):
        parameters = self.patch_size, self.stride, self.contrast_eps
        return *parameters, self.centroids_, self.mean_, self.whitening_

    def _extract(self, X, report):
        """Sums over the upper left quadrant, then upper right, lower left and lower right.

        Of an odd number of positions, the upper or left half has the one in the middle.
        """
        windows = self._windows(X)[:, :: self.stride, :: self.stride]
        n_positions = windows.shape[1] * windows.shape[2]
        sums = quadrants(*windows.shape[1:3])
        # [y, |y|^2, 1] @ to_distances is |y - c|^2: one product has the sums of three terms
        norms = np.einsum("ij,ij->i", self.centroids_, self.centroids_)
        to_distances = np.vstack([-2 * self.centroids_.T, np.ones_like(norms), norms])
        features = np.empty((len(X), 4, len(norms)), np.float32)

        def fill(rows):
            activations = self._activations(windows[rows], to_distances)
            np.matmul(sums, activations.reshape(-1, n_positions, len(norms)), out=features[rows])
            return rows.stop - rows.start

        image_bytes = 4 * n_positions * (2 * to_distances.shape[0] + len(norms))
        batches = gen_batches(len(X), max(1, BATCH_BYTES // image_bytes))
        # threads that share a processor's cores with BLAS's own would wait for each other
        with one_blas_thread() if effective_n_jobs(self.n_jobs) > 1 else nullcontext():
            threads = Parallel(n_jobs=self.n_jobs, require="sharedmem", return_as="generator")
            n_done = 0
            for n_more in threads(delayed(fill)(rows) for rows in batches):
                n_done += n_more
                report(n_done)
        return features.reshape(len(X), -1)

    @property
    def _n_features_out(self):
        return 4 * len(self.centroids_)

    def _windows(self, X):
        """View of all patches, of shape (n_images, rows, columns, patch_size, patch_size, channels)."""
        size = self.patch_size
        windows = sliding_window_view(X.reshape(-1, *self.image_shape_), (size, size), axis=(1, 2))
        return np.moveaxis(windows, 3, -1)

    def _activations(self, windows, to_distances):
        """max(0, mean(z) - z) of all patches, of shape (n_patches, n_patterns)."""
        n_pixels = len(self.mean_)
        patches = windows.astype(np.float32, order="C").reshape(-1, n_pixels)
        normalize_contrast(patches, self.contrast_eps)
        patches -= self.mean_
        white = np.empty((len(patches), n_pixels + 2), np.float32)
        np.matmul(patches, self.whitening_, out=white[:, :n_pixels])
        np.einsum("ij,ij->i", white[:, :n_pixels], white[:, :n_pixels], out=white[:, n_pixels])
        white[:, n_pixels + 1] = 1
        z = white @ to_distances
        np.maximum(z, 0, out=z)  # rounding can leave a distance of zero slightly negative
        np.sqrt(z, out=z)
        np.subtract(z.mean(axis=1, keepdims=True), z, out=z)
        return np.maximum(z, 0, out=z)
