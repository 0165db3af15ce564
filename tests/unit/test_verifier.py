# SPDX-License-Identifier: MIT
"""Graphs that do not fit together are refused, whatever wrote them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from thumbling.errors import InternalError
from thumbling.ir import (
    INPUT,
    Certificate,
    DType,
    Graph,
    InputSpec,
    Output,
    Port,
    TensorType,
    verify,
)
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.complement import Complement
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.softmax import Softmax

PROVED = Certificate(kind="bounded", epsilon=0.5, reason="a test")


def chain(*ops: Op, dtype: DType = DType.INT8, n: int = 4, **ranges: tuple[int, int, int]) -> Graph:
    """A graph of ops whose last tensor is the value; `ranges` are size, low and high by tensor."""
    return Graph(
        name="m",
        source="a test",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=dtype,
                    scale=(1.0,) * n,
                    offset=(0.0,) * n,
                    names=tuple(f"x{j}" for j in range(n)),
                )
            ),
        ),
        class_names=(),
        ops=ops,
        tensors={
            name: TensorType(shape=(size,), low=low, high=high)
            for name, (size, low, high) in ranges.items()
        },
        outputs=(Output(field="value", tensor=ops[-1].output, certificate=PROVED),),
    )


def dense(rows: int = 2, columns: int = 4, **changes: Any) -> Dense:
    op = Dense(
        inputs=(INPUT,),
        output="y",
        weight=np.full((rows, columns), 10, dtype=np.int8),
        bias=np.zeros(rows, dtype=np.int64),
        shift=0,
        accumulator_bits=32,
    )
    return replace(op, **changes)


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int32)


WIDE = (2, -40960, 40960)
Y = ("y",)


def behind(op: Op, size: int, low: int, high: int, dtype: DType = DType.INT8) -> Graph:
    """`op` reading two dense sums of 4 features."""
    return chain(dense(), op, dtype=dtype, y=WIDE, z=(size, low, high))


def labelled(*classes: str) -> Graph:
    """A graph that answers the label of two sums."""
    graph = behind(ArgMax(inputs=Y, output="z", groups=(2,)), 1, 0, 1)
    output = Output(field="label", tensor="z", certificate=PROVED)
    return replace(graph, class_names=(classes,) if classes else (), outputs=(output,))


@pytest.mark.parametrize(
    "graph",
    [
        chain(dense(), y=(2, -5120, 5080)),
        chain(dense(shift=4, accumulator_bits=64), y=(2, -320, 318)),
        chain(dense(bias=np.array([2**40, 0]), accumulator_bits=64, saturate=True),
              y=(2, -5120, 2**31 - 1)),
        chain(Clamp(inputs=(INPUT,), output="y", low=ints(0, 0, 1, 2), high=ints(3, 3, 3, 200)),
              y=(4, 0, 127)),
        chain(Clamp(inputs=(INPUT,), output="c", low=ints(0, 0, 0, 0), high=ints(1, 2, 3, 4)),
              dense(inputs=("c",)), c=(4, 0, 4), y=(2, 0, 100)),
        chain(Quantize(inputs=(INPUT,), output="y", shift=ints(0, 1, 2, 3), bits=16),
              dtype=DType.FLOAT32, y=(4, -32767, 32767)),
        behind(ArgMax(inputs=Y, output="z", groups=(2,)), 1, 0, 1),
        behind(Above(inputs=Y, output="z", cut=ints(0, 5)), 2, 0, 1),
        labelled("a", "b"),
        behind(Softmax(inputs=Y, output="z", fraction_bits=8, mode="softmax"), 2, 0, 1 << 15),
    ],
)  # fmt: skip
def test_sound_graphs_pass(graph: Graph) -> None:
    verify(graph)


BROKEN: dict[str, tuple[Callable[[], Graph], str]] = {
    "width": (lambda: chain(dense(columns=7), y=WIDE), "7 columns for 4 inputs"),
    "range": (lambda: chain(dense(), y=(2, -5, 5)), "is -5120..5080, declared -5..5"),
    "accumulator": (lambda: chain(dense(accumulator_bits=17, shift=-3), y=WIDE), "17 bits"),
    "shift": (lambda: chain(dense(shift=-3), y=WIDE), "a shift by -3"),
    "overflow": (
        lambda: chain(dense(bias=np.array([2**31 - 5000, 0])), y=(2, -5120, 2**31 - 1)),
        "leave the accumulator of 32 bits",
    ),
    "int32": (
        lambda: chain(dense(bias=np.array([2**40, 0]), accumulator_bits=64), y=WIDE),
        "leaves int32",
    ),
    "bias": (lambda: chain(dense(bias=np.zeros(3, dtype=np.int64)), y=WIDE), "3 biases"),
    "floats": (lambda: chain(dense(), dtype=DType.FLOAT32, y=WIDE), "reads floats"),
    "weights": (
        lambda: chain(dense(weight=np.ones((2, 4))), y=WIDE),
        "weights are float64",
    ),
    "clamp": (
        lambda: chain(
            Clamp(inputs=(INPUT,), output="y", low=ints(0, 0), high=ints(1, 1)), y=(4, 0, 1)
        ),
        "2 limits for 4",
    ),
    "clamp order": (
        lambda: behind(Clamp(inputs=Y, output="z", low=ints(2, 2), high=ints(1, 1)), 2, 0, 9),
        "above the upper",
    ),
    "argmax": (lambda: behind(ArgMax(inputs=Y, output="z", groups=(9,)), 1, 0, 8), "9 values on 2"),
    "argmax of nothing": (
        lambda: behind(ArgMax(inputs=Y, output="z", groups=(2, 0)), 2, 0, 8),
        "no positive",
    ),
    "argmax of the input": (
        lambda: chain(ArgMax(inputs=(INPUT,), output="y", groups=(4,)), y=(1, 0, 3)),
        "reads the input",
    ),
    "mode": (
        lambda: behind(Softmax(inputs=Y, output="z", fraction_bits=8, mode="xyz"), 2, 0, 1 << 15),
        "called 'xyz'",
    ),
    "sigmoid": (
        lambda: behind(Softmax(inputs=Y, output="z", fraction_bits=8, mode="sigmoid"), 2, 0, 9),
        "sigmoid of 2",
    ),
    "fraction": (
        lambda: behind(Softmax(inputs=Y, output="z", fraction_bits=41, mode="ovr"), 2, 0, 9),
        "41 fraction bits",
    ),
    "complement": (lambda: behind(Complement(inputs=Y, output="z", total=3), 2, 0, 9), "of 2 val"),
    "cuts": (lambda: behind(Above(inputs=Y, output="z", cut=ints(1)), 2, 0, 1), "1 cuts for 2"),
    "second input": (lambda: chain(dense(inputs=(INPUT, INPUT)), y=WIDE), "of one tensor reads 2"),
    "unknown input": (lambda: chain(dense(inputs=("z",)), y=WIDE), "before it is computed"),
    "name": (lambda: replace(chain(dense(), y=WIDE), name="../m"), "cannot be a C name"),
    "tensor name": (lambda: chain(dense(output="y;"), y=WIDE), "cannot be a C name"),
    "size": (lambda: chain(dense(), y=(3, -40960, 40960)), "has 2 values, declared 3"),
    "type": (lambda: chain(dense(), y=WIDE, z=WIDE), "belongs to no tensor"),
    "no classes": (lambda: labelled(), "1 labels of 0"),
    "few classes": (lambda: labelled("a"), "no index of a class"),
    "twice": (
        lambda: replace(chain(dense(), y=WIDE), outputs=chain(dense(), y=WIDE).outputs * 2),
        "there twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_graphs_are_refused(name: str) -> None:
    make, message = BROKEN[name]
    with pytest.raises(InternalError, match=message.replace("(", r"\(")):
        verify(make())
