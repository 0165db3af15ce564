# SPDX-License-Identifier: MIT
"""Rows that scikit-learn refuses are found by asking it, so made vectors never end a compile."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.fidelity import ask
from thumbling.pipeline import Options, compile_model


@pytest.mark.parametrize("last", [LogisticRegression(), DecisionTreeClassifier()])
@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), MaxAbsScaler()])
def test_rows_are_accepted_where_scikit_learn_accepts_them(scaler: Any, last: Any) -> None:
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(scaler, last).fit(x / 100, y)
    greatest = np.finfo(np.float32).max
    values = np.array([0, 1e30, 1e36, -1e37, 2e38, greatest, -greatest, np.inf])
    rows = np.tile(x[:1], (len(values) * 4, 1)).astype(np.float32)
    for k, value in enumerate(values):
        rows[4 * k + np.arange(4), np.arange(4)] = value
    expected = []
    for row in rows:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                model.predict(row[None])
            expected.append(True)
        except ValueError:
            expected.append(False)
    assert 0 < sum(expected) < len(rows)
    with warnings.catch_warnings(action="error"):
        assert ask(model, rows).kept.tolist() == expected
    assert compile_model(model, Options()).fidelity.rows > 0
