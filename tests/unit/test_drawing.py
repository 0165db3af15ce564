# SPDX-License-Identifier: MIT
"""A refusal shows the whole pipeline, with the step that is meant marked by a caret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import KernelPCA
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from thumbling.cli import main
from thumbling.errors import UnsupportedModelError
from thumbling.frontends import lower

X = np.random.default_rng(0).normal(size=(30, 4))
Y = X[:, 0]


def _where(model: Any) -> tuple[str, str]:
    """The line, and what stands above the caret."""
    with pytest.raises(UnsupportedModelError) as caught:
        lower(model.fit(X, Y))
    if not caught.value.where:
        return "", ""
    line, caret = caught.value.where.split("\n")
    assert set(caret.strip()) == {"^"}
    assert len(line) <= 110
    return line, line[len(caret) - len(caret.strip()) : len(caret)]


def test_the_step_inside_a_transformer_of_columns() -> None:
    columns = ColumnTransformer([("num", StandardScaler(), [0]), ("cat", KernelPCA(), [1])])
    line, marked = _where(Pipeline([("columns", columns), ("model", Ridge())]))
    assert marked == "KernelPCA"
    assert line.startswith("Pipeline(columns: ColumnTransformer(num: StandardScaler, cat: ")


def test_the_model_at_the_end() -> None:
    model = Pipeline([("scale", StandardScaler()), ("near", KNeighborsRegressor())])
    line = "Pipeline(scale: StandardScaler, near: KNeighborsRegressor)"
    assert _where(model) == (line, "KNeighborsRegressor")
    assert _where(make_pipeline("passthrough", model))[1] == "KNeighborsRegressor"


def test_a_setting_of_a_step() -> None:
    union = FeatureUnion([("a", "passthrough"), ("f", FunctionTransformer(np.sin)), ("d", "drop")])
    line, marked = _where(Pipeline([("u", union), ("m", Ridge())]))
    assert marked == "FunctionTransformer"
    # What `passthrough` is kept as is an estimator of that class too.
    assert line.index(marked) < line.rindex(marked)
    assert line.endswith("f: FunctionTransformer, d: drop), m: Ridge)")


def test_the_same_step_twice_is_marked_where_it_was_met() -> None:
    twice = OneHotEncoder().fit(np.array([["a"], ["b"]]))
    model = Pipeline([("s", StandardScaler()), ("m", Ridge())]).fit(X[:, :1], Y)
    model.steps[:1] = [("one", twice), ("other", twice)]
    with pytest.raises(UnsupportedModelError) as caught:
        lower(model)
    line, caret = caught.value.where.split("\n")
    assert caret.index("^") == line.index("OneHotEncoder")


def test_an_estimator_alone_is_not_drawn() -> None:
    assert _where(KNeighborsRegressor()) == ("", "")


def test_a_long_pipeline_is_drawn_around_the_step() -> None:
    for place in (0, 20, 39):
        steps: list[Any] = [StandardScaler() for _ in range(40)]
        steps[place] = KernelPCA()
        line, marked = _where(make_pipeline(*steps, Ridge()))
        assert marked == "KernelPCA"
        assert line.startswith(".. ") == (place > 0)
        assert line.endswith(" ..") == (place < 39)


def test_names_cannot_break_the_line() -> None:
    model = Pipeline([("a\nb\x1b[31m" + "c" * 99, StandardScaler()), ("k", KNeighborsRegressor())])
    line, marked = _where(model)
    assert marked == "KNeighborsRegressor"
    assert line.isprintable()


def test_what_holds_itself_is_drawn_to_some_depth() -> None:
    model = Pipeline([("s", StandardScaler()), ("k", KNeighborsRegressor())]).fit(X, Y)
    model.steps[0] = ("self", model)
    with pytest.raises(UnsupportedModelError) as caught:
        lower(Pipeline([("inner", Pipeline([("k", KNeighborsRegressor())]))]))
    assert caught.value.where


def _exit_code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_the_command_line_shows_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(make_pipeline(KernelPCA(), Ridge()).fit(X, Y), path)
    command = ["compile", str(path), "--board", "nucleo-f401", "-o", str(tmp_path / "out")]
    assert _exit_code([*command, "--trust"]) == 1
    said = capfd.readouterr().err
    assert "Pipeline(kernelpca: KernelPCA, ridge: Ridge)\n                    ^^^^^^^^^\n" in said
    assert _exit_code([*command, "--trust", "--json"]) == 1
    error = json.loads(capfd.readouterr().out)["error"]
    assert error["where"].endswith("^^^^^^^^^")
    assert error["code"] == "unsupported-model"
