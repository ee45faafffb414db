"""The two-class points in the plane of TensorFlow Playground."""

import numbers

import numpy as np

RADIUS = 5.0  # of the circle and the spiral; half the side of the square of `xor`
INNER, OUTER = 0.5, 0.7  # of the radius: where the inner circle ends, and the ring around it begins
PADDING = 0.3  # between `xor`'s points and the axes
TURNS = 1.75  # of the spiral


def load_playground(name, n_rows=500, noise=0.0, random_state=None):
    """Draw one of TensorFlow Playground's data sets of two classes.

    - 'spiral': two arms that wind 1.75 times around the origin, from there to the radius 5; noise moves the
      points, by up to `noise` along each axis.
    - 'xor': points of the square from -5 to 5, moved away from the axes by 0.3; the label is the sign of x y.
    - 'circle': label 1 up to the radius 2.5, label -1 between 3.5 and 5.

    Noise leaves the points of 'xor' and 'circle' where they are: their label is that of a place up to
    5 `noise` away along each axis.  Rows are not shuffled: of 'spiral' and 'circle', the rows of label 1 come
    first (without noise).

    Parameters
    ----------
    name : {'spiral', 'xor', 'circle'}
    n_rows : int, default=500
        How many points; even, because each class of 'spiral' and 'circle' gets half of them.
    noise : float, default=0.0
        Not negative; Playground's slider goes from 0 to 0.5, and calls that 50.
    random_state : int, RandomState or None, default=None
        What the points are drawn with.  'spiral' without noise has no random part.

    Returns
    -------
    X : ndarray of float64, shape (n_rows, 2)
    y : ndarray of float64, shape (n_rows,)
        Labels -1.0 and 1.0, as the targets of an output of tanh.

    Raises
    ------
    ValueError
        If the name is unknown, `n_rows` is no even number above 0, or `noise` is negative or not finite.

    References
    ----------
    D. Smilkov, S. Carter, TensorFlow Playground, `dataset.ts`, https://github.com/tensorflow/playground.
    """
    from sklearn.utils import check_random_state

    if name not in DRAW:
        raise ValueError(f"name={name!r} is no data set of the playground. Choose from {', '.join(DRAW)}.")
    if not isinstance(n_rows, numbers.Integral) or n_rows < 2 or n_rows % 2:
        raise ValueError(f"n_rows={n_rows!r} is no even whole number above 0, half of it for each class.")
    if not isinstance(noise, numbers.Real) or not 0 <= noise < np.inf:
        raise ValueError(f"noise={noise!r} is no finite number from 0.")
    return DRAW[name](n_rows, noise, check_random_state(random_state))


def _spiral(n_rows, noise, rng):
    part = np.arange(n_rows // 2) / (n_rows // 2)  # of the way along an arm
    angle = np.r_[TURNS * 2 * np.pi * part, TURNS * 2 * np.pi * part + np.pi]
    X = _polar(RADIUS * np.r_[part, part], angle) + noise * rng.uniform(-1, 1, (n_rows, 2))
    return X, np.repeat([1.0, -1.0], n_rows // 2)


def _xor(n_rows, noise, rng):
    X = rng.uniform(-RADIUS, RADIUS, (n_rows, 2))
    X += np.where(X > 0, PADDING, -PADDING)
    moved = X + noise * rng.uniform(-RADIUS, RADIUS, X.shape)
    return X, np.where(moved.prod(axis=1) >= 0, 1.0, -1.0)


def _circle(n_rows, noise, rng):
    inside = rng.uniform(0, INNER * RADIUS, n_rows // 2)
    outside = rng.uniform(OUTER * RADIUS, RADIUS, n_rows // 2)
    X = _polar(np.r_[inside, outside], rng.uniform(0, 2 * np.pi, n_rows))
    moved = X + noise * rng.uniform(-RADIUS, RADIUS, X.shape)
    return X, np.where(np.hypot(*moved.T) < INNER * RADIUS, 1.0, -1.0)


def _polar(radius, angle):
    """Return points (n, 2) at an angle clockwise from the second axis."""
    return np.c_[radius * np.sin(angle), radius * np.cos(angle)]


DRAW = {"spiral": _spiral, "xor": _xor, "circle": _circle}
