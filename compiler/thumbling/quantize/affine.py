# SPDX-License-Identifier: MIT
"""Everything before a linear model as one clamp and one affine map of stored integers.

Scalers and the input's own scale become `value = slope * clamp(q) + offset` in exact fractions.
Beside it goes a bound on how far the source's own floating-point value may be from that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from thumbling.ir.source import INPUT, SourceGraph, SourceOp
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.elementwise import Elementwise, Step
from thumbling.ir.source.fill import Fill
from thumbling.ir.source.floats import Floats
from thumbling.ir.source.select import Select
from thumbling.quantize.upward import GREATEST, ROUNDOFF, above, upward

# Twice the unit roundoff, which covers the second-order terms left out below.
_ROUNDOFF = {dtype: 2 * roundoff for dtype, roundoff in ROUNDOFF.items()}
# More than subnormals of float32 lose.
_TINY = 2.0**-148


@dataclass(slots=True)
class Feature:
    """One feature: `value = slope * min(max(q, low), high) + offset`.

    `seen_low` and `seen_high` bound q where `error` holds: |source's value - value| <= error. What
    `lacks` numbers may be NaN before it is stored; then q is `missing`, if there is one.
    """

    slope: Fraction
    offset: Fraction
    low: int
    high: int
    seen_low: int
    seen_high: int
    error: float
    lacks: bool = False
    missing: int | None = None

    def at(self, q: int) -> Fraction:
        """The value for a stored integer."""
        return self.slope * min(max(q, self.low), self.high) + self.offset

    @property
    def magnitude(self) -> float:
        """Bound on |the source's value| where q is as seen."""
        ends = (self.seen_low, self.seen_high)
        return upward(max(above(abs(self.at(q))) for q in ends) + self.error)

    def shift_by(self, c: float, roundoff: float, cast: float) -> None:
        """Add a constant as the source does; `cast` bounds the relative error of its own cast."""
        self.offset += Fraction(c)
        self.error = upward(self.error + cast * abs(c) + _TINY, 3)
        self.error = upward(self.error + roundoff * self.magnitude, 2)

    def scale_by(self, c: Fraction, roundoff: float, cast: float) -> None:
        """Multiply by a constant as the source does; `cast` as for `shift_by`."""
        self.slope *= c
        self.offset *= c
        self.error = upward(self.error * above(abs(c)) + _TINY, 2)
        self.error = upward(self.error + (roundoff + cast) * self.magnitude, 3)

    def limit(self, c: float, roundoff: float, *, upper: bool) -> None:
        """Apply min(value, c) or max(value, c): a clamp of q at the integer nearest the edge."""
        self.error = upward(self.error + roundoff * abs(c) + _TINY, 3)
        if self.slope == 0:
            beyond = self.offset > Fraction(c) if upper else self.offset < Fraction(c)
            self.offset = Fraction(c) if beyond else self.offset
            return
        edge = (Fraction(c) - self.offset) / self.slope
        cut = round(edge)
        if upper == (self.slope > 0):
            crossed = self.seen_high > edge
            self.high = min(self.high, max(cut, self.low))
        else:
            crossed = self.seen_low < edge
            self.low = max(self.low, min(cut, self.high))
        if crossed:
            nearest = Fraction(min(max(cut, self.low), self.high))
            self.error = upward(self.error + above(abs(self.slope * (nearest - edge))))

    def fill(self, constants: Sequence[float]) -> None:
        """Replace NaN by a constant, one of some, as the source does: by the q nearest to it."""
        if not self.lacks or self.missing is not None:
            return
        exact = [Fraction(c) for c in constants]
        nearest = 0 if self.slope == 0 else round((exact[0] - self.offset) / self.slope)
        self.missing = min(max(nearest, self.low), self.high)
        self.seen_low = min(self.seen_low, self.missing)
        self.seen_high = max(self.seen_high, self.missing)
        self.error = max(self.error, *(above(abs(self.at(self.missing) - c)) for c in exact))


Numbers = list[Feature | None]
"""The features of a value, None for each number that is not affine."""


def _cast_error(c: float, dtype: str) -> float:
    """Relative error of a constant rounded to the type of the array; infinite where that is 0."""
    with np.errstate(all="ignore"):
        stored = float(np.array(c).astype(dtype))
    if c == 0:
        return 0.0
    if stored == 0 or not np.isfinite(stored):
        return math.inf
    return max(_ROUNDOFF[dtype], 2 * above(abs(Fraction(stored) / Fraction(c) - 1)))


def _apply(feature: Feature, step: Step, c: float, dtype: str) -> None:
    roundoff, cast = _ROUNDOFF[dtype], _cast_error(c, dtype) if step.cast else 0.0
    match step.kind:
        case "add":
            feature.shift_by(c, roundoff, cast)
        case "sub":
            feature.shift_by(-c, roundoff, cast)
        case "mul":
            feature.scale_by(Fraction(c), roundoff, cast)
        case "div":
            feature.scale_by(1 / Fraction(c), roundoff, cast)
        case "min" | "max":
            feature.limit(c, roundoff, upper=step.kind == "min")
    if feature.magnitude > GREATEST[dtype]:
        feature.error = math.inf


def _elementwise(op: Elementwise, numbers: Numbers, dtype: str) -> Numbers:
    for step in op.steps:
        for feature, c in zip(numbers, step.values.tolist(), strict=True):
            if feature is not None:
                _apply(feature, step, c, dtype)
    return numbers


def carry(op: SourceOp, inputs: Sequence[Numbers], dtype: str) -> Numbers | None:
    """The features of an op's result, for those of its inputs; None where it is not affine.

    `dtype` is the type the source computes in, or a narrower one. Where that can overflow, the
    error is infinite from there on.
    """
    match op:
        case Elementwise():
            return _elementwise(op, _copies(inputs[0]), dtype)
        case Select():
            return _copies([inputs[0][j] for j in op.columns.tolist()])
        case Fill():
            return _filled(op, _copies(inputs[0]), dtype)
        case Concat() | Floats():
            return [feature for part in inputs for feature in _copies(part)]
    return None


def _copies(numbers: Numbers) -> Numbers:
    return [feature and replace(feature) for feature in numbers]


def _filled(op: Fill, numbers: Numbers, dtype: str) -> Numbers:
    # The array may be of the wider type by then: the error covers both constants.
    both = [op.constants(np.dtype(kind)).tolist() for kind in ("float64", dtype)]
    for feature, *constants in zip(numbers, *both, strict=True):
        if feature is not None:
            feature.fill(constants)
    return numbers


def carry_from(source: SourceGraph, name: str, given: Mapping[str, Numbers], dtype: str) -> Numbers:
    """The features of a value, for those of the input and of other values that are given."""
    if name in given:
        return _copies(given[name])
    op = source.producers[name]
    parts = [carry_from(source, read, given, dtype) for read in op.inputs]
    return carry(op, parts, dtype) or [None] * source.widths[name]


def affine_numbers(source: SourceGraph, name: str) -> list[int]:
    """Which numbers of a value are a column of the input but for constants, clamps and order."""
    plain = Feature(
        slope=Fraction(1), offset=Fraction(0), low=0, high=1, seen_low=0, seen_high=1, error=0.0
    )
    given: Numbers = [plain] * source.n_features
    numbers = carry_from(source, name, {INPUT: given}, "float64")
    return [j for j, feature in enumerate(numbers) if feature is not None]


def is_affine(source: SourceGraph, name: str) -> bool:
    """Whether a value is the input but for constants added and multiplied, clamps and order."""
    return all(
        isinstance(op, Elementwise | Fill | Select | Concat | Floats)
        for op in source.ancestors(name)
    )
