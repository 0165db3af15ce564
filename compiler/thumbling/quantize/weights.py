# SPDX-License-Identifier: MIT
"""Weights of a linear model in integers: power-of-two scales, no overflow, proved errors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.linear import Linear
from thumbling.quantize.affine import Feature
from thumbling.quantize.integer_rows import (
    WORD,
    RealWeights,
    finest,
    integers,
    near,
    reach,
    result_error,
    seen,
    shift_for,
)
from thumbling.quantize.own_scales import own_scales
from thumbling.quantize.upward import GREATEST, TINIEST, above, sum_rounding

# What the integer exp of probabilities takes.
_MAX_COMMON_BITS = 40

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntWeights:
    """Integer weights of `bits` bits; result k is in units of 2**-fraction_bits[k].

    `low` and `high` bound the results over the whole grid, where `saturate` is set after bringing
    them to int32. `error[k]` bounds the error against the exact score of the source's coefficients
    where q is as seen.
    """

    weight: Int64Array
    bias: Int64Array
    bits: int
    accumulator_bits: int
    shift: int
    saturate: bool
    fraction_bits: tuple[int, ...]
    low: int
    high: int
    error: FloatArray


def fold_weights(linear: Linear, features: tuple[Feature, ...]) -> RealWeights:
    """Scalers and input scale put into the coefficients."""
    rows, biases = [], []
    for coef, intercept in zip(linear.coef.tolist(), linear.intercept.tolist(), strict=True):
        exact = [Fraction(c) for c in coef]
        rows.append(tuple(c * f.slope for c, f in zip(exact, features, strict=True)))
        offsets = (c * f.offset for c, f in zip(exact, features, strict=True))
        biases.append(Fraction(intercept) + sum(offsets, Fraction(0)))
    return RealWeights(weight=tuple(rows), bias=tuple(biases))


def score_size(linear: Linear, features: tuple[Feature, ...]) -> FloatArray:
    """The sum of the magnitudes that the source adds up for each score."""
    reach = np.array([f.magnitude for f in features])
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(linear.coef, order="C") @ reach + np.abs(linear.intercept))


def source_error(linear: Linear, features: tuple[Feature, ...], dtype: str) -> FloatArray:
    """Bounds on |source's own score - exact score of the grid|: rounding of inputs and of sums.

    `dtype` is what the source multiplies and adds in; infinite where that may overflow.
    """
    # In one order, so that a bound is that of the numbers and not of how they lie in memory.
    coef, size = np.abs(linear.coef, order="C"), score_size(linear, features)
    wrong = np.array([f.error for f in features])
    with np.errstate(all="ignore"):
        # The intercept is cast, where it is a plain number, and added: two terms more.
        lost = sum_rounding(len(features) + 2, dtype) * size
        lost += np.count_nonzero(coef, axis=1) * TINIEST[dtype]
        total = (coef @ wrong + lost) * (1.0 + (len(features) + 8) * 2.0**-52)
    return np.asarray(np.where(size < GREATEST[dtype] / 2, total, np.inf))


def spread(real: RealWeights, features: tuple[Feature, ...], *, whole: bool = False) -> FloatArray:
    """How far each score moves where q is as seen, or on the `whole` grid: the scale against
    which its error counts."""
    ends = [(f.low, f.high) if whole else seen(f) for f in features]
    width = np.array([float(high - low) for low, high in ends])
    weight = np.array([[above(abs(w)) for w in row] for row in real.weight])
    with np.errstate(all="ignore"):
        return np.asarray(weight @ width)


def _scales(
    real: RealWeights,
    features: tuple[Feature, ...],
    widths: tuple[int, int],
    *,
    common: bool,
    saturate: bool,
) -> tuple[int, ...]:
    if common:
        return (finest(real, features, *widths, _MAX_COMMON_BITS),) * len(real.bias)
    return own_scales(real, features, widths, saturate=saturate)


def quantize_weights(
    real: RealWeights,
    features: tuple[Feature, ...],
    bits: int,
    accumulator_bits: int,
    *,
    common: bool = True,
    saturate: bool = False,
) -> IntWeights:
    """The finest integer weights of that width whose sums are proved to fit the accumulator.

    Scores that compete need one `common` unit; values have one each, and the same shift. With
    `saturate` results are as fine as inputs near the seen ones allow; those far from them may
    saturate.
    """
    widths = (bits, accumulator_bits)
    scale_bits = _scales(real, features, widths, common=common, saturate=saturate)
    made = integers(real, features, scale_bits)
    low, high, _ = resolved = reach(made, [(f.low, f.high) for f in features])
    if saturate:
        resolved = reach(made, [near(f) for f in features])
    shift = shift_for(*resolved[:2])
    half = (1 << shift) >> 1
    ends = (low + half) >> shift, (high + half) >> shift
    errors = [
        result_error(real.row(k), features, (made[0][k], made[1][k]), (scale, shift))
        for k, scale in enumerate(scale_bits)
    ]
    return IntWeights(
        weight=np.array(made[0], dtype=np.int64),
        bias=np.array(made[1], dtype=np.int64),
        bits=bits,
        accumulator_bits=accumulator_bits,
        shift=shift,
        saturate=ends[0] < -WORD - 1 or ends[1] > WORD,
        fraction_bits=tuple(scale - shift for scale in scale_bits),
        low=max(ends[0], -WORD - 1),
        high=min(ends[1], WORD),
        error=np.array([above(error) for error in errors]),
    )
