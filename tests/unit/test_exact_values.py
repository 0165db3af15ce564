# SPDX-License-Identifier: MIT
"""Forests of regressors whose leaves are short numbers: the certificate says exact, and it is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

X, Y = load_diabetes(return_X_y=True)


@pytest.mark.parametrize("trees", [1, 3, 7, 10])
def test_exact_values_equal_the_source_bit_for_bit(trees: int) -> None:
    # Leaves of one row each hold the integers of the target, so sums are exact and means round.
    model = ExtraTreesRegressor(trees, random_state=0).fit(X, Y)
    graph = compile_model(model, Options(), X).graph
    output = graph.outputs[0]
    assert output.certificate.kind == "exact"
    stored = np.concatenate([X, X * 1.5, -X]).astype(np.float32)
    ours = evaluate(graph, stored)[0]["value"][:, 0].tolist()
    (scale,) = graph.scales(output)
    assert [float(value * scale) for value in ours] == model.predict(stored).tolist()


def test_rounded_values_are_bounded() -> None:
    model = RandomForestRegressor(3, max_depth=4, random_state=0).fit(X, Y / 3)
    certificate = compile_model(model, Options(), X).graph.outputs[0].certificate
    assert certificate.kind == "bounded"
    assert certificate.epsilon is not None
    assert certificate.epsilon > 0
