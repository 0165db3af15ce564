# SPDX-License-Identifier: MIT
"""What the data scientist trained, in real numbers: the form every frontend lowers to.

A `SourceGraph` computes named values from the input row by ops, a file each. Floating-point
details that decide results (order of operations, casts) are part of an op's meaning. Nothing here
knows of stored integers or of C.
"""

from thumbling.ir.source.base import INPUT, SourceOp, Trace
from thumbling.ir.source.graph import SourceGraph
from thumbling.ir.source.values import Field, Prediction, Refusal, Value

__all__ = [
    "INPUT",
    "Field",
    "Prediction",
    "Refusal",
    "SourceGraph",
    "SourceOp",
    "Trace",
    "Value",
]
