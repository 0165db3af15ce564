# SPDX-License-Identifier: MIT
"""A tensor is of the type it declares: in the verifier, in JSON and print, and in the reference."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from thumbling.codegen import emit
from thumbling.errors import InternalError
from thumbling.fixedpoint import rescale
from thumbling.ir import DType, Graph, InputSpec, Quant, TensorType, model_id, print_graph, verify
from thumbling.ir.graph import Certificate, Output, Port
from thumbling.ir.ops import Op
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.reference import evaluate
from thumbling.reference.interpolate import evaluate_interpolate
from thumbling.reference.meaning import Evaluation

_SUM = Dense(
    inputs=("x",),
    output="sum",
    weight=np.array([[3, -5], [7, 2]], dtype=np.int8),
    bias=np.array([100, -100]),
    shift=0,
    accumulator_bits=32,
)
_BACK = Dense(
    inputs=("h",),
    output="value",
    weight=np.array([[1, 1]], dtype=np.int8),
    bias=np.array([0]),
    shift=0,
    accumulator_bits=32,
)


def _i32(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def _narrow(**changes: Any) -> Requantize:
    given: dict[str, Any] = {"shift": _i32(3), "low": -128, "high": 127, **changes}
    return Requantize(inputs=("sum",), output="h", **given)


def _type(size: int, dtype: DType = DType.INT32, **more: Any) -> TensorType:
    low, high = dtype.bounds
    return TensorType(shape=(size,), dtype=dtype, **{"low": low, "high": high, **more})


def _graph(*ops: Op, x: DType = DType.INT8, **tensors: TensorType) -> Graph:
    proved = Certificate(kind="exact", epsilon=0.0, reason="by definition")
    return Graph(
        name="m",
        source="test",
        inputs=(
            Port(spec=InputSpec(dtype=x, scale=(1.0, 1.0), offset=(0.0, 0.0), names=("a", "b"))),
        ),
        class_names=(),
        ops=ops,
        tensors=tensors,
        outputs=(Output(field="value", tensor=ops[-1].output, certificate=proved),),
    )


def _net(h: TensorType | None = None, **changes: Any) -> Graph:
    """Sums, narrowed to `h`, and added."""
    kind = h or _type(2, DType.INT8)
    return _graph(_SUM, _narrow(**changes), _BACK, sum=_type(2), h=kind, value=_type(1))


def test_a_narrow_tensor_lies_in_its_own_type() -> None:
    verify(_net())
    assert "int8_t h[2];" in emit(_net(), "size").files["m.c"]
    rows = np.array([[127, -128], [0, 0]], dtype=np.int8)
    # (381 + 640 + 100) / 8 saturates at 127, (889 - 256 - 100) / 8 is 66.6; (100, -100) / 8.
    assert evaluate(_net(), rows, check=True)[0]["value"].tolist() == [[127 + 67], [13 - 12]]


@pytest.mark.parametrize("dtype", [DType.INT8, DType.UINT8, DType.INT16, DType.UINT16])
def test_json_and_print_keep_types(dtype: DType) -> None:
    low, high = dtype.bounds
    quant = Quant(scale=(Fraction(1, 3), Fraction(2)), zero_point=(5, 0), axis=0)
    graph = _net(_type(2, dtype, quant=quant), low=max(low, -9), high=min(high, 9))
    again = graph_from_json(graph_to_json(graph))
    assert again.tensors == graph.tensors
    assert model_id(again) == model_id(graph)
    assert f": {dtype.value} x 2 scale 1/3 2 zero 5 0 on axis 0 in" in print_graph(graph)
    assert again.tensors["h"].zero_points == (5, 0)


def test_a_zero_point_is_part_of_the_model() -> None:
    with_zero = _net(_type(2, DType.INT8, quant=Quant(zero_point=(-4,))))
    assert model_id(with_zero) != model_id(_net())
    with pytest.raises(ValueError, match="zero point"):
        Quant(zero_point=(1, 2))


_BROKEN = {
    "h is -128..127, declared -5..5": _net(_type(2, DType.INT8, low=-5, high=5)),
    "ArgMax reads int8": _graph(
        _SUM,
        _narrow(),
        ArgMax(inputs=("h",), output="label", groups=(2,)),
        sum=_type(2),
        h=_type(2, DType.INT8),
        label=_type(1),
    ),
    "Dense writes no int16": _graph(
        _SUM,
        _narrow(),
        _BACK,
        sum=_type(2, DType.INT16),
        h=_type(2, DType.INT8),
        value=_type(1),
    ),
    "value is int16": _graph(
        _SUM, replace(_narrow(), output="value"), sum=_type(2), value=_type(2, DType.INT16)
    ),
    "value has a zero point": _graph(_SUM, sum=_type(2, quant=Quant(zero_point=(1,)))),
    "a multiplier is below 1": _net(multiplier=_i32(0)),
    "a shift is beyond": _net(shift=_i32(63)),
    "3 shifts for 2 values": _net(shift=_i32(1, 1, 1)),
    "what Requantize rounds does not fit": _net(shift=_i32(0), multiplier=_i32(2**31 - 1)),
    "a zero point has more than 16 bits": _net(zero_point=1 << 16),
    "the lower end of a range": _net(low=1, high=0),
    "Lookup reads int32": _graph(
        _SUM,
        Lookup(inputs=("sum",), output="value", table=np.zeros(256, dtype=np.int8)),
        sum=_type(2),
        value=_type(2),
    ),
    "other than 256 entries": _graph(
        Lookup(inputs=("x",), output="value", table=np.zeros(255, dtype=np.int8)), value=_type(2)
    ),
    "Interpolate reads int8": _graph(
        Interpolate(inputs=("x",), output="value", table=np.zeros(3, dtype=np.int16)),
        value=_type(2),
    ),
    "a table of 4 points": _graph(
        Interpolate(inputs=("x",), output="value", table=np.zeros(4, dtype=np.int16)),
        x=DType.INT16,
        value=_type(2),
    ),
}


@pytest.mark.parametrize("words", _BROKEN)
def test_broken_graphs_are_refused(words: str) -> None:
    with pytest.raises(InternalError, match=words):
        verify(_BROKEN[words])


def test_rescaling_rounds_once_to_nearest_halves_up() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([[-(2**31), 2**31 - 1, -1, 0, 1], rng.integers(-(2**31), 2**31, 200)])
    for multiplier, shift in ((1, 0), (1, 1), (3, 1), (2**31 - 1, 31), (2**30 + 7, 62), (5, 3)):
        exact = [
            (2 * v * multiplier + (1 << shift)) // (2 << shift) for v in values.tolist()
        ]  # floor(v + 1/2)
        assert rescale(values, _i32(multiplier), _i32(shift)).tolist() == exact


@pytest.mark.parametrize("name", ["logistic", "tanh"])
def test_the_bound_of_interpolation_holds_for_every_input(name: str) -> None:
    """The docstring's bounds, on all 65536 integers."""
    reach, bound = {"logistic": (8.0, 2.6), "tanh": (4.0, 4.1)}[name]

    def function(x: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-x)) if name == "logistic" else np.tanh(x))

    points = np.linspace(-reach, reach, 257)
    table = np.rint(function(points) * 32767).astype(np.int16)
    op = Interpolate(inputs=("x",), output="y", table=table)
    x = np.arange(-32768, 32768)
    y = evaluate_interpolate(op, Evaluation(n_rows=len(x)), x[:, None])[:, 0]
    assert np.abs(y - function(x * reach / 32768) * 32767).max() <= bound


def test_float_inputs_are_stored_in_16_bits_where_a_layer_shares_them() -> None:
    """The row of converted features is an array of its type, not of int32."""
    quantize = Quantize(inputs=("x",), output="q", shift=_i32(4, 4), bits=16)
    clamp = Clamp(inputs=("q",), output="c", low=_i32(-100, -7), high=_i32(100, 9))
    left = replace(_SUM, inputs=("c",), output="left")
    right = replace(_SUM, inputs=("c",), output="value")
    graph = _graph(
        *(quantize, clamp, left, right),
        x=DType.FLOAT32,
        q=_type(2, DType.INT16),
        c=_type(2, DType.INT8, low=-100, high=100),
        left=_type(2),
        value=_type(2),
    )
    graph = replace(
        graph, outputs=(*graph.outputs, replace(graph.outputs[0], field="score", tensor="left"))
    )
    verify(graph)
    text = emit(graph, "speed").files["m.c"]
    assert "int8_t c[2];" in text
    assert "out[j] = (int8_t)value;" in text
