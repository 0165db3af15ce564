# SPDX-License-Identifier: MIT
"""A graph of integer ops that keeps state: the mean of a sensor, less what another one says.

Usage: python streaming_graph.py [FOLDER]
"""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np

import thumbling
from thumbling.ir import Certificate, DType, Graph, InputSpec, Output, Port, State, TensorType
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.ema import Ema
from thumbling.ir.types import Quant

AXES = ("x", "y", "z")
BITS, SHIFT = 6, 5  # fraction bits of the mean; each row moves it by 1/32 of the way


def port(name: str) -> Port:
    """Three int16 values whose unit is that of the sensor."""
    spec = InputSpec(dtype=DType.INT16, scale=(1.0,) * 3, offset=(0.0,) * 3, names=AXES)
    return Port(name=name, spec=spec)


def build() -> Graph:
    """`mean` follows `accel`; the output is the mean and `correction`, in units of 1/64."""
    scale = Quant(scale=(Fraction(1, 1 << BITS),))
    low, high = -(1 << 15 + BITS), ((1 << 15) - 1) << BITS
    mean = TensorType(shape=(3,), low=low, high=high, quant=scale)
    exact = Certificate(kind="exact", epsilon=0.0, reason="what the integers say")
    return Graph(
        name="stream",
        source="an exponential moving average",
        inputs=(port("accel"), port("correction")),
        class_names=(),
        ops=(
            Ema(inputs=("accel", "mean"), output="smooth", bits=BITS, shift=SHIFT),
            Add(inputs=("smooth", "correction"), output="corrected", shift=(0, BITS)),
        ),
        tensors={
            "smooth": mean,
            "corrected": TensorType(shape=(3,), low=2 * low, high=2 * high, quant=scale),
        },
        outputs=(Output(field="value", tensor="corrected", certificate=exact),),
        state=(
            State(name="mean", type=mean, initial=np.zeros(3, dtype=np.int32), update="smooth"),
        ),
    )


def main() -> None:
    """Compile for a Nucleo board, verify on host and emulator, say what it costs."""
    out = sys.argv[1] if len(sys.argv) > 1 else "stream"
    rng = np.random.default_rng(0)
    rows = {
        "accel": rng.normal(0, 2000, (200, 3)).astype(np.int16),
        "correction": np.zeros((200, 3), dtype=np.int16),
    }
    chip = thumbling.compile_graph(build(), board="nucleo-f401", rows=rows, out=out)
    print(chip)


if __name__ == "__main__":
    main()
