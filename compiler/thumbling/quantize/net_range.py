# SPDX-License-Identifier: MIT
"""In which integers the sums of a hidden layer are stored, before its function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from thumbling.ir.source.activation import Function
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.types import DType
from thumbling.quantize.net_recipe import Recipe

# Beyond these the function is its limit, to half a unit of 8 bits and one of 16.
_FLAT: Final = {"tanh": {8: 3.0, 16: 5.5}, "logistic": {8: 6.5, 16: 11.0}}
# Parts of the seen range that may be worth having alone.
_PARTS: Final = np.arange(20, 0, -1) / 20
# Bits of the number that a unit is rounded up to: short fractions are fast.
_UNIT_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Integers `low..high` of a type, which stand for so many units."""

    unit: Fraction
    low: int
    high: int
    dtype: DType

    def limited(self, sums: FloatArray) -> FloatArray:
        """What real sums are once stored."""
        unit = float(self.unit)
        return np.asarray(np.clip(np.rint(sums / unit), self.low, self.high) * unit)


def _ends(function: Function, bits: int) -> tuple[int, int, DType]:
    """Rectified sums of 8 bits have no sign; those of 16 are signed, as multipliers take them."""
    if function == "relu":
        return (0, 255, DType.UINT8) if bits == 8 else (0, 32767, DType.INT16)
    dtype = DType.INT8 if bits == 8 else DType.INT16
    most = dtype.bounds[1]
    return -most, most, dtype


def _unit(top: float, high: int) -> Fraction:
    """At least top / high."""
    part, exponent = math.frexp(top / high)
    return Fraction(math.ceil(part * 2**_UNIT_BITS)) * Fraction(2) ** (exponent - _UNIT_BITS)


def sums_range(function: Function, recipe: Recipe, sums: FloatArray, bound: float) -> Range:
    """The range for the source's sums where the data lie, of shape (n, n_out); without data for
    all that lies within `bound`."""
    low, high, dtype = _ends(function, recipe.hidden)
    size = np.maximum(sums, 0) if function == "relu" else np.abs(sums)
    top = float(size.max(initial=0.0)) or bound or 1.0
    if function in _FLAT:
        top = min(top, _FLAT[function][recipe.hidden])

    def upto(end: float) -> Range:
        return Range(unit=_unit(end, high), low=low, high=high, dtype=dtype)

    if recipe.part is not None or not len(sums):
        return upto(top * (recipe.part or 1.0))
    real = np.maximum(sums, 0) if function == "relu" else sums
    ranges = [upto(top * part) for part in _PARTS.tolist()]
    return min(ranges, key=lambda found: float(((found.limited(sums) - real) ** 2).sum()))
