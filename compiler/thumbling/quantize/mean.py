# SPDX-License-Identifier: MIT
"""Means of what several models say: one blend."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from thumbling.ir.source.mean import Mean
from thumbling.quantize.blending import Term, blend
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers

_AT_ONCE = 4


@quantizes(Mean)
def quantize_mean(op: Mean, at: Lowering) -> Integers:
    """In one unit, since classes compete.

    A few members at a time are added to those before, so that few of their tensors are needed at
    once.
    """
    weights = [Fraction(weight) for weight in op.shares.tolist()]
    total = sum(weights, Fraction(0))
    added = partial(
        blend,
        size=op.size,
        at=at,
        dtype="float64" if op.how == "zeros" or op.weights is not None else "",
        roundings=len(weights) + 6,
    )
    terms: list[Term] = []
    for k, (name, place) in enumerate(zip(op.inputs, op.places, strict=True)):
        if len(terms) == _AT_ONCE:
            some = added(terms, name=at.draft.name(f"{op.output}_so_far"))
            terms = [_whole(some)]
        factor = (weights[k] / total,) * len(place)
        read = at.integers(name)
        terms.append(Term(read=read, factor=factor, place=tuple(place.tolist())))
    return added(terms, name=op.output)


def _whole(read: Integers) -> Term:
    """A vector as it is."""
    size = len(read.features)
    return Term(read=read, factor=(Fraction(1),) * size, place=tuple(range(size)))
