# SPDX-License-Identifier: MIT
"""Codes and bins: one `Steps` op, which changes where the source does.

Where a number passes a point is found by bisection over its keys, as thresholds of trees are. Then
the source's own arithmetic says what stands for each range between, so codes have no error where
the number has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.ir.graph import Certificate
from thumbling.ir.interval import HIGH, LOW
from thumbling.ir.ops.steps import REFUSED, Steps
from thumbling.ir.source import INPUT
from thumbling.ir.source.arrays import FloatArray, Rows
from thumbling.ir.source.piecewise import Piecewise
from thumbling.ir.types import TensorType
from thumbling.passes.fold_thresholds import Axis, Compared, Int64, fold_thresholds
from thumbling.quantize.affine import Feature
from thumbling.quantize.gathering import Number, gather
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE, bounded, where_all
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers
from thumbling.quantize.tree_input import axis_of

_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """A column of what is coded: number `base[1]` of value `base[0]`, read at `place` of a tensor.

    `falls` says that it falls as that number rises; `error` bounds how far that number is off.
    """

    index: int
    base: tuple[str, int]
    falls: bool
    place: int
    axis: Axis
    error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Code:
    """One result: real values of pieces, and the keys between them; NaN is a value refused."""

    thresholds: tuple[int, ...]
    values: tuple[float, ...]
    error: bool

    @property
    def kept(self) -> list[float]:
        """The values that are no NaN."""
        return [value for value in self.values if not np.isnan(value)]


@quantizes(Piecewise)
def quantize_piecewise(op: Piecewise, at: Lowering) -> Integers:
    """All codes, of columns of the input or of integers that are computed."""
    (name,) = op.inputs
    bases = {j: at.source.base(name, j) for j in np.unique(op.column).tolist()}
    made = {base: at.integers(base) for base, _, _ in bases.values() if base != INPUT}
    tensor, columns = _columns(bases, made, at)
    codes: dict[int, _Code] = {}
    for column in columns:
        codes |= _codes(op, column, at)
    order = [codes[j] for j in range(len(op.column))]
    units = [_unit(code) for code in order]
    place = {column.index: column.place for column in columns}
    steps = _steps(op, tensor, [place[j] for j in op.column.tolist()], order, units)
    kept = steps.value[steps.value != REFUSED]
    kind = TensorType(shape=(len(order),), low=int(kept.min()), high=int(kept.max()))
    at.draft.add(steps, kind)
    features = tuple(map(_feature, order, units))
    where = where_all(part.where for part in made.values()) if made else EVERYWHERE
    error = np.array([feature.error for feature in features])

    def own() -> Certificate:
        return bounded(where, error, "codes are computed in integers")

    row = at.spec.real(np.zeros((1, at.spec.n_features), dtype=at.spec.dtype.numpy))
    narrow = at.source.value(op.output, row).dtype == np.float32
    return Integers(
        tensor=op.output,
        features=features,
        where=where,
        computed_in="float32" if narrow else "float64",
        certify=partial(bounded, where),
        own=own,
        least_best=lambda: -np.inf,
    )


def _columns(
    bases: Mapping[int, tuple[str, int, bool]], made: Mapping[str, Integers], at: Lowering
) -> tuple[str, list[_Column]]:
    """The tensor that codes read, and where in it the number of each column stands."""
    numbers = sorted({Number(value=value, column=j) for value, j, _ in bases.values()})
    if not made:
        tensor, place = INPUT, {(n.value, n.column): n.column for n in numbers}
    else:
        tensor = gather(numbers, made, at).tensor
        place = {(n.value, n.column): k for k, n in enumerate(numbers)}
    columns = [
        _Column(
            index=index,
            base=(value, j),
            falls=falls,
            place=place[value, j],
            axis=axis_of(value, made.get(value), at),
            error=made[value].features[j].error if value in made else 0.0,
        )
        for index, (value, j, falls) in bases.items()
    ]
    return tensor, columns


def _codes(op: Piecewise, column: _Column, at: Lowering) -> dict[int, _Code]:
    """The codes of a column, by number of the result."""
    cuts = _cuts(op, column)
    low, _ = column.axis.bounds
    values = _values(op, column, np.array([low, *(cut + 1 for cut in cuts)]))
    own = op.codes_of(column.index).tolist()
    for k, j in enumerate(own):
        if np.isnan(values[:, k]).any():
            _require_refused(op.output, j, at)
    thresholds = list(cuts)
    if column.base[0] == INPUT and at.spec.dtype.is_float:
        thresholds.insert(0, LOW)
        values = np.concatenate([_at_nan(op, column, values[0], at)[np.newaxis], values])
    return {j: _merged(thresholds, values[:, k], column) for k, j in enumerate(own)}


def _cuts(op: Piecewise, column: _Column) -> list[int]:
    """The keys after which the column is another place: beyond a point, or at one."""
    at = op.points[column.index].at
    n, (low, high) = len(at), column.axis.bounds
    what = Compared(
        name=op.inputs[0],
        feature=np.full(n, column.index, dtype=np.int64),
        column=np.full(n, column.base[1], dtype=np.int64),
        threshold=at,
        falls=np.full(n, column.falls),
    )

    def below(seen: Rows, points: FloatArray) -> np.ndarray:
        read = op.seen(seen)
        return np.asarray(read < op.points_for(read, points))

    def not_above(seen: Rows, points: FloatArray) -> np.ndarray:
        read = op.seen(seen)
        return np.asarray(read <= op.points_for(read, points))

    found = [fold_thresholds(column.axis, what, compare) for compare in (below, not_above)]
    keys = np.unique(np.concatenate(found)).tolist()
    return [key for key in keys if low <= key < high]


def _values(op: Piecewise, column: _Column, keys: Int64) -> FloatArray:
    """All codes of a column at some keys of it, shape (n, codes)."""
    at = np.full(len(keys), column.base[1], dtype=np.int64)
    seen = op.seen(column.axis.values(keys, at, op.inputs[0])[:, column.index])
    codes: FloatArray = op.codes(seen, column.index).astype(np.float64)
    return codes


def _at_nan(op: Piecewise, column: _Column, lowest: FloatArray, at: Lowering) -> FloatArray:
    """All codes of a column where the input is NaN. One alone says that the row is refused."""
    if not at.source.answers_nan(*column.base):
        return np.asarray(np.concatenate([[np.nan], lowest[1:]]))
    values: FloatArray = _values(op, column, np.array([HIGH]))[0]
    for k, j in enumerate(op.codes_of(column.index).tolist()):
        if np.isnan(values[k]):
            _require_refused(op.output, j, at)
    return np.asarray(values)


def _require_refused(name: str, j: int, at: Lowering) -> None:
    """Raise where a code that is NaN is answered by the source: integers have none."""
    if at.source.answers_nan(name, j):
        raise UnsupportedModelError(
            "an encoder answers NaN, which is no number, and what follows it takes that",
            hint="set encoded_missing_value and unknown_value to numbers of their own, such as -1",
        )


def _merged(thresholds: list[int], values: FloatArray, column: _Column) -> _Code:
    """A code without pieces that say the same as the one before them."""
    keys, kept = [], [float(values[0])]
    for key, value in zip(thresholds, values[1:].tolist(), strict=True):
        if value != kept[-1] and not (np.isnan(value) and np.isnan(kept[-1])):
            keys.append(key)
            kept.append(value)
    return _Code(thresholds=tuple(keys), values=tuple(kept), error=column.error != 0)


def _unit(code: _Code) -> Fraction:
    """The greatest power of two, one at most, of which all values are multiples."""
    exact = [Fraction(value) for value in code.kept]
    unit = Fraction(1, max(value.denominator for value in exact))
    if max(abs(value / unit) for value in exact) > _MOST:
        raise UnsupportedModelError(
            "an encoder answers numbers that are too far apart for integers of 32 bits",
            hint="set encoded_missing_value and unknown_value to small whole numbers, such as -1",
        )
    return unit


def _stored(code: _Code, unit: Fraction) -> Iterator[int]:
    for value in code.values:
        yield REFUSED if np.isnan(value) else int(Fraction(value) / unit)


def _steps(
    op: Piecewise, tensor: str, places: list[int], codes: list[_Code], units: list[Fraction]
) -> Steps:
    thresholds = [list(code.thresholds) for code in codes]
    values = [list(_stored(code, unit)) for code, unit in zip(codes, units, strict=True)]
    if not any(thresholds):
        # Tables hold something: a threshold that changes nothing.
        thresholds[0], values[0] = [0], values[0] * 2
    return Steps(
        inputs=(tensor,),
        output=op.output,
        column=np.array(places, dtype=np.int32),
        count=np.array([len(part) for part in thresholds], dtype=np.int32),
        threshold=np.array([key for part in thresholds for key in part], dtype=np.int32),
        value=np.array([value for part in values for value in part], dtype=np.int32),
    )


def _feature(code: _Code, unit: Fraction) -> Feature:
    """What the integers of a code mean. Of a number that is off, a code may be any other."""
    ends = [int(Fraction(value) / unit) for value in code.kept]
    low, high = min(ends), max(ends)
    return Feature(
        slope=unit,
        offset=Fraction(0),
        low=low,
        high=high,
        seen_low=low,
        seen_high=high,
        error=float((high - low) * unit) if code.error else 0.0,
    )
