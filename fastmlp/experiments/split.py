"""Training, validation and test rows of an image set."""

import numpy as np


class Split:
    """An image set whose training rows have been divided once more, at random.

    Parameters
    ----------
    data : ImageSet
    validation : int, float or None
        Rows to validate on, or their share if less than 1; None: 5,000, or a tenth of a smaller set.
    seed : int

    Attributes
    ----------
    X, X_val, X_test : ndarray of uint8, shape (n_rows, n_pixels)
    y, y_val, y_test : ndarray of int64, shape (n_rows,)

    Raises
    ------
    ValueError
        If there are too few rows, or a class is left without a training row.
    """

    def __init__(self, data, validation, seed):
        n_rows = len(data.X_train)
        n_val = _validation_rows(validation, n_rows)
        order = np.random.RandomState(seed).permutation(n_rows)
        val, train = np.sort(order[:n_val]), np.sort(order[n_val:])
        self.data = data
        self.X, self.y = data.X_train[train], data.y_train[train]
        self.X_val, self.y_val = data.X_train[val], data.y_train[val]
        self.X_test, self.y_test = data.X_test, data.y_test
        unseen = np.setdiff1d(data.classes, self.y)
        if len(unseen):
            raise ValueError(
                f"None of the {len(train):,} training rows is of class {', '.join(map(str, unseen))}; "
                "validate on fewer rows, or use other data."
            )

    def describe(self):
        """Return what a record says about the data, dict."""
        data = self.data
        return {
            "name": data.name,
            "title": data.title,
            "source": data.source,
            "is_mnist": data.is_mnist,
            "image_shape": data.image_shape,
            "input_scale": data.input_scale,
            "n_train": len(self.y),
            "n_validation": len(self.y_val),
            "n_test": len(self.y_test),
            "n_classes": len(data.classes),
        }


def _validation_rows(validation, n_rows):
    """Turn the setting into a number of rows."""
    if validation is None:
        n_val = min(5000, n_rows // 10)
    else:
        n_val = round(validation * n_rows) if validation < 1 else int(validation)
    if n_val >= n_rows:
        raise ValueError(
            f"validation={validation} leaves nothing to train on: there are {n_rows:,} training rows in all. "
            "Choose fewer, or a share such as 0.1."
        )
    if n_val < 1:
        raise ValueError(
            f"validation={validation} of {n_rows:,} training rows is none; at least one is needed to "
            "validate on."
        )
    return n_val
