# SPDX-License-Identifier: MIT
"""The integer grid a linear model computes on: the stored integers, or fixed point of floats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Domain
from thumbling.ir.source import INPUT, SourceGraph
from thumbling.ir.types import InputSpec
from thumbling.quantize.affine import Feature, carry_from
from thumbling.quantize.column_ranges import known_ranges
from thumbling.quantize.proof import EVERYWHERE
from thumbling.quantize.upward import GREATEST, ROUNDOFF, above, upward

# The shifts that `Quantize` knows: greatest floats need the least, subnormals more than there are.
_LEAST_SHIFT, _MOST_SHIFT = -97, 125
# Of a column that nothing depends on.
_NO_RANGE = (-1.0, 1.0)
_EVERY_FLOAT = (-GREATEST["float32"], GREATEST["float32"])


@dataclass(frozen=True, slots=True, kw_only=True)
class InputGrid:
    """Features in integers q, how floats get there (`shift` per feature, `bits`), and for what.

    Feature j reads number `columns[j]` of `tensor`. `range_text` says for which inputs the error
    bounds hold, None if for no stated range; `domain` has their stored values, None where they are
    all.
    """

    features: tuple[Feature, ...]
    shift: tuple[int, ...]
    bits: int
    range_text: str | None
    domain: Domain | None
    columns: tuple[int, ...]
    tensor: str = INPUT


def _integer_ranges(
    source: SourceGraph, spec: InputSpec, data: npt.NDArray[np.generic] | None, name: str
) -> tuple[list[tuple[int, int]], str]:
    low, high = spec.dtype.bounds
    known, text = known_ranges(source, spec, data, name)
    if known is None:
        return [(low, high)] * spec.n_features, EVERYWHERE
    inside = [
        (low, high)
        if ends is None
        else tuple(
            function(min(max(end, low), high))
            for function, end in zip((math.floor, math.ceil), ends, strict=True)
        )
        for ends in known
    ]
    return [(int(a), int(b)) for a, b in inside], text


def _on_columns(
    source: SourceGraph, spec: InputSpec, columns: list[Feature], name: str
) -> tuple[tuple[Feature, ...], tuple[int, ...]]:
    """The features of those numbers that are affine in the input, and the columns they read."""
    dtype = "float32" if spec.dtype.is_float and spec.is_plain else "float64"
    features, trace = carry_from(source, name, {INPUT: list(columns)}, dtype), source.trace(name)
    assert trace is not None
    pairs = zip(features, trace.column.tolist(), strict=True)
    kept = [(feature, column) for feature, column in pairs if feature is not None]
    return tuple(feature for feature, _ in kept), tuple(column for _, column in kept)


def integer_grid(
    source: SourceGraph, spec: InputSpec, data: npt.NDArray[np.generic] | None, name: str
) -> InputGrid:
    """Stored integers as they are, for those numbers of a value that are affine in them."""
    low, high = spec.dtype.bounds
    n = spec.n_features
    seen, text = _integer_ranges(source, spec, data, name)
    features = []
    for j in range(n):
        feature = Feature(
            slope=Fraction(spec.scale[j]),
            offset=Fraction(spec.offset[j]),
            low=low,
            high=high,
            seen_low=int(seen[j][0]),
            seen_high=int(seen[j][1]),
            error=0.0,
        )
        feature.error = _storing_error(spec, j, max(abs(feature.seen_low), abs(feature.seen_high)))
        features.append(feature)
    every = all(ends == (low, high) for ends in seen)
    carried, columns = _on_columns(source, spec, features, name)
    return InputGrid(
        features=carried,
        columns=columns,
        shift=(),
        bits=0,
        range_text=text,
        domain=None if every else Domain(ranges=tuple((float(a), float(b)) for a, b in seen)),
    )


def _storing_error(spec: InputSpec, j: int, greatest: float) -> float:
    """Bound on what float64 loses in `stored * scale + offset` for |stored| up to `greatest`."""
    scale, offset = abs(spec.scale[j]), abs(spec.offset[j])
    product = greatest * scale
    error = 0.0
    if math.frexp(scale)[0] != 0.5:
        error += ROUNDOFF["float64"] * product
    if offset:
        error += ROUNDOFF["float64"] * (product + offset)
    return upward(error, 6)


def _shift_for(low: float, high: float, bits: int) -> int:
    """Most fraction bits with half a bit of headroom beyond the range, as far as shifts go."""
    reach = 1.5 * max(abs(low), abs(high))
    if reach == 0.0:
        return bits - 1
    shift = math.floor(math.log2((1 << (bits - 1)) / reach))
    return min(max(shift, _LEAST_SHIFT), _MOST_SHIFT)


def _rounding(greatest: float, shift: int, bits: int) -> Fraction:
    """Bound on what fixed point loses of floats up to `greatest`, saturation included."""
    unit = Fraction(2) ** -shift
    return max(unit / 2, Fraction(greatest) - ((1 << (bits - 1)) - 1) * unit)


def float_grid(
    source: SourceGraph,
    spec: InputSpec,
    data: npt.NDArray[np.generic] | None,
    bits: int,
    name: str,
) -> InputGrid | None:
    """Fixed point of `bits` bits for those numbers of a value that are affine in the input.

    None where that needs a range and none is known.
    """
    ranges, text = known_ranges(source, spec, data, name)
    if ranges is None and bits == 16:
        return None
    made = [
        _fixed_point(spec, j, None if ranges is None else ranges[j] or _NO_RANGE, bits)
        for j in range(spec.n_features)
    ]
    features, columns = _on_columns(source, spec, [feature for feature, _ in made], name)
    return InputGrid(
        features=features,
        columns=columns,
        shift=tuple(made[column][1] for column in columns),
        bits=bits,
        range_text=None if ranges is None else text,
        domain=None if ranges is None else Domain(ranges=tuple(e or _EVERY_FLOAT for e in ranges)),
    )


def _fixed_point(
    spec: InputSpec, j: int, ends: tuple[float, float] | None, bits: int
) -> tuple[Feature, int]:
    """Column j in fixed point for what is known of it, and its shift."""
    limit = (1 << (bits - 1)) - 1
    if ends is None:
        shift, seen_low, seen_high = 16, -limit, limit
        greatest = limit * 2.0**-shift
    else:
        shift = _shift_for(*ends, bits)
        greatest = max(map(abs, ends))
        unit = Fraction(2) ** shift
        seen_low = max(math.floor(Fraction(ends[0]) * unit), -limit)
        seen_high = min(math.ceil(Fraction(ends[1]) * unit), limit)
    scale = Fraction(spec.scale[j])
    error = above(abs(scale) * _rounding(greatest, shift, bits)) + _storing_error(spec, j, greatest)
    feature = Feature(
        slope=scale / Fraction(2) ** shift,
        offset=Fraction(spec.offset[j]),
        low=-limit,
        high=limit,
        seen_low=seen_low,
        seen_high=seen_high,
        error=upward(error),
        lacks=True,
    )
    return feature, shift
