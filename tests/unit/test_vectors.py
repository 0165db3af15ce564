# SPDX-License-Identifier: MIT
"""Vectors that are asked for by number: as many, the same each time, none the C refuses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate
from thumbling.vectors import sample_rows

_RNG = np.random.default_rng(0)
X = (_RNG.normal(size=(80, 3)) * [1, 50, 1000]).astype(np.float32)
Y = (X[:, 0] + X[:, 1] / 50 > 0).astype(int)


@pytest.fixture(params=["float32", "int16"])
def compilation(request: pytest.FixtureRequest) -> Compilation:
    """A scaled linear model, whose C refuses NaN."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    return compile_model(model, Options(input_type=request.param), X)


@pytest.mark.parametrize("wanted", [1, 13, 5000])
def test_exactly_so_many_and_the_same_again(compilation: Compilation, wanted: int) -> None:
    graph, rows = compilation.graph, compilation.vectors
    sampled = sample_rows(graph, rows, wanted)
    assert sampled.shape == (wanted, 3)
    assert sampled.dtype == rows.dtype
    assert sampled.tobytes() == sample_rows(graph, rows, wanted).tobytes()
    assert not evaluate(graph, sampled)[1].any()
    if wanted > len(rows):
        assert np.array_equal(sampled[: len(rows)], rows)
        # Made rows are no repetitions, and lie where the data do, so both classes are met.
        made = sampled[len(rows) :]
        assert len(np.unique(made, axis=0)) > len(made) * 9 // 10
        labels = evaluate(graph, made)[0]["label"]
        assert 0.1 < labels.mean() < 0.9


def test_made_rows_stand_beside_every_threshold() -> None:
    tree = DecisionTreeClassifier(random_state=0).fit(X, Y)
    done = compile_model(tree, Options(), X)
    made = sample_rows(done.graph, done.vectors, 3000)[len(done.vectors) :]
    nodes = tree.tree_
    for feature, threshold in zip(nodes.feature, nodes.threshold, strict=True):
        if feature >= 0:
            below = np.nextafter(np.float32(threshold), np.float32(-np.inf))
            above = np.nextafter(np.float32(threshold), np.float32(np.inf))
            assert {below, above} & set(made[:, feature].tolist())
