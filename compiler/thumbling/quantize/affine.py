# SPDX-License-Identifier: MIT
"""Everything before a linear model as one clamp and one affine map of stored integers.

Scalers and the input's own scale become `value = slope * clamp(q) + offset` in exact fractions.
Beside it goes a bound on how far the source's own floating-point value may be from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from thumbling.ir.source import Elementwise, Step

# Twice the unit roundoff, which covers the second-order terms left out below.
_ROUNDOFF = {"float32": 2.0**-23, "float64": 2.0**-52}
_TINY = 2.0**-148


@dataclass(slots=True)
class Feature:
    """One feature: `value = slope * min(max(q, low), high) + offset`.

    `seen_low` and `seen_high` bound q where `error` holds: |source's value - value| <= error.
    """

    slope: Fraction
    offset: Fraction
    low: int
    high: int
    seen_low: int
    seen_high: int
    error: float

    def at(self, q: int) -> Fraction:
        """The value for a stored integer."""
        return self.slope * min(max(q, self.low), self.high) + self.offset

    @property
    def magnitude(self) -> float:
        """Greatest |value|, error included, where q is as seen."""
        return max(abs(float(self.at(q))) for q in (self.seen_low, self.seen_high)) + self.error

    def shift_by(self, c: float, roundoff: float, *, cast: bool) -> None:
        """Add a constant as the source does."""
        self.offset += Fraction(c)
        self.error += (roundoff * abs(c) if cast else 0.0) + _TINY
        self.error += roundoff * self.magnitude

    def scale_by(self, c: Fraction, roundoff: float, *, cast: bool) -> None:
        """Multiply by a constant as the source does."""
        self.slope *= c
        self.offset *= c
        self.error = self.error * abs(float(c)) + _TINY
        self.error += roundoff * self.magnitude * (2.0 if cast else 1.0)

    def limit(self, c: float, roundoff: float, *, upper: bool) -> None:
        """Apply min(value, c) or max(value, c): a clamp of q at the integer nearest the edge."""
        self.error += roundoff * abs(c)
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
            self.error += abs(float(self.slope * (nearest - edge)))


def _apply(feature: Feature, step: Step, c: float, roundoff: float) -> None:
    match step.kind:
        case "add":
            feature.shift_by(c, roundoff, cast=step.cast)
        case "sub":
            feature.shift_by(-c, roundoff, cast=step.cast)
        case "mul":
            feature.scale_by(Fraction(c), roundoff, cast=step.cast)
        case "div":
            feature.scale_by(1 / Fraction(c), roundoff, cast=step.cast)
        case "min" | "max":
            feature.limit(c, roundoff, upper=step.kind == "min")


def fold_stages(features: list[Feature], stages: tuple[Elementwise, ...], dtype: str) -> None:
    """Put stages into features, in order. `dtype` is the type the source computes in."""
    roundoff = _ROUNDOFF[dtype]
    for stage in stages:
        for step in stage.steps:
            for feature, c in zip(features, step.values.tolist(), strict=True):
                _apply(feature, step, c, roundoff)
