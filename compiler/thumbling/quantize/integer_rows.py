# SPDX-License-Identifier: MIT
"""Rows of integer weights at given scales: how far their sums reach, and how far they are off."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from thumbling.quantize.affine import Feature

WORD: Final = 2**31 - 1
"""Greatest int32."""

# How far beyond what was seen a saturating layer still resolves.
_HEADROOM = 16

Integers = tuple[list[list[int]], list[int]]
"""Weights and bias of every row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealWeights:
    """Scores `weight @ q + bias` on the integer grid, in exact fractions."""

    weight: tuple[tuple[Fraction, ...], ...]
    bias: tuple[Fraction, ...]

    def row(self, k: int) -> RealWeights:
        """Score k alone."""
        return RealWeights(weight=(self.weight[k],), bias=(self.bias[k],))


def integers(
    real: RealWeights, features: tuple[Feature, ...], scale_bits: tuple[int, ...]
) -> Integers:
    """Rounded weights, and biases that take up the rounding at the middle of the seen range."""
    middle = [Fraction(seen(f)[0] + seen(f)[1], 2) for f in features]
    weights, biases = [], []
    for row, bias, bits in zip(real.weight, real.bias, scale_bits, strict=True):
        unit = Fraction(2) ** bits
        scaled = [w * unit for w in row]
        rounded = [round(w) for w in scaled]
        lost = sum(
            ((s - r) * m for s, r, m in zip(scaled, rounded, middle, strict=True)), Fraction(0)
        )
        weights.append(rounded)
        biases.append(round(bias * unit + lost))
    return weights, biases


def seen(feature: Feature) -> tuple[int, int]:
    """Least and greatest value that the layer reads where q is as seen."""
    low = min(max(feature.seen_low, feature.low), feature.high)
    return low, min(max(feature.seen_high, feature.low), feature.high)


def result_error(
    real: RealWeights,
    features: tuple[Feature, ...],
    made: tuple[list[int], int],
    bits: tuple[int, int],
) -> Fraction:
    """Greatest |result - exact score| of one score where q is as seen, by ends of features.

    `made` are its integer weights and bias; `bits` the fraction bits of their sums, and by how
    much these are shifted.
    """
    (weights, bias), (scale_bits, shift) = made, bits
    unit = Fraction(2) ** scale_bits
    half = (1 << shift) >> 1
    if not any(real.weight[0]):
        return abs((((bias + half) >> shift) << shift) / unit - real.bias[0])
    least = most = bias - real.bias[0] * unit
    for w, exact, f in zip(weights, real.weight[0], features, strict=True):
        ends = [(w - exact * unit) * q for q in seen(f)]
        least, most = least + min(ends), most + max(ends)
    return (max(abs(least), abs(most)) + half) / unit


def reach(made: Integers, box: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Least and greatest sum where q lies in a box, and a bound on every partial sum."""
    lows, highs, partials = [], [], []
    for row, bias in zip(*made, strict=True):
        ends = [sorted((w * b[0], w * b[1])) for w, b in zip(row, box, strict=True)]
        lows.append(bias + sum(e[0] for e in ends))
        highs.append(bias + sum(e[1] for e in ends))
        partials.append(abs(bias) + sum(max(abs(e[0]), abs(e[1])) for e in ends))
    return min(lows), max(highs), max(partials)


def binades(value: Fraction) -> int:
    """At most one more than the binary logarithm of a positive number, and not less than it."""
    return value.numerator.bit_length() - value.denominator.bit_length() + 1


def _first_scale(real: RealWeights, bits: int, most: int) -> int:
    """Most fraction bits with which every weight fits, at most `most`."""
    top = max((abs(w) for row in real.weight for w in row), default=Fraction(0))
    if top == 0:
        return 16
    greatest = (1 << (bits - 1)) - 1
    room = bits + 1 - binades(top)
    while round(top * Fraction(2) ** room) > greatest:
        room -= 1
    return min(room, most)


def near(feature: Feature) -> tuple[int, int]:
    """Where results must not saturate: sixteen times as far as q was seen."""
    far = _HEADROOM * max(1, *map(abs, seen(feature)))
    return max(feature.low, -far), min(feature.high, far)


def shift_for(low: int, high: int) -> int:
    """The least shift after which rounded sums fit int32."""
    shift = max(0, max(abs(low), abs(high)).bit_length() - 31)
    half = (1 << shift) >> 1
    while (high + half) >> shift > WORD or (low + half) >> shift < -WORD - 1:
        shift, half = shift + 1, 1 << shift
    return shift


def finest(
    real: RealWeights,
    features: tuple[Feature, ...],
    bits: int,
    accumulator_bits: int,
    most: int,
) -> int:
    """Most fraction bits with which weights fit and no partial sum leaves the accumulator."""
    whole = [(f.low, f.high) for f in features]
    scale_bits = _first_scale(real, bits, most)
    while True:
        made = integers(real, features, (scale_bits,) * len(real.bias))
        partial = reach(made, whole)[2]
        if partial <= (WORD if accumulator_bits == 32 else 2**62):
            return scale_bits
        scale_bits -= max(1, partial.bit_length() - (accumulator_bits - 1))
