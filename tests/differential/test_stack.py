# SPDX-License-Identifier: MIT
"""No linear model or forest takes over 128 bytes of stack beyond its caller, on any core.

Compiled at the level that the firmware has.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits, make_classification
from sklearn.ensemble import RandomForestClassifier
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
    "forest of 10 classes": ("forest 10", "int16", "label"),
    "forest of 16 classes on float32": ("forest 16", "float32", "label"),
    "forest of 28 classes": ("forest 28", "int16", "label"),
    "forest of 28 classes on float32": ("forest 28", "float32", "all"),
    "forest in passes": ("forest 64", "int16", "label"),
    "forest in passes on float32": ("forest 64", "float32", "label"),
    "forest of three labels on float32": ("forest 64 three", "float32", "label"),
}
_LEVEL = {"size": "-Os", "balanced": "-O2", "speed": "-O2"}


def _model(kind: str) -> Any:
    models = {
        "softmax": LogisticRegression(max_iter=200, tol=1e-2),
        "many": Perceptron(),
        "ovr": SGDClassifier(loss="log_loss", random_state=0),
        "clip": make_pipeline(MinMaxScaler(clip=True), LogisticRegression(max_iter=100, tol=1e-2)),
    }
    return models[kind]


def _forest(kind: str) -> tuple[RandomForestClassifier, npt.NDArray[np.float64]]:
    """Few features, many classes: what most invites compilers to keep things on the stack."""
    classes = int(kind.split()[1])
    data, target = make_classification(
        1500, 20, n_informative=12, n_classes=classes, n_clusters_per_class=1, random_state=0
    )
    if kind.endswith("three"):
        target = np.stack([target % 23, target // 8, target % 19], axis=1)
    data = np.round(data * 10)
    return RandomForestClassifier(5, max_depth=5, random_state=0).fit(data, target), data


@cache
def _compiled(case: str, optimize: str) -> Compilation:
    kind, input_type, output = _CASES[case]
    options = Options(name="m", input_type=input_type, output=output, optimize=optimize)
    if kind.startswith("forest"):
        forest, rows = _forest(kind)
        return compile_model(forest, options, rows)
    data, target = load_digits(return_X_y=True)
    if kind == "many":
        target = np.minimum(target + 10 * (data[:, 20] > 8), 18)
    return compile_model(_model(kind).fit(data, target), options, data)


def _check(case: str, optimize: str, core: str, folder: Path, *, zig: bool) -> None:
    pytest.importorskip("unicorn", reason="needs the emulator extra: thumbling[emulator]")
    compiled = _compiled(case, optimize)
    rows = np.concatenate([compiled.vectors[:3], compiled.vectors[-3:]])
    cost = run_on_core(compiled.c, rows, core, folder, (_LEVEL[optimize],), zig=zig)
    expected = [*compiled.expected_bytes[:3], *compiled.expected_bytes[-3:]]
    assert list(cost.outputs) == expected
    assert 0 < cost.stack_bytes <= _LIMIT


@pytest.mark.wide(3)
@pytest.mark.parametrize("core", BOARD_OF_CORE)
@pytest.mark.parametrize("optimize", _LEVEL)
@pytest.mark.parametrize("case", _CASES)
def test_stack(case: str, optimize: str, core: str, tmp_path: Path) -> None:
    _check(case, optimize, core, tmp_path, zig=False)


@pytest.mark.wide(3)
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m3"])
@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("case", _CASES)
def test_stack_with_clang(case: str, optimize: str, core: str, tmp_path: Path) -> None:
    _check(case, optimize, core, tmp_path, zig=True)
