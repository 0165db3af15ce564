# SPDX-License-Identifier: MIT
"""Every op has a meaning, C, a printed form and a JSON form: one chain per op goes through all."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pytest

import thumbling
from thumbling.codegen import emit
from thumbling.codegen.kernels import load_kernels
from thumbling.codegen.module import emit_calls, schedule
from thumbling.codegen.names import Names
from thumbling.errors import InternalError
from thumbling.ir import DType, Graph, InputSpec, Port, model_id, verify
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.interval import Interval
from thumbling.ir.ops import Op, ops
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.blend import Blend
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.complement import Complement
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.ema import Ema
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.impute import REFUSED, Impute
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.key import Key
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.monomials import Monomials
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.ops.softmax import Softmax
from thumbling.ir.ops.steps import Steps
from thumbling.ir.ops.tally import Tally
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.printer import print_graph
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.ir.types import TensorType
from thumbling.reference import evaluate
from thumbling.schedule import kernels

_COMPILER = Path(thumbling.__file__).parent


def _i32(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


_STUMP = IntTree(
    feature=_i32(0, -1, -1),
    threshold=_i32(3, 0, 0),
    left=_i32(1, 0, 1),
    right=_i32(2, 0, 0),
    nan_left=np.array([False, False, False]),
)
_CLAMP = Clamp(inputs=("x",), output="t", low=_i32(-9, -9), high=_i32(9, 9))
# The op and the length of its output, after the ops it needs to read from.
EXAMPLES: dict[type[Op], tuple[Op, int]] = {
    TreeEnsemble: (
        TreeEnsemble(
            inputs=("x",),
            output="y",
            trees=(_STUMP,),
            leaf=np.array([[1, 5], [7, 2]], dtype=np.int32),
            base=_i32(0, 0),
        ),
        2,
    ),
    Quantize: (Quantize(inputs=("x",), output="y", shift=_i32(4, 5), bits=16), 2),
    Clamp: (Clamp(inputs=("x",), output="y", low=_i32(-2, 0), high=_i32(5, 6)), 2),
    Dense: (
        Dense(
            inputs=("x",),
            output="y",
            weight=np.array([[3, -4]], dtype=np.int8),
            bias=np.array([2], dtype=np.int64),
            shift=1,
            accumulator_bits=32,
        ),
        1,
    ),
    Gather: (
        Gather(inputs=("t", "x"), output="y", source=_i32(1, 0, 1), column=_i32(1, 1, 0)),
        3,
    ),
    Steps: (
        Steps(
            inputs=("x",),
            output="y",
            column=_i32(1, 0, 1),
            count=_i32(2, 0, 1),
            threshold=_i32(-7, 2, 2),
            value=_i32(5, -1, 3, 9, 0, 70),
        ),
        3,
    ),
    Impute: (
        Impute(
            inputs=("x",),
            output="y",
            shift=_i32(4, 5),
            bits=16,
            column=_i32(1, 0),
            missing=_i32(-9, REFUSED),
        ),
        2,
    ),
    Key: (
        Key(inputs=("x",), output="y", column=_i32(1, 0), nan_high=np.array([True, False])),
        2,
    ),
    Blend: (
        Blend(
            inputs=("t", "x"),
            output="y",
            multiplier=_i32(5, -3, 7, 1 << 18),
            place=_i32(0, 1, 1, 0),
            bias=np.array([3, -(1 << 34)], dtype=np.int64),
            shift=4,
        ),
        2,
    ),
    Tally: (Tally(inputs=("one", "two"), output="y", weight=_i32(3, 4), n_classes=2), 2),
    Monomials: (
        Monomials(
            inputs=("x",),
            output="y",
            column=_i32(1, 0),
            lift=_i32(2, 0),
            bias=_i32(-5, 7),
            left=_i32(0, 2),
            right=_i32(1, 0),
            shift=_i32(0, 3),
        ),
        4,
    ),
    ArgMax: (ArgMax(inputs=("t",), output="y", groups=(2,)), 1),
    Above: (Above(inputs=("t",), output="y", cut=_i32(1, -1)), 2),
    Complement: (Complement(inputs=("s",), output="y", total=100), 2),
    Add: (Add(inputs=("t", "x"), output="y", shift=(0, 2)), 2),
    Ema: (Ema(inputs=("x", "t"), output="y", bits=2, shift=3), 2),
    Softmax: (Softmax(inputs=("t",), output="y", fraction_bits=8, mode="softmax"), 2),
    Requantize: (
        Requantize(inputs=("t",), output="y", shift=_i32(1), low=-3, high=100, zero_point=7),
        2,
    ),
    Lookup: (Lookup(inputs=("b",), output="y", table=np.arange(256, dtype=np.int16) - 9), 2),
    Interpolate: (
        Interpolate(inputs=("w",), output="y", table=_i32(-30000, 0, 20000).astype(np.int16)),
        2,
    ),
}
_SUM = Dense(
    inputs=("t",),
    output="s",
    weight=np.array([[1, 1]], dtype=np.int8),
    bias=np.array([0], dtype=np.int64),
    shift=0,
    accumulator_bits=32,
)


_FIRST, _SECOND = (
    Above(inputs=("s",), output=name, cut=_i32(cut)) for name, cut in (("one", 4), ("two", -1))
)


def _kinds() -> list[type[Op]]:
    """The ops of the compiler; tests may have registered more."""
    return [kind for kind in ops().values() if kind.__module__.startswith("thumbling.")]


def _tensor(length: int) -> TensorType:
    low, high = DType.INT32.bounds
    return TensorType(shape=(length,), low=low, high=high)


def _narrow(dtype: DType) -> TensorType:
    return TensorType(shape=(2,), low=-9, high=9, dtype=dtype)


def _graph(kind: type[Op]) -> Graph:
    """The op behind what it reads: `t` has two values, `s` one, `a` and `b` a label each."""
    op, length = EXAMPLES[kind]
    narrow = {name: replace(_CLAMP, output=name) for name in ("b", "w")}
    chain: dict[str, tuple[Op, ...]] = {
        **{"x": (), "t": (_CLAMP,), "s": (_CLAMP, _SUM)},
        **{name: (clamp,) for name, clamp in narrow.items()},
        **dict.fromkeys(("one", "two"), (_CLAMP, _SUM, _FIRST, _SECOND)),
    }
    before = max((chain[tensor] for tensor in op.inputs), key=len)
    dtype = DType.FLOAT32 if kind in (Quantize, Impute, Key) else DType.INT16
    types = {"t": _tensor(2), "b": _narrow(DType.INT8), "w": _narrow(DType.INT16)}
    types |= dict.fromkeys(("s", "one", "two"), _tensor(1))
    return Graph(
        name="m",
        source="test",
        inputs=(
            Port(
                spec=InputSpec(dtype=dtype, scale=(1.0, 1.0), offset=(0.0, 0.0), names=("a", "b"))
            ),
        ),
        class_names=(),
        ops=(*before, op),
        tensors={**{o.output: types[o.output] for o in before}, "y": _tensor(length)},
        outputs=(
            Output(
                field="score",
                tensor="y",
                certificate=Certificate(kind="exact", epsilon=0.0, reason="by definition"),
            ),
        ),
    )


def _files(package: str) -> set[str]:
    return {module.name for module in pkgutil.iter_modules([str(_COMPILER / package)])}


def test_files_are_named_after_their_op() -> None:
    files = {kind.__module__.rpartition(".")[2] for kind in _kinds()}
    assert files == _files("ir/ops") - {"base"}
    assert files <= _files("reference")


def test_every_op_is_covered_by_a_kernel() -> None:
    load_kernels()
    alone = {pattern[0] for kernel in kernels() for pattern in kernel.covers if len(pattern) == 1}
    assert set(_kinds()) <= alone


def test_every_op_has_an_example() -> None:
    assert set(EXAMPLES) == set(_kinds())


@pytest.mark.parametrize("kind", _kinds())
def test_reference_gives_the_promised_shape(kind: type[Op]) -> None:
    graph = _graph(kind)
    verify(graph)
    rows = np.array([[1, 2], [5, -7], [3, 3]], dtype=graph.input.dtype.numpy)
    outputs, refused = evaluate(graph, rows)
    assert outputs["score"].shape == (3, graph.tensors["y"].size)
    assert outputs["score"].dtype == np.int32
    assert not refused.any()
    assert len(np.unique(outputs["score"], axis=0)) > 1


@pytest.mark.parametrize("optimize", ["speed", "balanced", "size"])
@pytest.mark.parametrize("kind", _kinds())
def test_codegen_writes_the_output(kind: type[Op], optimize: str) -> None:
    graph = _graph(kind)
    program = schedule(graph, optimize)
    assert program.calls[-1].ops[-1] is graph.ops[-1]
    body = emit_calls(program, Names(model=graph.name)).codes[-1].body
    assert "out->score" in body
    assert body in emit(graph, optimize).files["m.c"]


@pytest.mark.parametrize("kind", _kinds())
def test_printer_shows_every_field(kind: type[Op]) -> None:
    text = print_graph(_graph(kind))
    assert f"y = {kind.__name__}(" in text
    op, _ = EXAMPLES[kind]
    for field in fields(kind):
        # What an op does not have is not said.
        shown = field.name in text or field.name in ("inputs", "output", "trees")
        assert shown or getattr(op, field.name) is None, field.name


@pytest.mark.parametrize("kind", _kinds())
def test_json_keeps_the_op(kind: type[Op]) -> None:
    graph = _graph(kind)
    again = graph_from_json(graph_to_json(graph))
    assert type(again.ops[-1]) is kind
    assert print_graph(again) == print_graph(graph)
    assert model_id(again) == model_id(graph)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stranger(Op):
    """An op without meaning or kernel."""

    def infer(self, *x: Interval) -> Interval:
        return x[0]


def test_an_unknown_op_is_refused() -> None:
    graph = replace(_graph(Clamp), ops=(_Stranger(inputs=("x",), output="y"),))
    with pytest.raises(InternalError, match="_Stranger"):
        schedule(graph, "size")
    with pytest.raises(TypeError, match="_Stranger"):
        evaluate(graph, np.zeros((1, 2), dtype=np.int16))
