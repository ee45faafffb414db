"""A run of the small recipe."""

import shutil

import pytest

from .toy import make_run


@pytest.fixture(scope="package")
def made(tmp_path_factory):
    """Its folder, made once."""
    return make_run(tmp_path_factory.mktemp("made") / "toy")


@pytest.fixture
def toy_run(made, tmp_path):
    """A copy in runs/toy."""
    return shutil.copytree(made, tmp_path / "runs" / "toy")
