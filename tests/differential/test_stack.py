# SPDX-License-Identifier: MIT
"""No linear model takes more than 128 bytes of stack beyond its caller's, on any core."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from tests.differential.chip import BOARD_OF_CORE, run_on_core

from thumbling.pipeline import Compilation, Options, compile_model

_LIMIT = 128
_CASES = {
    "softmax on float32": ("softmax", "float32", "all"),
    "softmax on int16": ("softmax", "int16", "all"),
    "probabilities alone": ("softmax", "float32", "proba"),
    "label alone": ("softmax", "float32", "label"),
    "label of many classes": ("many", "float32", "label"),
    "sigmoids on float32": ("ovr", "float32", "all"),
    "their shares alone": ("ovr", "float32", "proba"),
    "clipped float32": ("clip", "float32", "all"),
    "clipped int32": ("clip", "int32", "all"),
}


def _model(kind: str) -> Any:
    models = {
        "softmax": LogisticRegression(max_iter=200, tol=1e-2),
        "many": Perceptron(),
        "ovr": SGDClassifier(loss="log_loss", random_state=0),
        "clip": make_pipeline(MinMaxScaler(clip=True), LogisticRegression(max_iter=100, tol=1e-2)),
    }
    return models[kind]


@cache
def _compiled(case: str, optimize: str) -> Compilation:
    kind, input_type, output = _CASES[case]
    data, target = load_digits(return_X_y=True)
    if kind == "many":
        target = np.minimum(target + 10 * (data[:, 20] > 8), 18)
    options = Options(name="m", input_type=input_type, output=output, optimize=optimize)
    return compile_model(_model(kind).fit(data, target), options, data)


@pytest.mark.parametrize("core", BOARD_OF_CORE)
@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("case", _CASES)
def test_stack(case: str, optimize: str, core: str, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="needs the emulator extra: thumbling[emulator]")
    compiled = _compiled(case, optimize)
    rows = np.concatenate([compiled.vectors[:3], compiled.vectors[-3:]])
    cost = run_on_core(compiled.c, rows, core, tmp_path, ())
    expected = [*compiled.expected_bytes[:3], *compiled.expected_bytes[-3:]]
    assert list(cost.outputs) == expected
    assert 0 < cost.stack_bytes <= _LIMIT
