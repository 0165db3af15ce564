# SPDX-License-Identifier: MIT
"""Means of what several models say: one blend."""

from __future__ import annotations

from fractions import Fraction

from thumbling.ir.source.mean import Mean
from thumbling.quantize.blending import Term, blend
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers


@quantizes(Mean)
def quantize_mean(op: Mean, at: Lowering) -> Integers:
    """In one unit, since classes compete."""
    weights = [Fraction(weight) for weight in op.shares.tolist()]
    total = sum(weights, Fraction(0))
    terms = [
        Term(
            read=at.integers(name),
            factor=(weight / total,) * len(place),
            place=tuple(place.tolist()),
        )
        for name, weight, place in zip(op.inputs, weights, op.places, strict=True)
    ]
    wide = op.how == "zeros" or op.weights is not None
    return blend(
        terms,
        op.size,
        op.output,
        at,
        dtype="float64" if wide else "",
        roundings=len(terms) + 6,
    )
