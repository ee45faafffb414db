"""What `summary` and `verbose` print."""

import pytest

from .fitting import fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_summary(digits, capsys):
    X, y = digits
    assert fit(X, y, dropout=[0.25, 0.0]).summary() is None
    text = capsys.readouterr().out
    assert text.startswith("layer ")
    assert text.endswith(" as float64\n")
    for expected in (
        "input",
        "64",
        "Dense (relu)",
        "390",
        "Dropout (0.25)",
        "28",
        "15",
        "total: 433 parameters",
    ):
        assert expected in text, text


def test_verbose(digits, capsys):
    X, y = digits
    fit(X, y, verbose=True, early_stopping=True, tol=10.0, n_iter_no_change=2, max_iter=20)
    out = capsys.readouterr().out
    assert "Iteration 3, loss = " in out
    assert "Validation score: " in out
    assert (
        "Validation score did not improve more than tol=10.000000 for 2 consecutive epochs. Stopping." in out
    )
    fit(X, y, verbose=True, solver="sgd", learning_rate="adaptive", tol=10.0, n_iter_no_change=2, max_iter=4)
    assert "Setting learning rate to 0.000200" in capsys.readouterr().out
    fit(X, y)
    assert capsys.readouterr().out == ""
