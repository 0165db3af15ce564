# SPDX-License-Identifier: MIT
"""Sums of integers times real factors, with proved errors: one `Blend` in a power of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from thumbling.ir.graph import Certificate
from thumbling.ir.ops.blend import Blend
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.affine import Feature
from thumbling.quantize.integer_rows import binades, seen
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import certified, where_all
from thumbling.quantize.stored import Integers
from thumbling.quantize.upward import above, sum_rounding, upward

# What the integer exp of probabilities takes.
_MOST_BITS = 40
_MOST_SHIFT = 40
_MULTIPLIER, _RESULT, _SUM = 31, 30, 62


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """`factor[j] *` number j of `read`, added to result `place[j]`."""

    read: Integers
    factor: tuple[Fraction, ...]
    place: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """One integer that is added: its real factor, its greatest magnitude, where it goes."""

    factor: Fraction
    most: int
    place: int


def _numbers(terms: Sequence[Term], at: Lowering) -> list[_Number]:
    found = []
    for term in terms:
        most = max(map(abs, at.bounds_of(term.read.tensor)))
        for feature, factor, place in zip(term.read.features, term.factor, term.place, strict=True):
            found.append(_Number(factor=factor * feature.slope, most=most, place=place))
    return found


def _constants(terms: Sequence[Term], added: Sequence[Fraction]) -> list[Fraction]:
    total = list(added)
    for term in terms:
        for feature, factor, place in zip(term.read.features, term.factor, term.place, strict=True):
            total[place] += factor * feature.offset
    return total


def _room(value: Fraction, limit: int, most: int) -> int:
    """Most fraction bits with which a number stays below 2**limit, at most `most`."""
    return min(most, limit - binades(value) - 1) if value else most


def _bits(numbers: list[_Number], constants: list[Fraction], *, common: bool) -> list[int]:
    """Fraction bits of each result, so that it fits 31 bits."""
    sizes = [abs(constant) for constant in constants]
    for number in numbers:
        sizes[number.place] += abs(number.factor) * number.most
    bits = [_room(size, _RESULT, _MOST_BITS) for size in sizes]
    for number in numbers:
        bits[number.place] = min(bits[number.place], _room(number.factor, _MULTIPLIER, _MOST_BITS))
    return [min(bits)] * len(bits) if common else bits


def _shift(numbers: list[_Number], constants: list[Fraction], bits: list[int]) -> int:
    """The greatest shift with which multipliers and sums fit."""
    sizes = [abs(constant) for constant in constants]
    shift = _MOST_SHIFT
    for number in numbers:
        sizes[number.place] += abs(number.factor) * number.most
        unit = Fraction(2) ** bits[number.place]
        shift = min(shift, _room(number.factor * unit, _MULTIPLIER, _MOST_SHIFT))
    for size, own in zip(sizes, bits, strict=True):
        shift = min(shift, _room(size * Fraction(2) ** own, _SUM, _MOST_SHIFT))
    return max(shift, 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """Integers of a blend, and what rounding them does to each result at most."""

    multiplier: list[int]
    bias: list[int]
    shift: int
    bits: list[int]
    error: list[Fraction]


def _plan(numbers: list[_Number], constants: list[Fraction], *, common: bool) -> _Plan:
    bits = _bits(numbers, constants, common=common)
    shift = _shift(numbers, constants, bits)
    scales = [Fraction(2) ** (own + shift) for own in bits]
    half = (1 << shift) >> 1
    bias = [round(c * scale) for c, scale in zip(constants, scales, strict=True)]
    rounded = zip(bias, constants, scales, strict=True)
    error = [(abs(b - c * scale) + half) / scale for b, c, scale in rounded]
    multiplier = []
    for number in numbers:
        scale = scales[number.place]
        multiplier.append(round(number.factor * scale) if number.most else 0)
        error[number.place] += abs(number.factor - multiplier[-1] / scale) * number.most
    return _Plan(
        multiplier=multiplier,
        bias=[b + half for b in bias],
        shift=shift,
        bits=bits,
        error=error,
    )


def _inherited(terms: Sequence[Term], size: int, dtype: str, roundings: int) -> FloatArray:
    """Bounds on what errors of the terms, and the source's own rounding, do to each result."""
    wrong, reach = [0.0] * size, [0.0] * size
    n = sum(len(term.place) for term in terms)
    for term in terms:
        for feature, factor, place in zip(term.read.features, term.factor, term.place, strict=True):
            weight = above(abs(factor))
            wrong[place] = upward(wrong[place] + weight * feature.error, 2)
            reach[place] = upward(reach[place] + weight * feature.magnitude, 2)
    lost = sum_rounding(roundings + n, dtype)
    return np.array([upward(w + lost * r, 3) for w, r in zip(wrong, reach, strict=True)])


def _results(
    op: Blend, plan: _Plan, terms: Sequence[Term], error: FloatArray, at: Lowering
) -> tuple[Feature, ...]:
    ends = [at.bounds_of(name) for name in op.inputs for _ in range(at.width_of(name))]
    low, high = _reached(op, ends)
    seen_low, seen_high = _reached(op, [seen(f) for term in terms for f in term.read.features])
    return tuple(
        Feature(
            slope=Fraction(2) ** -bits,
            offset=Fraction(0),
            low=low[k],
            high=high[k],
            seen_low=seen_low[k],
            seen_high=seen_high[k],
            error=float(error[k]),
        )
        for k, bits in enumerate(plan.bits)
    )


def _reached(op: Blend, ends: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Least and greatest value of each result, for numbers between these ends."""
    low, high = op.bias.tolist(), op.bias.tolist()
    pairs = zip(op.place.tolist(), op.multiplier.tolist(), strict=True)
    for (k, multiplier), number in zip(pairs, ends, strict=True):
        least, most = sorted(multiplier * end for end in number)
        low[k], high[k] = low[k] + least, high[k] + most
    return [total >> op.shift for total in low], [total >> op.shift for total in high]


def blend(
    terms: Sequence[Term],
    size: int,
    name: str,
    at: Lowering,
    *,
    added: Sequence[Fraction] | None = None,
    common: bool = True,
    dtype: str = "",
    roundings: int = 4,
) -> Integers:
    """All terms added up, plus `added` for each of the `size` results, in a tensor called `name`.

    Results have one `common` unit, or one each. The source does the same in `dtype` (by default
    that of the widest part) with at most `roundings` operations besides one for each number; the
    sum of their magnitudes must be that of factors times parts.
    """
    parts = [term.read for term in terms]
    dtype = dtype or at.wider(part.computed_in for part in parts)
    numbers = _numbers(terms, at)
    constants = _constants(terms, added or [Fraction(0)] * size)
    plan = _plan(numbers, constants, common=common)
    op = Blend(
        inputs=tuple(part.tensor for part in parts),
        output=name,
        multiplier=np.array(plan.multiplier, dtype=np.int32),
        place=np.array([number.place for number in numbers], dtype=np.int32),
        bias=np.array(plan.bias, dtype=np.int64),
        shift=plan.shift,
    )
    inherited = _inherited(terms, size, dtype, roundings)
    if added is not None:
        lost = sum_rounding(roundings, dtype)
        inherited = inherited + np.array([upward(lost * above(abs(a)), 2) for a in added])
    ours = np.array([above(error) for error in plan.error])
    error = (inherited + ours) * (1 + 2.0**-50)
    features = _results(op, plan, terms, error, at)
    at.draft.add(
        op,
        TensorType(
            shape=(size,),
            quant=quant([feature.slope for feature in features]),
            low=min(feature.low for feature in features),
            high=max(feature.high for feature in features),
        ),
    )

    def own() -> Certificate:
        return certified(parts, error, "its parts are bounded, and so is how they are added up")

    return Integers(
        tensor=name,
        features=features,
        where=where_all(part.where for part in parts),
        computed_in=dtype,
        certify=partial(certified, parts),
        own=own,
        least_best=lambda: -math.inf,
    )


def in_one_unit(read: Integers, at: Lowering, *, binary: bool = False) -> Integers:
    """Numbers that are plain multiples of one unit, as they are compared; of a power of two where
    it must be `binary`."""
    (unit, *others) = {feature.slope for feature in read.features}
    plain = unit > 0 and not others and not any(feature.offset for feature in read.features)
    if plain and (not binary or Fraction(2) ** (binades(unit) - 1) == unit):
        return read
    return rescaled(read, at.draft.name(f"{read.tensor}_alike"), at, common=True)


def rescaled(read: Integers, name: str, at: Lowering, *, common: bool) -> Integers:
    """The same numbers in units of powers of two without offsets; the source does nothing."""
    size = len(read.features)
    term = Term(read=read, factor=(Fraction(1),) * size, place=tuple(range(size)))
    return blend([term], size, name, at, common=common)
