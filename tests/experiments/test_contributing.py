"""The recipe that CONTRIBUTING.md shows works as it stands."""

import re
import sys
from pathlib import Path

import fastmlp
import fastmlp.recipes
from fastmlp.experiments.sweep import run
from fastmlp.recipes import get_recipe, recipe_names

from .conftest import ONE_BY_ONE, REF

ROOT = Path(fastmlp.__file__).parent.parent


def test_the_recipe_in_contributing(monkeypatch, tmp_path, digits):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "dropout.py").write_text(code)
    monkeypatch.setattr(fastmlp.recipes, "__path__", [*fastmlp.recipes.__path__, str(tmp_path)])
    monkeypatch.setattr("fastmlp.plots.save_figure", lambda figure, path: path.write_bytes(b""))
    assert "dropout" in recipe_names()
    try:
        recipe = get_recipe("dropout").quickened()
        record = run(recipe, digits, tmp_path / "run", REF, ONE_BY_ONE)
    finally:
        sys.modules.pop("fastmlp.recipes.dropout", None)
    assert [row["name"] for row in record["table"]] == ["0", "0.2", "0.5"]
    assert all(row["figures"]["train_accuracy"]["mean"] > 0 for row in record["table"])
    assert "dropout rate with the best validation accuracy" in record["findings"][0]
    assert record["files"] == ["accuracy.png"]
    assert len(code.splitlines()) <= 13
