# SPDX-License-Identifier: MIT
"""Calibrated scores: a factor and a constant each, in one unit."""

from __future__ import annotations

from fractions import Fraction

from thumbling.ir.source.platt import Platt
from thumbling.quantize.blending import Term, blend
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers


@quantizes(Platt)
def quantize_platt(op: Platt, at: Lowering) -> Integers:
    """A blend of one part."""
    term = Term(
        read=at.integers(op.inputs[0]),
        factor=tuple(-Fraction(slope) for slope in op.slope.tolist()),
        place=tuple(range(len(op.slope))),
    )
    added = [-Fraction(intercept) for intercept in op.intercept.tolist()]
    return blend([term], len(added), op.output, at, added=added, dtype="float64")
