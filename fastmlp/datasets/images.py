"""What every image data set looks like to an experiment."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ImageSet:
    """Labelled images, split into training and test rows; pixels stay bytes.

    Attributes
    ----------
    name : str
        Short lower-case name, such as 'mnist'.
    title : str
        Name for headings.
    X_train, X_test : ndarray of uint8, shape (n_rows, n_pixels) or (n_rows, height, width, channels)
        Images, C-ordered: grey ones flat, one a row; coloured ones in their own shape.
    y_train, y_test : ndarray of int64, shape (n_rows,)
        Labels.
    image_shape : tuple of int
        Height and width, whose product is n_pixels; then the channels of coloured images.
    input_scale : float
        What the pixels are to be multiplied by, so that they lie in [0, 1].
    source : str
        Where the data came from, for the record.
    is_mnist : bool
        Whether these are the 60,000 + 10,000 images of MNIST, byte for byte.
    class_names : tuple of str
        What each label stands for, at the label's place; empty where the labels speak for themselves.
    """

    name: str
    title: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    image_shape: tuple[int, ...]
    input_scale: float
    source: str
    is_mnist: bool = False
    class_names: tuple[str, ...] = ()

    def __sizeof__(self):
        """Count the arrays: so a cluster sees that this is to be sent once, not with every task."""
        arrays = (self.X_train, self.y_train, self.X_test, self.y_test)
        return object.__sizeof__(self) + sum(array.nbytes for array in arrays)

    @property
    def classes(self):
        """All labels in ascending order, ndarray of int64."""
        return np.union1d(self.y_train, self.y_test)
