# SPDX-License-Identifier: MIT
"""An op that only this file knows goes through the whole compiler: it is added here alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pytest
from tests.differential.random_trees import as_compilation
from tests.differential.test_trees import SANITIZE, check

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.errors import InternalError
from thumbling.ir import DType, Graph, InputSpec, Port, TensorType, model_id, verify
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.interval import Interval, computed, require
from thumbling.ir.ops import Op, op
from thumbling.ir.ops.dense import Dense
from thumbling.ir.printer import print_graph
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.reference import evaluate
from thumbling.reference.meaning import Evaluation, Int64, meaning
from thumbling.schedule import Offer, Pattern, Request, kernel


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted(Op):
    """`output = a + factor * b`, of two tensors."""

    factor: int

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        require(len(x) == 2 and x[0].size == x[1].size, "two tensors of one length")
        a, b = x
        ends = np.stack([self.factor * b.low, self.factor * b.high])
        return computed(a.low + ends.min(axis=0), a.high + ends.max(axis=0), "a weighted sum")


@meaning(Weighted)
def evaluate_weighted(
    op: Weighted, at: Evaluation, a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]
) -> Int64:
    """The sum, value by value."""
    return a.astype(np.int64) + op.factor * b.astype(np.int64)


@kernel
class WeightedLoop:
    """A loop."""

    name: ClassVar[str] = "weighted_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Weighted,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        yield Offer(kernel=self, ops=request.ops, flash=24, cycles=30)

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loop."""
        (op,) = offer.ops
        assert isinstance(op, Weighted)
        a, b, out = (scope.pointer(tensor) for tensor in (*op.inputs, op.output))
        n = scope.graph.tensors[op.output].size
        return OpCode(
            body=f"    for (uint32_t j = 0; j < {n}U; j++) {{\n"
            f"        {out}[j] = {a}[j] + {op.factor} * {b}[j];\n"
            "    }\n"
        )


def _dense(output: str, weight: list[list[int]]) -> Dense:
    return Dense(
        inputs=("x",),
        output=output,
        weight=np.array(weight, dtype=np.int8),
        bias=np.zeros(len(weight), dtype=np.int64),
        shift=0,
        accumulator_bits=32,
    )


def _graph(*, high: int = 2**26) -> Graph:
    sum_type = TensorType(shape=(2,), low=-high, high=high)
    side = TensorType(shape=(2,), low=-(2**23), high=2**23)
    return Graph(
        name="m",
        source="test",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=DType.INT16, scale=(1.0, 1.0), offset=(0.0, 0.0), names=("a", "b")
                )
            ),
        ),
        class_names=(),
        ops=(
            _dense("left", [[3, -5], [7, 2]]),
            _dense("right", [[-1, 4], [100, 9]]),
            Weighted(inputs=("left", "right"), output="value", factor=-3),
        ),
        tensors={"left": side, "right": side, "value": sum_type},
        outputs=(
            Output(
                field="value",
                tensor="value",
                certificate=Certificate(kind="exact", epsilon=0.0, reason="by definition"),
            ),
        ),
    )


_ROWS = np.array([[1, 2], [-32768, 32767], [32767, -32768], [0, 5]], dtype=np.int16)


def test_it_is_verified() -> None:
    verify(_graph())
    with pytest.raises(InternalError, match=r"value is .*declared -5\.\.5"):
        verify(_graph(high=5))


def test_it_is_printed_and_kept() -> None:
    graph = _graph()
    assert "value = Weighted(left, right)" in print_graph(graph)
    assert "factor = -3" in print_graph(graph)
    again = graph_from_json(graph_to_json(graph))
    assert model_id(again) == model_id(graph)
    assert isinstance(again.ops[-1], Weighted)


def test_the_reference_holds_it_against_its_range() -> None:
    outputs, _ = evaluate(_graph(), _ROWS, check=True)
    assert outputs["value"][0].tolist() == [3 - 10 - 3 * (-1 + 8), 7 + 4 - 3 * (100 + 18)]
    with pytest.raises(InternalError, match=r"value \(Weighted\) is .* declared are -5\.\.5"):
        evaluate(_graph(high=5), _ROWS, check=True)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimize", ["speed", "size"])
def test_its_c_answers_what_the_reference_answers(
    optimize: str, compiler: str, tmp_path: Path
) -> None:
    check(as_compilation(_graph(), _ROWS, optimize), tmp_path, compiler, "-O1", *SANITIZE)
