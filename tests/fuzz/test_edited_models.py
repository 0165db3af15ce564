# SPDX-License-Identifier: MIT
"""A `model.json` that somebody edited, with a right id: refused in one sentence, or evaluated."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.fuzz.hostile import MODELS, X

from thumbling.errors import ModelError
from thumbling.ir import Graph, model_id, serialize
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate, pack_outputs

_ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 3, 7, 17, 2**31, -(2**31), 10**30, 0.5, 1e400, float("nan")),
    *("", "x", "y", "xyz", "1/0", "1e999999999", "int8", "float32", "sigmoid", "label", "score"),
    *([], [1], [[]], {}, {"dtype": "int64", "shape": [1], "data": [1]}, ["x", "x"], "\ud800"),
)
_EDITS = 400
ID = "00" * 8
_GRAPHS: dict[str, tuple[str, dict[str, Any]]] = {
    "tree": ("tree", {"output": "all"}),
    "forest": ("forest", {"output": "all", "input_type": "int16", "input_scale": 0.01}),
    "binary": ("labels", {"output": "all"}),
    "softmax": ("logistic", {"output": "all"}),
    "counts": ("logistic", {"output": "all", "input_type": "int8", "input_scale": 0.1}),
    "values": ("ridge", {}),
    "clamped": ("extra", {}),
    "net": ("mlp", {"output": "all"}),
    "products": ("products", {"input_type": "int16", "input_scale": 0.01}),
    "blended": ("soft", {"output": "all"}),
    "votes": ("hard", {}),
}


def compiled(key: str) -> Graph:
    name, options = _GRAPHS[key]
    return compile_model(MODELS[name], Options(name="m", **options), X).graph


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value of a document by the keys that lead to it."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def edited(document: Any, path: tuple[Any, ...], value: Any, rng: random.Random) -> Any:
    """A copy with one place set, dropped or doubled."""
    copied = copy.deepcopy(document)
    at = copied
    for key in path[:-1]:
        at = at[key]
    match rng.randrange(5):
        case 0 if isinstance(at, list):
            at.insert(path[-1], copy.deepcopy(at[path[-1]]))
        case 1:
            del at[path[-1]]
        case 2 if isinstance(at[path[-1]], int):
            at[path[-1]] += rng.choice((-1, 1, 1000))
        case _:
            at[path[-1]] = value
    return copied


@pytest.fixture(autouse=True)
def right_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph has the id it claims, as where somebody who edits it puts that there too."""

    def claimed(graph: Graph) -> bytes:
        assert len(model_id(graph)) == 8
        return bytes.fromhex(ID)

    monkeypatch.setattr(serialize, "model_id", claimed)


def refusal(document: Any) -> ModelError | Graph:
    """The error of reading the document, or the graph where there is none."""
    try:
        return graph_from_json(json.dumps(document))
    except ModelError as error:
        return error


def answers(graph: Graph) -> None:
    """A graph that was let through is evaluated without an error, within its declared ranges."""
    rows = np.zeros((3, graph.input.n_features), dtype=graph.input.dtype.numpy)
    rows[1], rows[2] = 100, -100
    outputs, _ = evaluate(graph, rows)
    assert len(pack_outputs(graph, outputs)[0]) == graph.out_bytes
    for output in graph.outputs:
        kind = graph.tensors[output.tensor]
        assert outputs[output.field].shape == (3, kind.size)
        assert kind.low <= outputs[output.field].min()
        assert outputs[output.field].max() <= kind.high


@pytest.mark.parametrize("key", sorted(_GRAPHS))
def test_any_edit_is_refused_or_harmless(key: str) -> None:
    document = json.loads(graph_to_json(compiled(key)))
    rng, refusals = random.Random(key), 0
    everything = [path for path in places(document) if path]
    # Most places are numbers in long tables; short paths are the structure.
    structure = [path for path in everything if len(path) <= 4]
    for number in range(_EDITS):
        path = rng.choice(structure if number % 3 else everything)
        change = edited(document, path, rng.choice(_ODD), rng)
        result = refusal(change)
        if isinstance(result, Graph):
            answers(result)
            continue
        assert result.exit_code == 1
        assert "\n" not in result.message
        assert result.hint
        refusals += 1
    assert refusals > _EDITS / 4


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("constants", "score.weight", "shape"), [3, 1]),
        (("ops", 1, "accumulator_bits"), 17),
        (("ops", 1, "shift"), -3),
        (("ops", 1, "inputs"), ["fixed", "fixed"]),
        (("ops", 2, "groups"), [9]),
        (("ops", 3, "mode"), "xyz"),
        (("tensors", "score", "high"), 5),
        (("class_names",), [["a"]]),
        (("name",), "../../m"),
    ],
)
def test_what_was_once_let_through(path: tuple[Any, ...], value: Any) -> None:
    graph = compiled("softmax")
    document = json.loads(graph_to_json(graph))
    at = document
    for key in path[:-1]:
        at = at[key]
    assert at[path[-1]] != value
    at[path[-1]] = value
    with pytest.raises(ModelError, match="damaged"):
        graph_from_json(json.dumps(document))


def test_an_edit_that_fits_is_let_through() -> None:
    document = json.loads(graph_to_json(compiled("softmax")))
    document["inputs"][0]["names"][0] = "another"
    assert graph_from_json(json.dumps(document)).input.names[0] == "another"
