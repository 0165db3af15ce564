# SPDX-License-Identifier: MIT
"""Ranges of linear models: the wider of data and scaler counts, and rows outside are counted."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import thumbling
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

X, Y = load_breast_cancer(return_X_y=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(X, Y)
FINE = tuple((MODEL[0].scale_ / 512).tolist())
COLUMN = 21  # the worst texture, which decides many rows


def _constant() -> Any:
    data = X.copy()
    data[:, COLUMN] = data[0, COLUMN]
    return data


@pytest.mark.parametrize(
    "options", [{}, {"input_type": "int16", "input_scale": FINE}, {"precision": "int8"}]
)
@pytest.mark.parametrize("data", [X[:1], _constant(), X], ids=["one row", "constant", "all"])
def test_a_feature_is_not_clamped_far_inside_the_range_of_its_scaler(
    data: Any, options: dict[str, Any]
) -> None:
    graph = compile_model(MODEL, Options(**options), data).graph
    outputs, _ = evaluate(graph, graph.input.store(X))
    real = graph.input.real(graph.input.store(X))
    expected = MODEL.predict(real)
    margin = np.abs(MODEL.decision_function(real))
    epsilon = graph.outputs[0].certificate.epsilon
    assert epsilon is not None
    # All of X lies within eight deviations, but for a few cells.
    mean, deviation = MODEL[0].mean_, MODEL[0].scale_
    inside = (np.abs(real - mean) < 8 * deviation).all(axis=1)
    assert inside.sum() > 550
    decided = inside & (margin > epsilon)
    assert (outputs["label"][decided, 0] == expected[decided]).all()
    assert decided.sum() > 540


@pytest.mark.parametrize("kind", ["float32", "int16"])
def test_the_header_and_the_report_state_the_range(kind: str) -> None:
    wide = X[:3].copy()
    wide[0, 0] = 900.0  # far beyond the scaler, but in the data
    compiled = compile_model(MODEL, Options(name="m", input_type=kind), wide)
    feature = compiled.input.features[0]
    mean, deviation = MODEL[0].mean_[0], MODEL[0].scale_[0]
    assert feature.high == 900.0
    least = Fraction(mean) - 8 * Fraction(deviation)
    assert feature.low == (math.floor(least) if kind == "int16" else float(least))
    found = re.search(r"x\[0\]  x0  \((.*) \.\. (.*) is certified\)", compiled.c.files["m.h"])
    assert found is not None
    assert found[1] == f"{feature.low:.7g}"
    assert float(found[2]) == 900.0
    assert "whichever is wider" in compiled.graph.outputs[0].certificate.reason
    assert compiled.fidelity.on_real_rows is not None
    assert compiled.fidelity.on_real_rows.rows_outside_range == 0


def _told(model: Any, data: Any, **options: Any) -> list[str]:
    told: list[str] = []
    thumbling.compile(
        model,
        data=data,
        board="nucleo-f401",
        builder="none",
        verify=(),
        warn=told.append,
        **options,
    )
    return told


def test_data_that_say_little_are_said() -> None:
    assert "1 row only" in " ".join(_told(MODEL, X[:1]))
    assert "constant" not in " ".join(_told(MODEL, _constant()))
    plain = LogisticRegression(max_iter=5000).fit(X[:, :3], Y)
    data = X[:, :3].copy()
    assert _told(plain, data) == []
    data[:, 1] = 3
    told = _told(plain, data)
    assert len(told) == 1
    assert told[0].startswith("constant in the data: x1;")


def test_rows_outside_the_range_are_counted() -> None:
    compiled = thumbling.compile(
        MODEL, data=X[:100], board="nucleo-f401", builder="none", verify=()
    )
    folder = compiled.folder
    high = np.array([f.high for f in folder.report.input.features])
    rows = np.tile(MODEL[0].mean_, (5, 1))
    assert folder.doubts(rows) == []
    rows[[1, 4], [0, 7]] = np.nextafter(high[[0, 7]].astype(np.float32), np.float32(np.inf))
    assert folder.doubts(rows)[0].startswith("2 of 5 rows lie outside the range")


def test_rows_that_are_clipped_are_counted() -> None:
    compiled = thumbling.compile(
        LogisticRegression(max_iter=5000).fit(X[:, :2], Y),
        data=X[:, :2],
        board="nucleo-f401",
        input_type="int8",
        builder="none",
        verify=(),
        warn=lambda _: None,
    )
    rows = np.array([[1.0, 2.0], [127.4, 3.0], [128.0, 0.0], [1.0, -900.0]])
    assert compiled.folder.doubts(rows)[0] == (
        "2 of 4 rows lie outside int8 with this scale and offset and are clipped"
    )
