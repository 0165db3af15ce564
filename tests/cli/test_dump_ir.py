# SPDX-License-Identifier: MIT
"""`compile --dump-ir` writes every stage, and says where it cannot."""

from __future__ import annotations

from pathlib import Path

import joblib
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from thumbling.cli.app import run_app
from thumbling.errors import OutputError
from thumbling.passes import PASSES


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small tree's file."""
    x, y = load_iris(return_X_y=True)
    path = tmp_path / "iris.joblib"
    joblib.dump(DecisionTreeClassifier(max_depth=2, random_state=0).fit(x, y), path)
    return path


def _compile(model: Path, dump: Path) -> int:
    options = ["--builder", "none", "--verify", "none", "--trust", "--quiet"]
    command = ["compile", str(model), "--board", "nucleo-f401", "-o", str(model.parent / "out")]
    return run_app([*command, "--dump-ir", str(dump), *options])


def test_every_stage_is_a_file(model: Path, tmp_path: Path) -> None:
    dump = tmp_path / "a folder" / "stages"
    assert _compile(model, dump) == 0
    names = ["source", "quantized", *(step.name for step in PASSES), "schedule"]
    assert sorted(path.name for path in dump.iterdir()) == sorted(
        f"{number}-{name}.txt" for number, name in enumerate(names, start=1)
    )
    assert "LeafLabel" in (dump / "1-source.txt").read_text(encoding="utf-8")
    before = {path.name: path.read_bytes() for path in dump.iterdir()}
    assert _compile(model, dump) == 0
    assert {path.name: path.read_bytes() for path in dump.iterdir()} == before


def test_a_place_that_cannot_be_written_is_said(model: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="taken") as caught:
        _compile(model, taken)
    assert "--dump-ir" in caught.value.hint
    assert not (tmp_path / "out").exists()
