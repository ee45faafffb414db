"""Fixtures of the engine's tests."""

import pytest

from fastmlp.kernels.cpu import engine, predict


@pytest.fixture
def all_threads(monkeypatch):
    """As many threads as are allowed, however little there is to do."""
    monkeypatch.setattr(engine, "useful_threads", lambda mode, plan, n, batch, limit: limit)
    monkeypatch.setattr(predict, "useful_threads", lambda plan, n, limit: limit())
