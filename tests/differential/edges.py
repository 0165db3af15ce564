# SPDX-License-Identifier: MIT
"""Floats at which quantizing is decided, and a graph that only quantizes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir import DType, Graph, InputSpec, Port
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.types import TensorType

SHIFTS = (-97, -40, -3, 0, 1, 7, 14, 15, 16, 30, 31, 100, 125)
_NAN = (0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFC00000, 0xFFFFFFFF)
_FIXED = (
    *(0x00000000, 0x00000001, 0x007FFFFF, 0x00800000),  # zero, subnormals, least normal
    *(0x3F800000, 0x7F7FFFFF, 0x7F800000),  # one, greatest, infinity
)


def edge_floats(shift: int, bits: int) -> npt.NDArray[np.float32]:
    """Halves between results and the limit, one step below, on and above; specials; both signs."""
    limit = (1 << (bits - 1)) - 1
    rng = np.random.default_rng(shift + 1000 * bits)
    results = [0, 1, 2, 3, limit - 1, limit, limit + 1, *rng.integers(0, limit, 8).tolist()]
    halves = [(Fraction(q) + Fraction(1, 2)) / Fraction(2) ** shift for q in results]
    wholes = [Fraction(q) / Fraction(2) ** shift for q in results]
    with np.errstate(over="ignore"):
        near = np.array([float(v) for v in halves + wholes]).astype(np.float32)
    up, down = np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(0))
    special = np.array(_FIXED, dtype=np.uint32).view(np.float32)
    wild = rng.integers(0, 0x7F800000, 40, dtype=np.uint32).view(np.float32)
    positive = np.concatenate([near, up, down, special, wild])
    return np.concatenate([positive, -positive])


def edge_rows(bits: int) -> npt.NDArray[np.float32]:
    """Rows of shape (n, len(SHIFTS)): edges in every feature, then rows with one NaN."""
    edges = np.stack([edge_floats(shift, bits) for shift in SHIFTS], axis=1)
    bad = edges[: len(SHIFTS) * len(_NAN)].copy()
    patterns = np.array(_NAN, dtype=np.uint32).view(np.float32)
    for i in range(len(bad)):
        bad[i, i % len(SHIFTS)] = patterns[i // len(SHIFTS)]
    return np.concatenate([edges, bad])


def quantize_graph(bits: int) -> Graph:
    """One feature for each of `SHIFTS`; the fixed point numbers are the output `score`."""
    n, limit = len(SHIFTS), (1 << (bits - 1)) - 1
    certificate = Certificate(kind="exact", epsilon=0.0, reason="by definition")
    return Graph(
        name="m",
        source="test",
        inputs=(
            Port(
                spec=InputSpec(
                    dtype=DType.FLOAT32,
                    scale=(1.0,) * n,
                    offset=(0.0,) * n,
                    names=tuple(f"x{j}" for j in range(n)),
                )
            ),
        ),
        class_names=(),
        ops=(
            Quantize(inputs=("x",), output="y", shift=np.array(SHIFTS, dtype=np.int32), bits=bits),
        ),
        tensors={"y": TensorType(shape=(n,), low=-limit, high=limit)},
        outputs=(Output(field="score", tensor="y", certificate=certificate),),
    )
