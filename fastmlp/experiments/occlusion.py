"""What a classifier needs of an image: which parts of it must not be covered."""

import numpy as np


def occlusion(model, image, label, *, size=5):
    """Cover an image by a square of zeros at every place, and see how much less sure the model becomes.

    Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2; there the
    square is gray, and the probability is shown, which hardly moves where a model is very sure.

    Parameters
    ----------
    model : classifier
        Fitted, with `classes_` and `predict_proba`.
    image : ndarray of shape (height, width)
        Gray; one row of what the model was fitted to is an image, flat.
    label : object
        The image's class.
    size : int, default=5
        Pixels along a side of the square; odd.

    Returns
    -------
    loss : ndarray of shape (height, width)
        By how much the log odds of the class fall, in nats, with the square's middle at every pixel; negative
        where covering helps.

    Raises
    ------
    ValueError
        If `size` is not odd: such a square has no pixel in its middle.
    """
    if size % 2 != 1:
        raise ValueError(
            f"size={size} must be odd, so that a pixel is in the square's middle: use {size + 1}."
        )
    height, width = image.shape
    rows = np.abs(np.subtract.outer(np.arange(height), np.arange(height))) <= size // 2  # place, pixel
    columns = np.abs(np.subtract.outer(np.arange(width), np.arange(width))) <= size // 2
    square = rows[:, None, :, None] & columns[None, :, None, :]
    covered = np.where(square, 0, image).astype(image.dtype).reshape(height * width, -1)
    i = np.searchsorted(model.classes_, label)
    before, after = (_log_odds(model.predict_proba(X), i) for X in (image.reshape(1, -1), covered))
    return (before - after).reshape(height, width)


def _log_odds(probabilities, i):
    """Log of a class's probability over that of all others, ndarray of shape (n_rows,)."""
    others = np.delete(probabilities, i, axis=1).sum(axis=1)  # not 1 - p, which rounds to 0
    smallest = np.finfo(probabilities.dtype).tiny
    return np.log(np.maximum(probabilities[:, i], smallest)) - np.log(np.maximum(others, smallest))
