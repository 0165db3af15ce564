# SPDX-License-Identifier: MIT
"""A scale for each value of a layer, chosen so that one right shift serves them all.

A row alone takes the finest weights that fit, and then the least shift that brings its sums to
int32. Together, the shift of the row with the greatest sums would leave others without bits;
coarser weights make its sums smaller, so there is a choice, and the errors decide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from thumbling.quantize.affine import Feature
from thumbling.quantize.integer_rows import (
    WORD,
    RealWeights,
    binades,
    finest,
    integers,
    near,
    reach,
    result_error,
    shift_for,
)

# Far more than any float32 resolves.
_MOST_BITS = 256
_CONSTANT_BITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A score alone at its finest: fraction bits of its sums, the shift they need, and the size
    of an int32 step where the greatest sum fills the word."""

    real: RealWeights
    features: tuple[Feature, ...]
    scale_bits: int
    shift: int
    quantum: Fraction

    @property
    def is_constant(self) -> bool:
        """Whether no input moves it."""
        return not any(self.real.weight[0])

    def bits_at(self, shift: int) -> int:
        """Fraction bits with which its sums fit after a shift."""
        if self.is_constant:
            # It has room for all that is shifted out.
            return self.scale_bits + shift
        return self.scale_bits - max(0, self.shift - shift)

    def loss(self, shift: int) -> Fraction:
        """Error at a shift, and a step of a full word, so that no loss is nothing."""
        bits = self.bits_at(shift)
        (weights,), (bias,) = integers(self.real, self.features, (bits,))
        error = result_error(self.real, self.features, (weights, bias), (bits, shift))
        return error + self.quantum


def _alone(
    real: RealWeights, features: tuple[Feature, ...], widths: tuple[int, int], *, saturate: bool
) -> _Row:
    (bias,) = real.bias
    if any(real.weight[0]):
        bits = finest(real, features, *widths, _MOST_BITS)
    else:
        bits = min(_CONSTANT_BITS - binades(abs(bias)), _MOST_BITS) if bias else 16
    box = [near(f) if saturate else (f.low, f.high) for f in features]
    low, high, _ = reach(integers(real, features, (bits,)), box)
    return _Row(
        real=real,
        features=features,
        scale_bits=bits,
        shift=shift_for(low, high),
        quantum=Fraction(max(abs(low), abs(high)), WORD) / Fraction(2) ** bits,
    )


def own_scales(
    real: RealWeights, features: tuple[Feature, ...], widths: tuple[int, int], *, saturate: bool
) -> tuple[int, ...]:
    """Fraction bits of each sum. Of the shifts that some row needs alone, the one is taken at
    which the row that suffers most suffers least."""
    rows = [_alone(real.row(k), features, widths, saturate=saturate) for k in range(len(real.bias))]
    moving = [row for row in rows if not row.is_constant]
    shifts = sorted({row.shift for row in moving}) or [0]
    shift = shifts[0]
    if len(shifts) > 1:
        best = [row.loss(row.shift) for row in moving]
        losses = {
            s: max(row.loss(s) / (least or 1) for row, least in zip(moving, best, strict=True))
            for s in shifts
        }
        shift = min(shifts, key=lambda s: losses[s])
    return tuple(row.bits_at(shift) for row in rows)
