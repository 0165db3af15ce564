# SPDX-License-Identifier: MIT
"""Generated C against golden files, byte for byte, and against clang-format.

Renew with `pytest tests/golden --update-golden` and read the diff.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.golden.models import GOLDEN, compile_golden

from thumbling.codegen import emit
from thumbling.pipeline import Options, compile_model

FILES = Path(__file__).with_name("files")
ROOT = Path(__file__).parents[2]


def _clang_format() -> str:
    """The wheel's program beside this Python, else the one on PATH."""
    beside = Path(sys.executable).with_name("clang-format")
    found = str(beside) if beside.is_file() else shutil.which("clang-format")
    if found is None:
        pytest.skip("clang-format is not installed: pip install clang-format")
    return found


def _files(name: str) -> list[str]:
    """The files of a golden model."""
    apart = [f"{name}_data.c"] if GOLDEN[name]()[1].get("constants") == "block" else []
    return sorted([f"{name}.c", f"{name}.h", *apart])


@pytest.mark.parametrize("name", GOLDEN)
def test_bytes(name: str, request: pytest.FixtureRequest) -> None:
    files = compile_golden(name).c.files
    assert sorted(files) == _files(name)
    for file, text in files.items():
        if request.config.getoption("--update-golden"):
            (FILES / file).write_bytes(text.encode())
        assert text == (FILES / file).read_bytes().decode(), f"{file}: see --update-golden"


def test_no_golden_is_left_over() -> None:
    expected = {file for name in GOLDEN for file in _files(name)}
    assert {path.name for path in FILES.iterdir()} == expected


@pytest.mark.parametrize("name", GOLDEN)
def test_clang_format_changes_nothing(name: str) -> None:
    tool = _clang_format()
    for path in (FILES / file for file in _files(name)):
        done = subprocess.run([tool, "--style=file", path], capture_output=True, check=True)
        assert done.stdout.decode() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN)
def test_comments_fit_the_page(name: str) -> None:
    for file in _files(name):
        for line in (FILES / file).read_text(encoding="utf-8").splitlines():
            assert len(line) <= 100 or line.startswith("#define"), line


def _broad() -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    """Models too large to keep as golden files: many features, deep trees, several outputs."""
    digits, cancer = load_digits(return_X_y=True), load_breast_cancer(return_X_y=True)
    logistic = LogisticRegression(max_iter=2000)
    two = np.stack([digits[1], digits[1] % 3], axis=1)
    return {
        "deep": (ExtraTreesClassifier(3, random_state=0).fit(*cancer), cancer[0], {}),
        "lanes": (
            RandomForestClassifier(4, max_depth=9, random_state=0).fit(*digits),
            digits[0],
            {"input_type": "uint8", "input_scale": 0.1},
        ),
        "pair": (RandomForestClassifier(3, random_state=0).fit(digits[0], two), digits[0], {}),
        "values": (RandomForestRegressor(3, random_state=0).fit(digits[0], two), digits[0], {}),
        "scores": (
            make_pipeline(StandardScaler(), logistic).fit(*cancer),
            cancer[0],
            {},
        ),
        "whole": (
            make_pipeline(MinMaxScaler(), clone(logistic)).fit(*digits),
            digits[0],
            {"input_type": "int16"},
        ),
        "line": (Ridge().fit(*cancer), cancer[0], {"input_type": "int16", "input_scale": 0.25}),
    }


@pytest.mark.parametrize("optimize", ["speed", "balanced", "size"])
def test_clang_format_changes_no_large_model(optimize: str, tmp_path: Path) -> None:
    tool = _clang_format()
    shutil.copy(ROOT / ".clang-format", tmp_path)
    for name, (model, data, options) in _broad().items():
        fields = "all" if hasattr(model, "predict_proba") else None
        chosen = Options(name=name, optimize=optimize, output=fields, **options)
        for file, text in compile_model(model, chosen, data).c.files.items():
            (tmp_path / file).write_text(text, encoding="utf-8")
            command = [tool, "--style=file", str(tmp_path / file)]
            done = subprocess.run(command, capture_output=True, check=True)
            assert done.stdout.decode().splitlines() == text.splitlines(), file


def test_clang_format_changes_nothing_whatever_the_name(tmp_path: Path) -> None:
    tool = _clang_format()
    shutil.copy(ROOT / ".clang-format", tmp_path)
    for golden, (_, options) in ((name, make()) for name, make in GOLDEN.items()):
        graph = compile_golden(golden).graph
        for length in (1, 20, 21, 25, 29, 33, 48):
            named = replace(graph, name="wearable_accelerometer_gesture_classifier_nights"[:length])
            optimize, constants = (options.get(o) for o in ("optimize", "constants"))
            code = emit(named, optimize or "balanced", constants=constants or "inline")
            for file, text in code.files.items():
                (tmp_path / f"{golden}_{length}_{file}").write_text(text, encoding="utf-8")
    files = sorted(map(str, tmp_path.glob("*.[ch]")))
    command = [tool, "--style=file", "--dry-run", "-Werror", *files]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[:2000]
