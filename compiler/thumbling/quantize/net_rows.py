# SPDX-License-Identifier: MIT
"""Integer weights of a hidden layer, whose sums are brought to few bits by a shift alone.

Sums are in units of what they are stored in. A row of weights takes the most fraction bits that
fit, which a right shift takes off again: in part within the layer, where sums of 64 bits need
that, the rest behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from thumbling.ir.interval import Interval
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.source.arrays import FloatArray
from thumbling.quantize.affine import Feature
from thumbling.quantize.integer_rows import (
    RealWeights,
    finest,
    integers,
    reach,
    result_error,
    shift_for,
)
from thumbling.quantize.net_range import Range
from thumbling.quantize.net_recipe import Recipe
from thumbling.quantize.upward import above

_MOST_BITS = 30
_WORD = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HiddenRows:
    """Weights and biases with `bits[k]` fraction bits; the layer itself shifts by `shift`."""

    real: RealWeights
    unit: Fraction
    weight: list[list[int]]
    bias: list[int]
    bits: tuple[int, ...]
    shift: int
    width: int
    accumulator: int

    @property
    def scales(self) -> list[Fraction]:
        """What a unit of each of the layer's sums is."""
        return [self.unit / 2 ** (bits - self.shift) for bits in self.bits]

    def dense(self, reads: str, output: str) -> Dense:
        """The layer."""
        return Dense(
            inputs=(reads,),
            output=output,
            weight=np.array(self.weight, dtype=np.int8 if self.width == 8 else np.int16),
            bias=np.array(self.bias, dtype=np.int64),
            shift=self.shift,
            accumulator_bits=self.accumulator,
        )

    def requantize(self, stored: Range, reads: str, output: str) -> Requantize:
        """What brings its sums into their range."""
        shifts = np.array([bits - self.shift for bits in self.bits], dtype=np.int32)
        return Requantize(
            inputs=(reads,),
            output=output,
            shift=shifts[:1] if len(np.unique(shifts)) == 1 else shifts,
            low=stored.low,
            high=stored.high,
        )

    def errors(self, features: tuple[Feature, ...]) -> FloatArray:
        """Bounds on |sum of the features - ours before its range|, for each, in reals."""
        found = []
        for k, bits in enumerate(self.bits):
            row = self.weight[k], self.bias[k]
            error = result_error(self.real.row(k), features, row, (bits, self.shift))
            rounded = Fraction(1, 2) if bits > self.shift else Fraction(0)
            found.append(above((error + rounded) * self.unit))
        return np.array(found)


def interval(ends: list[tuple[int, int]]) -> Interval:
    """Bounds of values, one for each."""
    both = np.array(ends, dtype=np.int64)
    return Interval(low=both[:, 0], high=both[:, 1])


def hidden_rows(
    real: RealWeights, unit: Fraction, features: tuple[Feature, ...], recipe: Recipe, width: int
) -> HiddenRows:
    """The finest weights of so many bits; the unit is doubled where no right shift leads to it."""
    box = [(f.low, f.high) for f in features]
    narrow = all(abs(end) < _WORD for ends in box for end in ends)
    accumulator = recipe.sums if narrow else 64
    while True:
        scaled = RealWeights(
            weight=tuple(tuple(w / unit for w in row) for row in real.weight),
            bias=tuple(b / unit for b in real.bias),
        )
        rows = range(len(scaled.bias))
        bits = [finest(scaled.row(k), features, width, accumulator, _MOST_BITS) for k in rows]
        if not recipe.own_shift:
            bits = [min(bits)] * len(bits)
        weight, bias = integers(scaled, features, tuple(bits))
        low, high, _ = reach((weight, bias), box)
        shift = shift_for(low, high)
        if min(bits) >= shift:
            break
        unit *= 2 ** (shift - min(bits))
    return HiddenRows(
        real=scaled,
        unit=unit,
        weight=weight,
        bias=bias,
        bits=tuple(bits),
        shift=shift,
        width=width,
        accumulator=accumulator,
    )
