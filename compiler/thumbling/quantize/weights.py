# SPDX-License-Identifier: MIT
"""Weights of a linear model in integers: one power-of-two scale, no overflow, a proved error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.source import Linear
from thumbling.quantize.affine import Feature

_MAX_FRACTION_BITS = 40
_WORD = 2**31 - 1
# How far beyond what was seen a saturating layer still resolves.
_HEADROOM = 16

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWeights:
    """Scores `weight @ q + bias` on the integer grid, in exact fractions."""

    weight: tuple[tuple[Fraction, ...], ...]
    bias: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntWeights:
    """Integer weights of `bits` bits; results are in units of 2**-fraction_bits.

    `low` and `high` bound the results over the whole grid, where `saturate` is set after bringing
    them to int32. `error` bounds the error against the exact scores of the source's coefficients
    where q is as seen.
    """

    weight: Int64Array
    bias: Int64Array
    bits: int
    accumulator_bits: int
    shift: int
    saturate: bool
    fraction_bits: int
    low: int
    high: int
    error: float


def fold_weights(linear: Linear, features: tuple[Feature, ...]) -> RealWeights:
    """Scalers and input scale put into the coefficients."""
    rows, biases = [], []
    for coef, intercept in zip(linear.coef.tolist(), linear.intercept.tolist(), strict=True):
        exact = [Fraction(c) for c in coef]
        rows.append(tuple(c * f.slope for c, f in zip(exact, features, strict=True)))
        offsets = (c * f.offset for c, f in zip(exact, features, strict=True))
        biases.append(Fraction(intercept) + sum(offsets, Fraction(0)))
    return RealWeights(weight=tuple(rows), bias=tuple(biases))


def source_error(linear: Linear, features: tuple[Feature, ...], dtype: str) -> float:
    """Bound on |source's own score - exact score of the grid|: rounding of inputs and of sums."""
    reach = np.array([f.magnitude for f in features])
    wrong = np.array([f.error for f in features])
    size = np.abs(linear.coef) @ reach + np.abs(linear.intercept)
    roundoff = (2.0**-23 if dtype == "float32" else 2.0**-52) * (len(features) + 2)
    return float((np.abs(linear.coef) @ wrong + roundoff * size).max())


def spread(real: RealWeights, features: tuple[Feature, ...]) -> float:
    """How far the scores move where q is as seen: the scale against which errors count."""
    width = np.array(
        [float(max(min(f.seen_high, f.high) - max(f.seen_low, f.low), 0)) for f in features]
    )
    weight = np.array([[float(w) for w in row] for row in real.weight])
    return float((np.abs(weight) @ width).max())


def _integers(
    real: RealWeights, features: tuple[Feature, ...], scale_bits: int
) -> tuple[list[list[int]], list[int]]:
    """Rounded weights, and biases that take up the rounding at the middle of the seen range."""
    unit = Fraction(2) ** scale_bits
    middle = [Fraction(_seen(f)[0] + _seen(f)[1], 2) for f in features]
    weights, biases = [], []
    for row, bias in zip(real.weight, real.bias, strict=True):
        scaled = [w * unit for w in row]
        rounded = [round(w) for w in scaled]
        lost = sum(
            ((s - r) * m for s, r, m in zip(scaled, rounded, middle, strict=True)), Fraction(0)
        )
        weights.append(rounded)
        biases.append(round(bias * unit + lost))
    return weights, biases


def _seen(feature: Feature) -> tuple[int, int]:
    low = min(max(feature.seen_low, feature.low), feature.high)
    return low, min(max(feature.seen_high, feature.low), feature.high)


def _error(
    real: RealWeights,
    features: tuple[Feature, ...],
    weights: list[list[int]],
    biases: list[int],
    scale_bits: int,
) -> Fraction:
    """Greatest |integer sum - exact score| where q is as seen, by the ends of every feature."""
    unit = Fraction(2) ** scale_bits
    worst = Fraction(0)
    for k, row in enumerate(weights):
        least = most = biases[k] - real.bias[k] * unit
        for w, exact, f in zip(row, real.weight[k], features, strict=True):
            ends = [(w - exact * unit) * q for q in _seen(f)]
            least, most = least + min(ends), most + max(ends)
        worst = max(worst, abs(least), abs(most))
    return worst / unit


def _reach(
    weights: list[list[int]], biases: list[int], box: list[tuple[int, int]]
) -> tuple[int, int, int]:
    """Least and greatest sum where q lies in a box, and a bound on every partial sum."""
    low = high = partial = None
    for row, bias in zip(weights, biases, strict=True):
        ends = [sorted((w * b[0], w * b[1])) for w, b in zip(row, box, strict=True)]
        least = bias + sum(e[0] for e in ends)
        most = bias + sum(e[1] for e in ends)
        size = abs(bias) + sum(max(abs(e[0]), abs(e[1])) for e in ends)
        low = least if low is None else min(low, least)
        high = most if high is None else max(high, most)
        partial = size if partial is None else max(partial, size)
    assert low is not None
    assert high is not None
    assert partial is not None
    return low, high, partial


def _first_scale(real: RealWeights, bits: int) -> int:
    """Most fraction bits with which every weight fits, capped."""
    top = max((abs(w) for row in real.weight for w in row), default=Fraction(0))
    if top == 0:
        return 16
    room = math.floor(math.log2((1 << (bits - 1)) - 1) - math.log2(top)) + 1
    while round(top * Fraction(2) ** room) > (1 << (bits - 1)) - 1:
        room -= 1
    return min(room, _MAX_FRACTION_BITS)


def _near(feature: Feature) -> tuple[int, int]:
    """Where results must not saturate: sixteen times as far as q was seen."""
    reach = _HEADROOM * max(1, *map(abs, _seen(feature)))
    return max(feature.low, -reach), min(feature.high, reach)


def _shift_for(low: int, high: int) -> int:
    """The least shift after which rounded sums fit int32."""
    shift = max(0, max(abs(low), abs(high)).bit_length() - 31)
    half = (1 << shift) >> 1
    while (high + half) >> shift > _WORD or (low + half) >> shift < -_WORD - 1:
        shift, half = shift + 1, 1 << shift
    return shift


def quantize_weights(
    real: RealWeights,
    features: tuple[Feature, ...],
    bits: int,
    accumulator_bits: int,
    *,
    saturate: bool = False,
) -> IntWeights:
    """The finest integer weights of that width whose sums are proved to fit the accumulator.

    With `saturate` results are as fine as inputs near the seen ones allow; those far from them
    may saturate.
    """
    whole = [(f.low, f.high) for f in features]
    scale_bits = _first_scale(real, bits)
    while True:
        weights, biases = _integers(real, features, scale_bits)
        low, high, partial = _reach(weights, biases, whole)
        if partial <= (_WORD if accumulator_bits == 32 else 2**62):
            break
        scale_bits -= max(1, partial.bit_length() - (accumulator_bits - 1))
    resolved = (low, high)
    if saturate:
        resolved = _reach(weights, biases, [_near(f) for f in features])[:2]
    shift = _shift_for(*resolved)
    half = (1 << shift) >> 1
    fraction_bits = scale_bits - shift
    ends = (low + half) >> shift, (high + half) >> shift
    error = _error(real, features, weights, biases, scale_bits)
    if shift:
        error += Fraction(1, 2) / Fraction(2) ** fraction_bits
    return IntWeights(
        weight=np.array(weights, dtype=np.int64),
        bias=np.array(biases, dtype=np.int64),
        bits=bits,
        accumulator_bits=accumulator_bits,
        shift=shift,
        saturate=ends[0] < -_WORD - 1 or ends[1] > _WORD,
        fraction_bits=fraction_bits,
        low=max(ends[0], -_WORD - 1),
        high=min(ends[1], _WORD),
        error=math.nextafter(float(error), math.inf),
    )
