# SPDX-License-Identifier: MIT
"""Dense layers at the edge of their accumulators, and their answers by Python's integers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from tests.differential.many_models import Case

from thumbling.ir import DType, Graph, InputSpec, Port
from thumbling.ir.graph import INPUT, Certificate, Output
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.dense import Dense
from thumbling.ir.types import TensorType

_WORD = 2**31 - 1
# (inputs, weights, accumulator, inputs' number, outputs' number): every kernel, with and without
# inputs left over behind pairs and words, one block and several. Where products
# are large the shape appears again with results that saturate.
_Shape = tuple[DType, type[np.signedinteger], int, int, int]
SHAPES: list[_Shape] = [
    (DType.INT16, np.int16, 32, 2, 1),
    (DType.INT16, np.int16, 32, 7, 3),
    (DType.INT16, np.int16, 32, 32, 10),
    (DType.INT16, np.int16, 32, 10, 4),
    (DType.INT16, np.int16, 32, 1, 5),
    (DType.INT16, np.int16, 32, 12, 7),
    (DType.UINT8, np.int16, 32, 8, 13),
    (DType.INT16, np.int16, 64, 4, 3),
    (DType.INT8, np.int8, 32, 6, 11),
    (DType.INT16, np.int16, 64, 33, 4),
    (DType.INT16, np.int16, 64, 6, 1),
    (DType.UINT8, np.int16, 32, 64, 10),
    (DType.UINT8, np.int16, 32, 3, 1),
    (DType.UINT8, np.int16, 64, 10, 2),
    (DType.INT8, np.int16, 32, 43, 6),
    (DType.INT8, np.int16, 64, 5, 3),
    (DType.INT8, np.int8, 32, 9, 2),
    (DType.UINT8, np.int8, 32, 30, 10),
    (DType.INT16, np.int8, 32, 13, 3),
    (DType.INT16, np.int8, 64, 8, 1),
    (DType.UINT16, np.int16, 32, 11, 3),
    (DType.UINT16, np.int16, 64, 4, 1),
    (DType.INT32, np.int16, 64, 9, 2),
    (DType.INT32, np.int32, 64, 6, 3),
    (DType.UINT16, np.int32, 64, 5, 1),
]


def _products(shape: _Shape) -> int:
    """The greatest sum of products."""
    x_type, w_type, _, n_in, _ = shape
    return n_in * max(abs(b) for b in x_type.bounds) * int(np.iinfo(w_type).max)


def _layer(shape: _Shape, rng: np.random.Generator, *, saturate: bool) -> Dense:
    """Random weights of every size, biases that bring the worst sum to the very edge."""
    x_type, w_type, bits, n_in, n_out = shape
    reach, top = max(abs(b) for b in x_type.bounds), int(np.iinfo(w_type).max)
    # As much as the compiler allows, but no bias beside which the products vanish.
    limit = _WORD if bits == 32 else min(2**62, max(2**36, 4 * _products(shape)))
    top = min(top, limit // (reach * n_in))
    shift = max(limit.bit_length() - 31, 0)
    weight = rng.integers(-top, top + 1, size=(n_out, n_in))
    weight[rng.random(weight.shape) < 0.4] = top
    weight[rng.random(weight.shape) < 0.3] = -top
    left = [limit - reach * sum(abs(int(w)) for w in row) for row in weight]
    left = [b >> 8 for b in left] if saturate else left
    bias = [b if rng.random() < 0.5 else -b for b in left]
    return Dense(
        inputs=(INPUT,),
        output="score",
        weight=weight.astype(w_type),
        bias=np.array(bias, dtype=np.int64),
        shift=shift - 4 if saturate else shift,
        accumulator_bits=bits,
        saturate=saturate,
    )


def _rows(op: Dense, x_type: DType, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """The inputs of greatest and least sum of every output, other corners, and noise."""
    low, high = x_type.bounds
    n_in = op.weight.shape[1]
    most = np.where(op.weight > 0, high, low)
    least = np.where(op.weight > 0, low, high)
    corners = rng.choice([low, high, low + 1, high - 1, 0, 1], size=(12, n_in))
    noise = rng.integers(low, high + 1, size=(12, n_in))
    return np.concatenate([most, least, corners, noise])


def exact_sums(op: Dense, rows: npt.NDArray[np.int64]) -> list[list[int]]:
    """Results by Python's integers, which have no end."""
    half = (1 << op.shift) >> 1
    weight, bias = op.weight.tolist(), op.bias.tolist()
    rounded = [
        [
            (b + sum(w * x for w, x in zip(ws, row, strict=True)) + half) >> op.shift
            for ws, b in zip(weight, bias, strict=True)
        ]
        for row in rows.tolist()
    ]
    if not op.saturate:
        return rounded
    return [[min(max(value, -_WORD - 1), _WORD) for value in row] for row in rounded]


def _label(sums: list[int]) -> int:
    return int(sums[0] > 0) if len(sums) == 1 else sums.index(max(sums))


def _graph(name: str, op: Dense, x_type: DType, fields: tuple[str, ...]) -> Graph:
    n_out, n_in = op.weight.shape
    wide = TensorType(shape=(n_out,), low=-_WORD - 1, high=_WORD)
    index = TensorType(shape=(1,), low=0, high=max(n_out - 1, 1))
    label: Op = ArgMax(inputs=("score",), output="label", groups=(n_out,))
    if n_out == 1:
        label = Above(inputs=("score",), output="label", cut=np.zeros(1, dtype=np.int32))
    certificate = Certificate(kind="exact", epsilon=0.0, reason="a test")
    return Graph(
        name=name,
        source="a test",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=x_type,
                    scale=(1.0,) * n_in,
                    offset=(0.0,) * n_in,
                    names=tuple(f"x{j}" for j in range(n_in)),
                )
            ),
        ),
        class_names=(tuple(str(k) for k in range(max(n_out, 2))),),
        ops=(op, label) if "label" in fields else (op,),
        tensors={"score": wide, "label": index} if "label" in fields else {"score": wide},
        outputs=tuple(Output(field=f, tensor=f, certificate=certificate) for f in fields),
    )


def cases() -> list[Case]:
    """Every shape with the label decided in the loop, with scores kept, and with both."""
    made = []
    rng = np.random.default_rng(7)
    shapes = [(shape, False) for shape in SHAPES]
    shapes += [(shape, True) for shape in SHAPES if shape[2] == 64 and _products(shape) > 2**33]
    for number, (shape, saturate) in enumerate(shapes):
        for fields in (("label",), ("score",), ("label", "score")):
            op = _layer(shape, rng, saturate=saturate)
            rows = _rows(op, shape[0], rng)
            answers = []
            for sums in exact_sums(op, rows):
                values = {"label": [_label(sums)], "score": sums}
                flat = [value for field in fields for value in values[field]]
                answers.append(np.array(flat, dtype="<i4").tobytes())
            name = f"m{number}_{'_'.join(fields)}"
            made.append(
                Case(
                    graph=_graph(name, op, shape[0], fields),
                    rows=np.ascontiguousarray(rows, dtype=shape[0].numpy),
                    expected=tuple(answers),
                )
            )
    return made
