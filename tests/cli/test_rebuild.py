# SPDX-License-Identifier: MIT
"""The command in a model's header makes that header again, byte for byte."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from tests.cli.conftest import Run

import thumbling

UNBUILT = ("--builder", "none", "--verify", "none", "--trust", "--json")


def _command(header: str) -> list[str]:
    """The words of the command in the comment, as a shell has them."""
    lines = header.splitlines()
    first = next(i for i, line in enumerate(lines) if "thumbling compile " in line)
    text = lines[first].removeprefix(" *").strip()
    while text.endswith("\\"):
        first += 1
        text = text[:-1] + lines[first].removeprefix(" *").strip()
    return shlex.split(text)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--input-type", "int16", "--input-scale", "0.1,0.25,1e-3,0.5", "--input-offset", "-0.5"),
        ("--input-type", "int8", "--input-scale", "auto", "--output", "all", "--data", "DATA"),
        ("--name", "iris", "--optimize", "size", "--data", "DATA", "--max-flash", "64KiB"),
    ],
    ids=["plain", "scales", "auto", "name"],
)
def test_the_command_of_a_header_makes_it_again(
    run: Run, models: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    home = tmp_path / "some where"
    home.mkdir()
    model, data = home / "my tree.joblib", home / "the rows.npy"
    shutil.copy(models / "tree.joblib", model)
    np.save(data, load_iris().data)
    given = [str(data) if word == "DATA" else word for word in options]
    first = run("compile", model, "--board", "nucleo-f401", "-o", tmp_path / "a", *UNBUILT, *given)
    assert first.code == 0, first.err
    header = next((tmp_path / "a" / "src").glob("*.h")).read_text(encoding="utf-8")
    assert hashlib.sha256(model.read_bytes()).hexdigest()[:16] in header
    assert "some where" not in header
    program, *words = _command(header)
    assert program == "thumbling"
    again = run(*words, "-o", tmp_path / "b", *UNBUILT, cwd=home)
    assert again.code == 0, again.err
    for path in sorted((tmp_path / "a" / "src").rglob("*.[ch]")):
        other = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert other.read_bytes() == path.read_bytes()


def test_an_object_of_python_says_so(tmp_path: Path) -> None:
    from sklearn.tree import DecisionTreeClassifier

    x, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier(random_state=0).fit(x, y)
    compiled = thumbling.compile(
        model,
        data=x,
        board="nucleo-f401",
        input_type="int16",
        input_scale=[0.5] * 4,
        builder="none",
        verify=(),
    )
    header = (compiled.path / "src" / "model.h").read_text(encoding="utf-8")
    assert "Compiled from an object in Python by:" in header
    line = next(line for line in header.splitlines() if "thumbling.compile(" in line)
    again = eval(  # the call is Python, with the names it says
        header[header.index("thumbling.compile(") : header.index("0.5))") + 5].replace(" *", ""),
        {"thumbling": thumbling, "model": model, "data": x},
    )
    assert line.strip().startswith("* ")
    assert (again.path / "src" / "model.h").read_text(encoding="utf-8") == header
    assert "builder='none'" in compiled.report.command
