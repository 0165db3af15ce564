# SPDX-License-Identifier: MIT
"""Runs the installed command, and has models and one compiled folder at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

# Named, since a PlatformIO that is ready would be taken first.
BUILDER = "gcc" if shutil.which("arm-none-eabi-gcc") else "zig"
COMMAND = [sys.executable, "-m", "thumbling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """stdout as the one JSON document."""
        return json.loads(self.out)

    def error(self, exit_code: int, code: str) -> dict[str, str]:
        """The error of a command run with --json, after checking that it is a clean one."""
        assert self.code == exit_code, self.err
        assert "Traceback" not in self.out + self.err
        body: dict[str, str] = self.document["error"]
        assert body.keys() - {"where"} == {"code", "message", "hint"}
        assert body["code"] == code, body
        return body


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("cwd")

    def call(*arguments: object, cwd: Path = folder, env: dict[str, str] | None = None) -> Done:
        result = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding=(env or {}).get("PYTHONIOENCODING"),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            timeout=300,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Done(code=result.returncode, out=result.stdout, err=result.stderr)

    return call


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tree.joblib, logistic.joblib and iris.csv."""
    folder = tmp_path_factory.mktemp("models")
    bunch: Any = load_iris(as_frame=True)
    x, y = bunch.data.astype(np.float32), bunch.target_names[bunch.target]
    joblib.dump(DecisionTreeClassifier(random_state=0).fit(x, y), folder / "tree.joblib")
    logistic = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    joblib.dump(logistic.fit(x, y), folder / "logistic.joblib")
    x.assign(target=y).to_csv(folder / "iris.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def compiled(run: Run, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of tree.joblib, all outputs, built by one compiler."""
    out = tmp_path_factory.mktemp("out") / "tree"
    done = run(
        *("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json"),
        *("--data", models / "iris.csv", "--output", "all", "--builder", BUILDER, "-o", out),
    )
    assert done.code == 0, done.err
    assert done.document == json.loads((out / "report.json").read_text())
    return out
