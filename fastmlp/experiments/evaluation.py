"""How good a classifier is on images that it has not seen."""

from time import perf_counter

import numpy as np
from sklearn.metrics import confusion_matrix, roc_auc_score

MOST_CONFUSED = 10  # pairs that a record lists


def evaluate(model, X, y):
    """Score a fitted classifier.

    Parameters
    ----------
    model : classifier
        With `classes_` and `predict_proba`.
    X : ndarray of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
        Labels, all of them in `model.classes_`.

    Returns
    -------
    results : dict
        Accuracy, mean cross-entropy, confusion matrix with its labels, most confused pairs, seconds.
    probabilities : ndarray of shape (n_rows, n_classes)
        From which they follow.
    """
    start = perf_counter()
    probabilities = model.predict_proba(X)
    seconds = perf_counter() - start
    predicted = model.classes_[probabilities.argmax(axis=1)]
    accuracy, loss = accuracy_and_loss(model.classes_, probabilities, y)
    matrix = confusion_matrix(y, predicted, labels=model.classes_)
    results = {
        "test_accuracy": accuracy,
        "test_loss": loss,
        "n_misclassified": int(np.sum(predicted != y)),
        "labels": model.classes_,
        "confusion_matrix": matrix,
        "most_confused": confused_pairs(matrix, model.classes_)[:MOST_CONFUSED],
        "predict_seconds": seconds,
    }
    return results, probabilities


def accuracy_and_loss(classes, probabilities, y):
    """Return the share of correct predictions and the mean cross-entropy.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels in ascending order.
    probabilities : ndarray of shape (n_rows, n_classes)
    y : ndarray of shape (n_rows,)
        True labels.

    Returns
    -------
    accuracy, loss : float
        The loss of a certain error is finite, as probabilities count as at least the smallest normal number.
    """
    of_true_class = probabilities[np.arange(len(y)), np.searchsorted(classes, y)]
    smallest = np.finfo(of_true_class.dtype).tiny
    accuracy = np.mean(classes[probabilities.argmax(axis=1)] == y)
    return float(accuracy), float(-np.log(np.maximum(of_true_class, smallest)).mean(dtype=np.float64))


def areas_under_roc(classes, probabilities, y):
    """Return the area under the ROC curve of every class against all others, dict of label to float.

    Two classes have one area, that of the second one's probabilities: the first one's are 1 minus these, and
    rounding may make them equal where the others differ.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels; `y` has all of them.
    probabilities : ndarray of shape (n_rows, n_classes)
    y : ndarray of shape (n_rows,)
    """
    columns = [1, 1] if len(classes) == 2 else range(len(classes))
    return {
        str(label): float(roc_auc_score(y == classes[i], probabilities[:, i]))
        for label, i in zip(classes, columns, strict=True)
    }


def confused_pairs(matrix, labels):
    """List the errors of a confusion matrix, most frequent first.

    Parameters
    ----------
    matrix : ndarray of int, shape (n_classes, n_classes)
        Row: true class, column: predicted class.
    labels : ndarray of shape (n_classes,)

    Returns
    -------
    list of dict
        Keys 'true', 'predicted', 'count'; pairs that never occur are left out.
    """
    errors = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-errors, axis=None, kind="stable")
    rows, columns = np.unravel_index(order[: np.count_nonzero(errors)], errors.shape)
    return [
        {"true": labels[i], "predicted": labels[j], "count": errors[i, j]}
        for i, j in zip(rows, columns, strict=True)
    ]
