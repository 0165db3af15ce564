# SPDX-License-Identifier: MIT
"""Codes and bins: functions of one number that are constant but at a few points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.source.arrays import FloatArray, IntArray, Rows
from thumbling.ir.source.base import SourceOp, Trace

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Where functions of one column may jump: ascending finite numbers p0 < p1 < ..

    They part the numbers into `2 * len(at) + 1` places: below p0, p0 itself, between p0 and p1, p1
    itself, and so on. `known` says of each place whether the source answers there, `nan_known`
    whether it does for NaN.
    """

    at: FloatArray
    known: Flags
    nan_known: bool

    def __post_init__(self) -> None:
        if not np.isfinite(self.at).all() or (np.diff(self.at) <= 0).any():
            raise ValueError("points that do not rise, or are no numbers")
        if self.known.shape != (self.places,):
            raise ValueError("points whose places are not known one by one")

    @property
    def places(self) -> int:
        """How many places there are."""
        return 2 * len(self.at) + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piecewise(SourceOp):
    """`output[j] = value[j][place of input[column[j]]]`, or `nan_value[j]` for a NaN.

    `points` has one for each column of the input. Numbers are compared with points in the wider of
    both types; with `cast` points are rounded to the type of the array first, and with `reads`
    the array to that type: `real` makes integers float64. The result is of type `dtype`: `same` is
    that of the array, `float` too where that is a float, else float64.
    """

    points: tuple[Points, ...]
    column: IntArray
    value: tuple[FloatArray, ...]
    nan_value: FloatArray
    dtype: str
    cast: bool = False
    reads: str = ""

    def width(self, *widths: int) -> int:
        """See `SourceOp.width`."""
        (width,) = widths
        if len(self.points) != width:
            raise ValueError(f"codes of {len(self.points)} features, given {width}")
        if not len(self.column) or len(self.column) != len(self.value):
            raise ValueError("no codes at all, or some without a column")
        for column, value in zip(self.column.tolist(), self.value, strict=True):
            if not 0 <= column < width or value.shape != (self.points[column].places,):
                raise ValueError("codes that are not those of a column")
        return len(self.column)

    def seen(self, x: Rows) -> Rows:
        """The numbers as they are compared."""
        if self.reads == "real":
            return x if x.dtype.kind == "f" else x.astype(np.float64)
        return x.astype(self.reads) if self.reads else x

    def points_for(self, seen: Rows, at: FloatArray) -> Rows:
        """Points as numbers of that array are compared with them."""
        return at.astype(seen.dtype) if self.cast and seen.dtype.kind == "f" else at

    @np.errstate(all="ignore")
    def run(self, *x: Rows) -> Rows:
        """Codes of shape (n, outputs)."""
        seen = self.seen(x[0])
        out = np.empty((len(seen), len(self.column)), dtype=self._result_type(seen))
        for column in np.unique(self.column).tolist():
            out[:, self.codes_of(column)] = self.codes(seen[:, column], column)
        return out

    def codes_of(self, column: int) -> IntArray:
        """The results that are of a column."""
        return np.flatnonzero(self.column == column)

    def lone(self, column: int) -> Flags:
        """Which points of a column stand for something that neither side of them does."""
        points = self.points[column]
        refused, found = np.diff(points.known), np.zeros(len(points.at), dtype=np.bool_)
        for j in self.codes_of(column).tolist():
            differs = (np.diff(self.value[j]) != 0) | refused
            found |= differs[::2] & differs[1::2]
        return found

    def codes(self, number: Rows, column: int) -> Rows:
        """All results of a column for its numbers as they are seen, shapes (n,) -> (n, results)."""
        missing, place = np.isnan(number), self._places(number, column)
        found = [
            np.where(missing, self.nan_value[j], self.value[j][place])
            for j in self.codes_of(column).tolist()
        ]
        return np.stack(found, axis=1).astype(self._result_type(number))

    def _places(self, number: Rows, column: int) -> IntArray:
        at = self.points_for(number, self.points[column].at)
        number = np.where(np.isnan(number), 0, number)
        left, right = (np.searchsorted(at, number, side=side) for side in ("left", "right"))
        return np.asarray(left + right)

    def _result_type(self, seen: Rows) -> np.dtype[np.generic]:
        if self.dtype == "same" or (self.dtype == "float" and seen.dtype.kind == "f"):
            return seen.dtype
        return np.dtype("float64" if self.dtype == "float" else self.dtype)

    def trace(self, *widths: int) -> Trace:
        """Each its column; rising or falling where its values do."""
        sense = [
            1 if (np.diff(v) >= 0).all() else -1 if (np.diff(v) <= 0).all() else 0
            for v in self.value
        ]
        return Trace(
            source=np.zeros(len(self.column), dtype=np.int64),
            column=self.column,
            sense=np.array(sense, dtype=np.int64),
        )

    def nan_reaches(self, widths: tuple[int, ...], *nan: Flags) -> Flags | None:
        """See `SourceOp.nan_reaches`."""
        (mask,) = nan
        if any(not self.points[column].nan_known for column in np.flatnonzero(mask).tolist()):
            return None
        return np.asarray(mask[self.column] & np.isnan(self.nan_value))

    @np.errstate(all="ignore")
    def accepts(self, *x: Rows) -> Flags:
        """Rows without infinity whose codes are known."""
        seen = self.seen(x[0])
        good = ~np.isinf(seen).any(axis=1)
        for column, points in enumerate(self.points):
            known = points.known[self._places(seen[:, column], column)]
            good &= np.where(np.isnan(seen[:, column]), points.nan_known, known)
        return np.asarray(good)
