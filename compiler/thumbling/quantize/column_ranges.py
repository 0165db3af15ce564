# SPDX-License-Identifier: MIT
"""In what range each column of the input lies, as far as data, scalers and imputers say."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.ir.source import INPUT, SourceGraph, SourceOp
from thumbling.ir.source.elementwise import Elementwise
from thumbling.ir.source.fill import Fill
from thumbling.ir.types import InputSpec
from thumbling.quantize.affine import Feature, affine_numbers, carry_from, is_affine
from thumbling.quantize.upward import GREATEST

# Without data, scaled features are taken to be within eight standard deviations (ranges, quartile
# distances): beyond it a float input saturates.
_SCALED_REACH = 8
_GREATEST = Fraction(GREATEST["float32"])
_DATA_TEXT = "inputs within the range of the data"
_SCALED_TEXT = f"inputs whose scaled features lie within -{_SCALED_REACH}..{_SCALED_REACH}"
_WIDER_TEXT = f"{_DATA_TEXT} or scaled to -{_SCALED_REACH}..{_SCALED_REACH}, whichever is wider"
# Far beyond every stored number, and units far below what matters of one.
_WIDE, _UNIT = 1 << 200, Fraction(1, 1 << 40)

Ends = tuple[float, float]
Ranges = list[Ends | None]
"""Stored range of every column, None where nothing is known of it."""


def _seen(rows: npt.NDArray[np.float64], j: int) -> Ends:
    """Least and greatest number of a column; one of nothing but NaN says zero."""
    column = rows[:, j]
    kept = column[np.isfinite(column)]
    return (float(kept.min()), float(kept.max())) if len(kept) else (0.0, 0.0)


def known_ranges(
    source: SourceGraph, spec: InputSpec, data: npt.NDArray[np.generic] | None, name: str
) -> tuple[Ranges | None, str]:
    """Where the data lie or the scaler expects them: one alone may say far too little.

    A feature can be constant in the data, and data can be a single row. Only the columns count of
    which numbers of the value are affine functions; None where nothing is known of one of them.
    What stands for a missing number belongs to its range.
    """
    ranges, text = _without_fills(source, spec, data, name)
    if ranges is None or not spec.dtype.is_float:
        return ranges, text
    for column, constant in _fills(source, spec, name):
        if ranges[column] is not None:
            ranges[column] = _wider(ranges[column], (constant, constant))
    return ranges, text


def _without_fills(
    source: SourceGraph, spec: InputSpec, data: npt.NDArray[np.generic] | None, name: str
) -> tuple[Ranges | None, str]:
    scaled, used = scaled_ranges(source, spec, name), _columns_of(source, name)
    if data is None or not np.isfinite(data.astype(np.float64)).any():
        known = scaled is not None and all(scaled[j] is not None for j in used)
        return (scaled if known else None), _SCALED_TEXT
    rows = data.astype(np.float64)
    seen: Ranges = [_seen(rows, j) if j in used else None for j in range(spec.n_features)]
    if scaled is None:
        return seen, _DATA_TEXT
    return [_wider(*ends) for ends in zip(seen, scaled, strict=True)], _WIDER_TEXT


def _columns_of(source: SourceGraph, name: str) -> set[int]:
    """The columns of the input of which some number of a value is an affine function."""
    trace = source.trace(name)
    if trace is None:
        return set(range(source.n_features))
    return set(trace.column[affine_numbers(source, name)].tolist())


def _wider(one: Ends | None, other: Ends | None) -> Ends | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _scales(op: SourceOp) -> bool:
    return isinstance(op, Elementwise) and any(step.kind in ("div", "mul") for step in op.steps)


def _has_scaler(source: SourceGraph, name: str) -> bool:
    return any(_scales(op) for op in source.ancestors(name))


def _is_scaled(source: SourceGraph, name: str, j: int) -> bool:
    """Whether a scaler lies between the input and number j of a value."""
    while name != INPUT:
        op = source.producers[name]
        if _scales(op):
            return True
        trace = op.trace(*(source.widths[read] for read in op.inputs))
        assert trace is not None
        name, j = op.inputs[trace.source[j]], int(trace.column[j])
    return False


def scaled_values(source: SourceGraph) -> list[str]:
    """Values that are the scaled input, and are read by something else than scalers."""
    found = []
    for op in source.ops:
        if not is_affine(source, op.output) or not _has_scaler(source, op.output):
            continue
        if any(not is_affine(source, reader.output) for reader in source.readers(op.output)):
            found.append(op.output)
    return found


def scaled_ranges(source: SourceGraph, spec: InputSpec, *names: str) -> Ranges | None:
    """Stored ranges in which scaled features stay within reach, if a scaler says.

    Of the values named, or of all that are scaled. None for a column that none of them reads.
    """
    found: list[Ends | None] = [None] * spec.n_features
    for name in names or scaled_values(source):
        if source.trace(name) is None or not _has_scaler(source, name):
            continue
        for column, ends in _scaled_columns(source, spec, name):
            found[column] = ends if found[column] is None else _wider(ends, found[column])
    return found if any(ends is not None for ends in found) else None


def _scaled_columns(source: SourceGraph, spec: InputSpec, name: str) -> Iterator[tuple[int, Ends]]:
    features, trace = (
        carry_from(source, name, {INPUT: _wide_columns(spec)}, "float64"),
        source.trace(name),
    )
    assert trace is not None
    for j, (f, column) in enumerate(zip(features, trace.column.tolist(), strict=True)):
        if f is None or not _is_scaled(source, name, j):
            continue
        if f.slope == 0:
            yield column, (-1.0, 1.0)
            continue
        ends = [(sign * _SCALED_REACH - f.offset) / f.slope * _UNIT for sign in (-1, 1)]
        kept = [float(min(max(end, -_GREATEST), _GREATEST)) for end in ends]
        yield column, (min(kept), max(kept))


def _fills(source: SourceGraph, spec: InputSpec, name: str) -> Iterator[tuple[int, float]]:
    """Columns whose missing numbers are filled on the way to a value, and the stored constants."""
    if not any(isinstance(op, Fill) for op in source.ancestors(name)):
        return
    features, trace = (
        carry_from(source, name, {INPUT: _wide_columns(spec)}, "float64"),
        source.trace(name),
    )
    assert trace is not None
    for feature, column in zip(features, trace.column.tolist(), strict=True):
        if feature is not None and feature.missing is not None:
            constant = min(max(feature.missing * _UNIT, -_GREATEST), _GREATEST)
            yield column, float(constant)


def _wide_columns(spec: InputSpec) -> list[Feature | None]:
    """The columns of the input on a grid without ends, as fine as any."""
    return [
        Feature(
            slope=Fraction(s) * _UNIT,
            offset=Fraction(o),
            low=-_WIDE,
            high=_WIDE,
            seen_low=0,
            seen_high=0,
            error=0.0,
            lacks=True,
        )
        for s, o in zip(spec.scale, spec.offset, strict=True)
    ]
