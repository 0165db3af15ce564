# SPDX-License-Identifier: MIT
"""The integer grid a linear model computes on: the stored integers, or fixed point of floats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Domain
from thumbling.ir.source import SourceModel
from thumbling.ir.types import InputSpec
from thumbling.quantize.affine import Feature, fold_stages
from thumbling.quantize.upward import GREATEST, ROUNDOFF, above, upward

# Without data, scaled features are taken to be within eight standard deviations (ranges, quartile
# distances): beyond it a float input saturates.
_SCALED_REACH = 8
# The shifts that `Quantize` knows: greatest floats need the least, subnormals more than there are.
_LEAST_SHIFT, _MOST_SHIFT = -97, 125
_GREATEST = Fraction(GREATEST["float32"])
_DATA_TEXT = "inputs within the range of the data"
_SCALED_TEXT = f"inputs whose scaled features lie within -{_SCALED_REACH}..{_SCALED_REACH}"
_WIDER_TEXT = f"{_DATA_TEXT} or scaled to -{_SCALED_REACH}..{_SCALED_REACH}, whichever is wider"
_ANY_TEXT = "every stored input"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputGrid:
    """Features in integers q, how floats get there (`shift` per feature, `bits`), and for what.

    `range_text` says for which inputs the error bounds hold, None if for no stated range;
    `domain` has their stored values, None where they are all.
    """

    features: tuple[Feature, ...]
    shift: tuple[int, ...]
    bits: int
    range_text: str | None
    domain: Domain | None


def _finite_rows(data: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    rows = data.astype(np.float64)
    return rows[np.isfinite(rows).all(axis=1)]


def _known_ranges(
    source: SourceModel, spec: InputSpec, data: npt.NDArray[np.generic] | None
) -> tuple[list[tuple[float, float]] | None, str]:
    """Where the data lie or the scaler expects them: one alone may say far too little.

    A feature can be constant in the data, and data can be a single row.
    """
    scaled = scaled_ranges(source, spec)
    rows = _finite_rows(data) if data is not None else np.empty((0, spec.n_features))
    if not len(rows):
        return scaled, _SCALED_TEXT
    seen = list(zip(rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True))
    if scaled is None:
        return seen, _DATA_TEXT
    wider = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(seen, scaled, strict=True)]
    return wider, _WIDER_TEXT


def certified_ranges(
    source: SourceModel, spec: InputSpec, data: npt.NDArray[np.generic] | None
) -> list[tuple[float, float]] | None:
    """Stored ranges per feature for which a linear model's error is proved.

    None where that is every stored integer, or no range of float inputs is known.
    """
    if spec.dtype.is_float:
        return _float_ranges(source, spec, data)[0]
    ranges, text = _integer_ranges(source, spec, data)
    return None if text == _ANY_TEXT else [(float(a), float(b)) for a, b in ranges]


def _integer_ranges(
    source: SourceModel, spec: InputSpec, data: npt.NDArray[np.generic] | None
) -> tuple[list[tuple[int, int]], str]:
    low, high = spec.dtype.bounds
    known, text = _known_ranges(source, spec, data)
    if known is None:
        return [(low, high)] * spec.n_features, _ANY_TEXT
    inside = [
        (math.floor(min(max(a, low), high)), math.ceil(min(max(b, low), high))) for a, b in known
    ]
    return inside, text


def integer_grid(
    source: SourceModel,
    spec: InputSpec,
    data: npt.NDArray[np.generic] | None,
) -> InputGrid:
    """Stored integers as they are."""
    low, high = spec.dtype.bounds
    n = spec.n_features
    seen, text = _integer_ranges(source, spec, data)
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
    fold_stages(features, source.stages, "float64")
    every = all(ends == (low, high) for ends in seen)
    return InputGrid(
        features=tuple(features),
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


def scaled_ranges(source: SourceModel, spec: InputSpec) -> list[tuple[float, float]] | None:
    """Stored ranges in which scaled features stay within reach, if a scaler says."""
    if not any(step.kind in ("div", "mul") for s in source.stages for step in s.steps):
        return None
    wide = 1 << 62
    features = [
        Feature(
            slope=Fraction(s),
            offset=Fraction(o),
            low=-wide,
            high=wide,
            seen_low=0,
            seen_high=0,
            error=0.0,
        )
        for s, o in zip(spec.scale, spec.offset, strict=True)
    ]
    fold_stages(features, source.stages, "float64")
    ranges = []
    for f in features:
        if f.slope == 0:
            ranges.append((-1.0, 1.0))
            continue
        ends = [(sign * _SCALED_REACH - f.offset) / f.slope for sign in (-1, 1)]
        kept = [float(min(max(end, -_GREATEST), _GREATEST)) for end in ends]
        ranges.append((min(kept), max(kept)))
    return ranges


def _float_ranges(
    source: SourceModel, spec: InputSpec, data: npt.NDArray[np.generic] | None
) -> tuple[list[tuple[float, float]] | None, str | None]:
    ranges, text = _known_ranges(source, spec, data)
    return (None, None) if ranges is None else (ranges, text)


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
    source: SourceModel, spec: InputSpec, data: npt.NDArray[np.generic] | None, bits: int
) -> InputGrid | None:
    """Fixed point of `bits` bits. None where that needs a range and none is known."""
    ranges, text = _float_ranges(source, spec, data)
    if ranges is None and bits == 16:
        return None
    limit = (1 << (bits - 1)) - 1
    features, shifts = [], []
    for j in range(spec.n_features):
        if ranges is None:
            shift, seen_low, seen_high = 16, -limit, limit
            greatest = limit * 2.0**-shift
        else:
            shift = _shift_for(*ranges[j], bits)
            greatest = max(map(abs, ranges[j]))
            unit = Fraction(2) ** shift
            seen_low = max(math.floor(Fraction(ranges[j][0]) * unit), -limit)
            seen_high = min(math.ceil(Fraction(ranges[j][1]) * unit), limit)
        scale = Fraction(spec.scale[j])
        features.append(
            Feature(
                slope=scale / Fraction(2) ** shift,
                offset=Fraction(spec.offset[j]),
                low=-limit,
                high=limit,
                seen_low=seen_low,
                seen_high=seen_high,
                error=upward(
                    above(abs(scale) * _rounding(greatest, shift, bits))
                    + _storing_error(spec, j, greatest)
                ),
            )
        )
        shifts.append(shift)
    fold_stages(features, source.stages, "float32" if spec.is_plain else "float64")
    return InputGrid(
        features=tuple(features),
        shift=tuple(shifts),
        bits=bits,
        range_text=text,
        domain=None if ranges is None else Domain(ranges=tuple(ranges)),
    )
