"""A first look at images and features: a few of every class, and a map of them."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

COMPONENTS = 50  # that PCA leaves for t-SNE: less noise, and quick
PERPLEXITY = 30  # scikit-learn's default


def subset(n_rows, most, seed):
    """Return at most so many row numbers, drawn without replacement, in ascending order."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.RandomState(seed).choice(n_rows, most, replace=False))


def some_of_each(labels, n_classes, count, seed):
    """Draw rows of every class.

    Parameters
    ----------
    labels : ndarray of int, shape (n_rows,)
        Classes, from 0.
    n_classes, count : int
        Every class has at least `count` rows.
    seed : int

    Returns
    -------
    rows : ndarray of int, shape (n_classes, count)
    """
    random_state = np.random.RandomState(seed)
    return np.array(
        [random_state.choice(np.flatnonzero(labels == i), count, replace=False) for i in range(n_classes)]
    )


def maps(tables, seed, n_threads):
    """Map rows of several tables to the plane: PCA, then t-SNE.

    Parameters
    ----------
    tables : dict of str to ndarray of shape (n_rows, n_columns), float
        With four rows at least.
    seed : int
    n_threads : int
        The most threads; every map is made by one, and is the same at any number.

    Returns
    -------
    points : dict of str to ndarray of shape (n_rows, 2)
    """
    with threadpool_limits(1):
        points = Parallel(n_jobs=min(n_threads, len(tables)), require="sharedmem")(
            delayed(_map)(table, seed) for table in tables.values()
        )
    return dict(zip(tables, points, strict=True))


def _map(rows, seed):
    # OpenMP's limit belongs to a thread; t-SNE's many short loops wait longer for threads than they last
    with threadpool_limits(1, user_api="openmp"):
        n_components = min(COMPONENTS, *rows.shape)
        components = PCA(n_components, svd_solver="randomized", random_state=seed).fit_transform(rows)
        perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
        return TSNE(perplexity=perplexity, random_state=seed).fit_transform(components)
