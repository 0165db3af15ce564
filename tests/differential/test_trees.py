# SPDX-License-Identifier: MIT
"""Generated C against the reference on the host: GCC and Clang, with sanitizers, all layouts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from thumbling.codegen import CModel
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.resources import data_dir
from thumbling_hil.targets.host import run_host

WARNINGS = (
    *("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion"),
    *("-Wshadow", "-Wdouble-promotion", "-Wundef", "-Werror"),
)
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def write_sources(model: CModel, folder: Path) -> Path:
    """The model's files laid out as in DIR/src."""
    for name, text in model.files.items():
        (folder / name).write_text(text)
    for path in model.runtime_files:
        target = folder / path.removeprefix("include/").removeprefix("src/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data_dir("runtime_c") / path, target)
    return folder


def check(compiled: Compilation, folder: Path, cc: str, *flags: str) -> None:
    """Every vector's output bits are those of the reference."""
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed: apt install {cc}")
    model = compiled.c
    write_sources(model, folder)
    rows = compiled.vectors.tobytes()
    answers = run_host(
        folder,
        model.name,
        model.in_bytes,
        model.out_bytes,
        rows,
        cc=cc,
        flags=(*WARNINGS, *flags),
        offsets=model.offsets,
        stateful=bool(model.reset),
    )
    assert [a.status for a in answers] == [0] * len(compiled.vectors)
    assert [a.output for a in answers] == compiled.expected_bytes


def _models() -> dict[str, tuple[Any, np.ndarray]]:
    digits, iris = load_digits(return_X_y=True), load_iris(return_X_y=True)
    cancer, sugar = load_breast_cancer(return_X_y=True), load_diabetes(return_X_y=True)
    wine = load_wine(return_X_y=True)
    names = np.array(["setosa", 'versi"color', "virginica"])[iris[1]]
    two = np.stack([wine[1], wine[1] % 2], axis=1)
    missing = wine[0].copy()
    missing[::7, 3] = np.nan
    return {
        "tree": (DecisionTreeClassifier(random_state=0).fit(iris[0], names), iris[0]),
        "forest": (RandomForestClassifier(8, max_depth=8, random_state=0).fit(*digits), digits[0]),
        "binary": (RandomForestClassifier(9, random_state=0).fit(*cancer), cancer[0]),
        "scaled": (
            make_pipeline(StandardScaler(), ExtraTreesClassifier(5, random_state=0)).fit(*cancer),
            cancer[0],
        ),
        "regressor": (
            make_pipeline(
                MinMaxScaler(), RandomForestRegressor(6, max_depth=8, random_state=0)
            ).fit(*sugar),
            sugar[0],
        ),
        "stump": (DecisionTreeClassifier(max_depth=1).fit(*cancer), cancer[0]),
        "constant": (DecisionTreeRegressor().fit(wine[0], np.full(len(wine[0]), 2.5)), wine[0]),
        "two outputs": (RandomForestClassifier(5, random_state=0).fit(wine[0], two), wine[0]),
        "two values": (
            ExtraTreesRegressor(4, max_depth=6, random_state=0).fit(wine[0], two * 3.7 - 1000.0),
            wine[0],
        ),
        "missing": (RandomForestClassifier(6, random_state=0).fit(missing, wine[1]), missing),
        "weighted": (
            RandomForestClassifier(6, max_depth=4, random_state=0).fit(
                *wine, sample_weight=np.linspace(0.1, 3, len(wine[1]))
            ),
            wine[0],
        ),
    }


MODELS = _models()
INPUTS: dict[str, dict[str, Any]] = {
    "float32": {"input_type": "float32"},
    "int16": {"input_type": "int16", "input_scale": 0.03},
    "uint8": {"input_type": "uint8", "input_scale": 0.1, "input_offset": -1.0},
    "int32": {"input_type": "int32", "input_scale": 1e-4},
}


def _compile(name: str, kind: str, optimize: str, output: str | None) -> Compilation:
    model, data = MODELS[name]
    if name == "missing" and kind != "float32":
        data = np.nan_to_num(data)
    options = Options(name="m", optimize=optimize, output=output, **INPUTS[kind])
    return compile_model(model, options, data)


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", MODELS)
def test_gcc(name: str, optimize: str, kind: str, tmp_path: Path) -> None:
    compiled = _compile(name, kind, optimize, "all")
    check(compiled, tmp_path, "gcc", "-O2")


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["tree", "forest", "regressor", "two outputs", "missing"])
def test_clang_with_sanitizers(name: str, optimize: str, tmp_path: Path) -> None:
    check(_compile(name, "float32", optimize, None), tmp_path, "clang", "-O0", *SANITIZE)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", INPUTS)
def test_labels_agree_with_the_source(name: str, kind: str) -> None:
    fidelity = _compile(name, kind, "balanced", "all").fidelity
    assert fidelity.label_agreement == 1.0
    assert fidelity.epsilon is not None
    assert (
        fidelity.max_abs_error <= fidelity.epsilon + 1e-9
    )  # float64 rounding of the source itself
