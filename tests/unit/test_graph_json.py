# SPDX-License-Identifier: MIT
"""Graphs as JSON: the same graph comes back, and damage is found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thumbling.errors import ModelError
from thumbling.ir import Graph, print_graph
from thumbling.ir.serialize import FORMAT, graph_from_json, graph_to_json
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

X, Y = load_iris(return_X_y=True)
X = X.astype(np.float32)
MODELS = {
    "forest": RandomForestClassifier(n_estimators=3, random_state=0),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    "linear": LinearRegression(),
}


def compiled(key: str, **options: Any) -> Graph:
    return compile_model(MODELS[key].fit(X, Y), Options(name="m", **options), X).graph


@pytest.mark.parametrize("key", sorted(MODELS))
@pytest.mark.parametrize(
    "options", [{}, {"input_type": "int16", "input_scale": 0.01, "input_offset": -0.5}]
)
def test_round_trip(key: str, options: dict[str, Any]) -> None:
    graph = compiled(key, **options)
    text = graph_to_json(graph)
    again = graph_from_json(text)
    assert print_graph(again) == print_graph(graph)
    assert graph_to_json(again) == text
    stored = graph.input.store(X)
    for field, values in evaluate(graph, stored)[0].items():
        assert np.array_equal(evaluate(again, stored)[0][field], values)
    assert [o.certificate for o in again.outputs] == [o.certificate for o in graph.outputs]


def damaged() -> list[str]:
    document = json.loads(graph_to_json(compiled("forest")))
    versions: list[Any] = []
    for key in document:
        versions.append({name: value for name, value in document.items() if name != key})
    versions += [{**document, "format": FORMAT + 1}, {**document, "name": "other"}, [], None, 7]
    versions.append({**document, "ops": [{"op": "System", "inputs": [], "output": "y"}]})
    texts = [json.dumps(version) for version in versions]
    return [*texts, "", "{", graph_to_json(compiled("forest"))[:-9], "[" * 100_000]


def wrong_meanings() -> list[str]:
    """Scales, bounds and domains that no graph can have; none of them is part of the model id."""
    document = json.loads(graph_to_json(compiled("linear")))
    texts = []
    for change in (
        {"domain": [[0.0, 1.0]]},
        {"domain": [[1.0, 0.0]] * 4},
        {"domain": [["nan", 1.0]] * 4},
        {"outputs": [{**document["outputs"][0], "epsilons": [1.0, 2.0], "epsilon": 2.0}]},
        {"outputs": [{**document["outputs"][0], "epsilons": [1.0], "epsilon": 2.0}]},
    ):
        texts.append(json.dumps({**document, **change}))
    for kind in ({"scale": ["1/0"]}, {"scale": ["-1"]}, {"scale": ["1", "2"]}, {"axis": 3}):
        tensors = {n: {**t, **kind} for n, t in document["tensors"].items()}
        texts.append(json.dumps({**document, "tensors": tensors}))
    return texts


def test_meanings_that_no_graph_has_are_damage() -> None:
    for text in wrong_meanings():
        with pytest.raises(ModelError):
            graph_from_json(text)


def test_damage_is_found() -> None:
    for text in damaged():
        with pytest.raises(ModelError):
            graph_from_json(text)
