# SPDX-License-Identifier: MIT
"""Constants are named arrays of the graph; others of the same names may take their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from thumbling.errors import ModelError
from thumbling.ir import DType, Graph, InputSpec, TensorType, model_id, verify
from thumbling.ir.graph import Certificate, Domain, Output, Port, State
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.ema import Ema
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

Arrays = dict[str, np.ndarray[Any, Any]]
_PROVED = Certificate(kind="exact", epsilon=0.0, reason="by definition")


def _i32(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.int32)


_STUMP = IntTree(
    feature=_i32(0, -1, -1),
    threshold=_i32(5, 0, 0),
    left=_i32(1, 0, 1),
    right=_i32(2, -1, -1),
    nan_left=np.zeros(3, dtype=np.bool_),
)
_CHAIN = IntTree(
    feature=_i32(0, -1, 1, -1, -1),
    threshold=_i32(-3, 0, -1, 0, 0),
    left=_i32(1, 1, 3, 2, 0),
    right=_i32(2, -1, 4, -1, -1),
    nan_left=np.zeros(5, dtype=np.bool_),
)


_SPEC = InputSpec(dtype=DType.INT8, scale=(1.0, 1.0), offset=(0.0, 0.0), names=("a", "b"))


def _graph() -> Graph:
    """A score of a layer and a value of trees, both of the input."""
    layer = Dense(
        inputs=("x",),
        output="score",
        weight=np.array([[3, -5], [7, 2]], dtype=np.int8),
        bias=np.array([1, 2], dtype=np.int64),
        shift=0,
        accumulator_bits=32,
    )
    trees = TreeEnsemble(
        inputs=("x",),
        output="value",
        trees=(_STUMP, _CHAIN),
        leaf=np.array([[10], [-20], [35]], dtype=np.int32),
        base=_i32(4),
    )
    graph = Graph(
        name="m",
        source="test",
        inputs=(Port(spec=_SPEC),),
        class_names=(),
        ops=(layer, trees),
        tensors={
            "score": TensorType(shape=(2,), low=-2000, high=2000),
            "value": TensorType(shape=(1,), low=-100, high=100),
        },
        outputs=tuple(Output(field=f, tensor=f, certificate=_PROVED) for f in ("score", "value")),
        domain=Domain(ranges=((-9.0, 9.0), (-9.0, 9.0))),
    )
    verify(graph)
    return graph


_ROWS = np.array([[a, b] for a in range(-128, 128, 9) for b in (-128, -1, 0, 77)], dtype=np.int8)


def _changed(**new: np.ndarray[Any, Any]) -> Mapping[str, np.ndarray[Any, Any]]:
    """The graph's constants with some replaced, dots written as underscores."""
    kept = dict(_graph().constants)
    for name, array in new.items():
        kept[name.replace("__", ".")] = array
    return kept


def test_constants_have_names() -> None:
    constants = _graph().constants
    assert list(constants) == [
        *("score.weight", "score.bias"),
        *(f"value.trees.{c}" for c in ("feature", "threshold", "left", "right", "nan_left")),
        *("value.trees.start", "value.leaf", "value.base"),
    ]
    assert constants["value.trees.start"].tolist() == [0, 3]
    assert constants["value.trees.threshold"].tolist() == [5, 0, 0, -3, 0, -1, 0, 0]
    assert constants["score.weight"].dtype == np.int8
    for array in constants.values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_same_constants_give_the_same_graph() -> None:
    graph = _graph()
    again = graph.with_constants(graph.constants)
    assert model_id(again) == model_id(graph)
    assert (again.tensors, again.outputs, again.domain) == (
        graph.tensors,
        graph.outputs,
        graph.domain,
    )


def test_others_are_computed_with() -> None:
    weight = np.array([[-1, 4], [100, -9]], dtype=np.int8)
    threshold = _graph().constants["value.trees.threshold"] + np.int32(40)
    graph = _graph().with_constants(
        _changed(score__weight=weight, value__trees__threshold=threshold)
    )
    verify(graph)
    outputs, _ = evaluate(graph, _ROWS)
    assert (outputs["score"] == _ROWS.astype(np.int64) @ weight.T.astype(np.int64) + [1, 2]).all()
    within = (_ROWS >= -88).all(axis=1)
    before, _ = evaluate(_graph(), _ROWS[within] - np.int8(40))
    assert (outputs["value"][within] == before["value"]).all()
    assert model_id(graph) != model_id(_graph())


def test_what_is_not_proved_again_is_measured() -> None:
    """A certificate stays for an output that nothing new takes part in, and goes for others."""
    bias = np.array([1, 3], dtype=np.int64)
    graph = _graph().with_constants(_changed(score__bias=bias))
    score, value = (output.certificate for output in graph.outputs)
    assert (score.kind, score.epsilon) == ("measured", None)
    assert "replaced" in score.reason
    assert value == _PROVED
    assert graph.domain is not None
    leaf = np.array([[10], [-20], [36]], dtype=np.int32)
    both = _graph().with_constants(_changed(score__bias=bias, value__leaf=leaf))
    assert [output.certificate.kind for output in both.outputs] == ["measured", "measured"]
    assert both.domain is None


def test_ranges_are_inferred_again() -> None:
    leaf = np.array([[10], [-20], [5000]], dtype=np.int32)
    graph = _graph().with_constants(_changed(value__leaf=leaf))
    assert (graph.tensors["value"].low, graph.tensors["value"].high) == (-100, 5014)
    assert graph.tensors["score"] == _graph().tensors["score"]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (
            {"score__weight": np.zeros((2, 2), np.int16)},
            r"score\.weight is int16 of shape \(2, 2\)",
        ),
        ({"score__weight": np.zeros((2, 3), np.int8)}, r"of shape \(2, 3\), the code takes int8"),
        ({"score__gain": np.zeros(2, np.int8)}, r"score\.gain belong to no op"),
        ({"y__weight": np.zeros(2, np.int8)}, r"y\.weight belong to no op"),
        ({"value__trees__start": _i32(0, 5)}, r"the new value\.trees differ in size"),
        ({"score__bias": np.array([2**31 - 5, 0])}, "may leave the accumulator of 32 bits"),
        (
            {"value__leaf": np.full((3, 1), 2**31 - 1, np.int32)},
            "a sum of leaves does not fit int32",
        ),
        (
            {"value__trees__feature": _i32(9, -1, -1, 0, -1, 1, -1, -1)},
            "a feature that is not there",
        ),
        ({"value__trees__left": _i32(1, 0, 9, 1, 1, 3, 2, 0)}, "a leaf has no row"),
    ],
)
def test_others_that_do_not_fit_are_refused(new: Arrays, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        _graph().with_constants(_changed(**new))
    assert caught.value.hint


def test_a_missing_one_is_named() -> None:
    constants = dict(_graph().constants)
    del constants["score.bias"]
    with pytest.raises(ModelError, match=r"score\.bias are missing"):
        _graph().with_constants(constants)


def test_they_are_copied() -> None:
    bias = np.array([5, 6], dtype=np.int64)
    graph = _graph().with_constants(_changed(score__bias=bias))
    bias[0] = 7
    assert graph.constants["score.bias"].tolist() == [5, 6]


def test_json_holds_them_by_name() -> None:
    graph = graph_from_json(graph_to_json(_graph()))
    assert model_id(graph) == model_id(_graph())
    for name, array in _graph().constants.items():
        assert graph.constants[name].dtype == array.dtype
        assert (graph.constants[name] == array).all()


def test_a_model_trained_anew_is_what_its_constants_say() -> None:
    """The first model's graph with the second's constants answers what the second's graph does."""
    x, y = load_digits(return_X_y=True)
    first, second = (
        compile_model(
            LogisticRegression(max_iter=200).fit(x[half], y[half]),
            Options(name="m", input_type="uint8"),
            x,
        ).graph
        for half in (slice(900), slice(900, None))
    )
    graph = first.with_constants(second.constants)
    rows = x.astype(np.uint8)
    ours, theirs = (evaluate(g, rows)[0]["label"] for g in (graph, second))
    assert (ours == theirs).all()
    assert (ours != evaluate(first, rows)[0]["label"]).any()


def _streamed() -> Graph:
    """A mean of scores, given as it was before the row; beside it trees, which read the input."""
    layer, trees = _graph().ops
    mean = TensorType(shape=(2,), low=-(2**15), high=2**15)
    graph = replace(
        _graph(),
        ops=(
            layer,
            Ema(inputs=("score", "mean"), output="smooth", bits=4, shift=3),
            Gather(inputs=("mean",), output="before", source=_i32(0, 0), column=_i32(1, 0)),
            trees,
        ),
        tensors={**_graph().tensors, "smooth": mean, "before": mean},
        state=(State(name="mean", type=mean, initial=_i32(0, 9), update="smooth"),),
        outputs=(
            Output(field="score", tensor="before", certificate=_PROVED),
            Output(field="value", tensor="value", certificate=_PROVED),
        ),
    )
    verify(graph)
    return graph


def test_what_changes_by_way_of_a_state_is_measured() -> None:
    graph = _streamed()
    new = {**graph.constants, "score.bias": np.array([1, 3], dtype=np.int64)}
    found = graph.with_constants(new)
    verify(found)
    assert [output.certificate.kind for output in found.outputs] == ["measured", "exact"]
    assert found.state == graph.state


def test_a_state_that_leaves_its_range_is_refused() -> None:
    graph = _streamed()
    weight = np.array([[127, 127], [7, 2]], dtype=np.int8)
    with pytest.raises(ModelError, match="mean leaves its range"):
        graph.with_constants({**graph.constants, "score.weight": weight})


def test_the_range_of_activations_is_learned() -> None:
    """Zero point and ends are calibrated, so they are constants without axes."""
    layer = _graph().ops[0]
    narrow = Requantize(inputs=("score",), output="h", shift=_i32(3), low=-9, high=99, zero_point=5)
    total = Add(inputs=("h", "h"), output="value")
    wide = {name: TensorType(shape=(2,), low=-2000, high=2000) for name in ("score", "value")}
    graph = replace(
        _graph(),
        ops=(layer, narrow, total),
        tensors={**wide, "h": TensorType(shape=(2,), dtype=DType.INT8, low=-9, high=99)},
        outputs=(Output(field="value", tensor="value", certificate=_PROVED),),
    )
    verify(graph)
    kept = graph_from_json(graph_to_json(graph))
    assert model_id(kept) == model_id(graph)
    names = [name for name in graph.constants if name.startswith("h.")]
    assert names == [f"h.{n}" for n in ("shift", "low", "high", "zero_point", "multiplier")]
    other = {**graph.constants, "h.high": np.array(120, np.int32), "h.low": np.array(-20, np.int32)}
    found = kept.with_constants(other)
    assert (found.tensors["h"].low, found.tensors["h"].high) == (-20, 120)
    with pytest.raises(ModelError, match="the code cannot compute"):
        kept.with_constants({**other, "h.high": np.array(200, np.int32)})
