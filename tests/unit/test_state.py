# SPDX-License-Identifier: MIT
"""Several inputs and state: verified, printed, kept, evaluated row by row, compiled to C."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.differential.test_trees import SANITIZE, WARNINGS, write_sources

from thumbling.codegen import emit
from thumbling.codegen.module import schedule
from thumbling.errors import InternalError
from thumbling.ir import DType, Graph, InputSpec, Port, State, TensorType, model_id, verify
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.ops import Op
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.ema import Ema
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ports import pack_rows
from thumbling.ir.printer import print_graph
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.reference import evaluate, pack_outputs, run
from thumbling_hil.targets.host import run_host

_PROVED = Certificate(kind="exact", epsilon=0.0, reason="an integer graph is its own source")
_BITS, _SHIFT = 4, 3
_REACH = 2**19
_MEAN = TensorType(shape=(2,), low=-_REACH, high=_REACH)


def _port(name: str, dtype: DType, n: int) -> Port:
    names = tuple(f"x{j}" for j in range(n))
    return Port(
        name=name, spec=InputSpec(dtype=dtype, scale=(1.0,) * n, offset=(0.0,) * n, names=names)
    )


def _state(**changes: object) -> State:
    state = State(
        name="mean", type=_MEAN, initial=np.array([100, -7], dtype=np.int32), update="smooth"
    )
    return replace(state, **changes)  # type: ignore[arg-type]


def graph_of_two_inputs(*, output: str = "smooth", state: State | None = None) -> Graph:
    """`left` in int8 and `right` in float32; the mean of `left`, and the sum with `right`."""
    ops: tuple[Op, ...] = (
        Quantize(
            inputs=("right",), output="fixed", shift=np.array([8, 8], dtype=np.int32), bits=16
        ),
        Ema(inputs=("left", "mean"), output="smooth", bits=_BITS, shift=_SHIFT),
        Add(inputs=("smooth", "fixed"), output="sum", shift=(0, 2)),
    )
    return Graph(
        name="m",
        source="test",
        inputs=(_port("left", DType.INT8, 2), _port("right", DType.FLOAT32, 2)),
        class_names=(),
        ops=ops,
        tensors={
            "fixed": TensorType(shape=(2,), low=-32767, high=32767),
            "smooth": _MEAN,
            "sum": TensorType(shape=(2,), low=-(2**20), high=2**20),
        },
        outputs=(
            *([Output(field="score", tensor="smooth", certificate=_PROVED)] * (output == "smooth")),
            Output(field="value", tensor="sum", certificate=_PROVED),
        ),
        state=(_state() if state is None else state,),
    )


def rows_of_two_inputs(n: int = 60) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    right = rng.normal(0, 50, (n, 2)).astype(np.float32)
    right[7, 1] = np.nan
    return {"left": rng.integers(-128, 128, (n, 2)).astype(np.int8), "right": right}


def test_the_mean_is_that_of_integers() -> None:
    rows = rows_of_two_inputs()
    found = run(graph_of_two_inputs(), rows)
    mean = [100, -7]
    for i in range(len(rows["left"])):
        if np.isnan(rows["right"][i]).any():
            assert found.refused[i]
            continue
        for j in range(2):
            way = (int(rows["left"][i, j]) << _BITS) - mean[j]
            mean[j] += (way + (1 << (_SHIFT - 1))) >> _SHIFT
        assert found.outputs["score"][i].tolist() == mean
    assert found.refused.sum() == 1
    assert found.state["mean"].tolist() == mean


def test_two_runs_are_one() -> None:
    graph, rows = graph_of_two_inputs(), rows_of_two_inputs()
    whole = run(graph, rows)
    first = run(graph, {name: part[:20] for name, part in rows.items()})
    second = run(graph, {name: part[20:] for name, part in rows.items()}, state=first.state)
    joined = np.concatenate([first.outputs["score"], second.outputs["score"]])
    assert np.array_equal(joined, whole.outputs["score"])
    none = run(graph, {name: part[:0] for name, part in rows.items()})
    assert none.outputs["value"].shape == (0, 2)
    assert none.state["mean"].tolist() == [100, -7]


def test_rows_have_three_forms() -> None:
    graph, rows = graph_of_two_inputs(), rows_of_two_inputs()
    packed = pack_rows(graph.inputs, rows)
    assert packed.dtype.itemsize == graph.in_bytes == 4 + 8
    assert np.concatenate([packed, packed]).dtype == packed.dtype
    assert packed[3].tobytes() == rows["left"][3].tobytes() + b"\0\0" + rows["right"][3].tobytes()
    wanted = evaluate(graph, rows)[0]["value"]
    for form in (packed, tuple(rows.values())):
        assert np.array_equal(evaluate(graph, form)[0]["value"], wanted)
    with pytest.raises(ValueError, match="for the inputs"):
        evaluate(graph, {"left": rows["left"]})
    with pytest.raises(ValueError, match="rows of shape"):
        evaluate(graph, {"left": rows["left"][:5], "right": rows["right"]})
    with pytest.raises(InternalError, match="several inputs: left, right"):
        _ = graph.input


def test_it_is_printed_and_kept() -> None:
    graph = graph_of_two_inputs()
    text = print_graph(graph)
    assert "input left: int8 x 2" in text
    assert "state mean: int32 x 2 scale 1 in -524288..524288" in text
    again = graph_from_json(graph_to_json(graph))
    assert print_graph(again) == text
    other = replace(graph, state=(_state(initial=np.array([100, -8], dtype=np.int32)),))
    assert model_id(again) == model_id(graph) != model_id(other)


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        (_state(update="mean"), "no op computes what mean becomes"),
        (_state(update="fixed"), None),
        (_state(name="out"), "'out' cannot be a parameter of C"),
        (_state(name="left"), "two inputs or states are called left"),
        (_state(initial=np.array([1], dtype=np.int32)), "another number of values"),
        (_state(initial=np.array([1, 2], dtype=np.int64)), "is no int32 array"),
        (_state(initial=np.array([1, 2**30], dtype=np.int32)), "begins outside its range"),
        (_state(type=replace(_MEAN, low=-7)), r"mean is .*declared -7\.\."),
    ],
)
def test_a_state_that_is_none_is_refused(state: State, wrong: str | None) -> None:
    graph = graph_of_two_inputs(state=state)
    if wrong is None:
        verify(graph)
        return
    with pytest.raises(InternalError, match=wrong):
        verify(graph)


def test_a_range_that_the_mean_leaves_is_refused() -> None:
    """By induction: from anywhere in the range, a row must lead back into it."""
    narrow = replace(_MEAN, low=-2048, high=2000)
    verify(graph_of_two_inputs(state=_state(type=replace(narrow, high=2032))))
    with pytest.raises(InternalError, match="mean is"):
        verify(graph_of_two_inputs(state=_state(type=narrow)))


@pytest.mark.parametrize("output", ["smooth", "none"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_its_c_answers_what_the_reference_answers(
    compiler: str, output: str, tmp_path: Path
) -> None:
    graph = graph_of_two_inputs(output=output)
    rows = pack_rows(graph.inputs, rows_of_two_inputs())
    wanted, refused = evaluate(graph, rows)
    model = emit(graph, "balanced")
    write_sources(model, tmp_path)
    answers = run_host(
        tmp_path,
        "m",
        model.in_bytes,
        model.out_bytes,
        rows.tobytes(),
        cc=compiler,
        flags=(*WARNINGS, "-O1", *SANITIZE),
        offsets=model.offsets,
        stateful=True,
    )
    assert [answer.status for answer in answers] == [-1 if bad else 0 for bad in refused]
    packed = pack_outputs(graph, wanted)
    kept = np.flatnonzero(~refused).tolist()
    assert [answers[i].output for i in kept] == [packed[i] for i in kept]


def test_a_state_is_overwritten_where_nothing_needs_it() -> None:
    assert schedule(graph_of_two_inputs(output="none"), "size").stores == ()
    before_nan = replace(
        graph_of_two_inputs(output="none"),
        ops=tuple(graph_of_two_inputs().ops[i] for i in (1, 0, 2)),
    )
    assert [state.name for state in schedule(before_nan, "size").stores] == ["mean"]
    assert [state.name for state in schedule(graph_of_two_inputs(), "size").stores] == ["mean"]
