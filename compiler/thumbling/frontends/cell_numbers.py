# SPDX-License-Identifier: MIT
"""Numbers as people write them: missing values, truth values, a decimal comma, no guesses."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError

MISSING = frozenset(
    {
        *("", "?", "na", "n/a", "<na>", "#n/a", "#n/a n/a", "#na", "nan", "-nan", "null", "none"),
        *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    }
)
"""Cells without a value, in lower case: what pandas reads as missing, and `?`."""

_WORDS = {"true": 1.0, "false": 0.0, **dict.fromkeys(MISSING, math.nan)}
_WITH_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?|[-+]?\d+,")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_LOOKS_GROUPED = re.compile(r"[-+]?\d{1,3}([,.'’ _\u00a0\u202f]\d{3})+([.,]\d*)?")
_POINT = "write plain numbers, a point before the decimals and nothing between the thousands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell: its row and column as errors call them."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.text[:40]!r}"


class NumberReader:
    """Turns the cells of one file into float64, and finds out what a comma in it means.

    A comma is a decimal comma where one of the file's numbers can be nothing else (`0,5`) and none
    has a point. `finish` raises `DataError` where that stays open.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._point: Place | None = None
        self._comma: Place | None = None
        self._sure = False

    def column(self, cells: Sequence[Any], rows: Sequence[int], column: str) -> npt.NDArray[Any]:
        """The numbers of cells (text, numbers or None), NaN where one is missing.

        `rows` are their numbers in the file, `column` what errors call theirs. Raises `DataError`.
        """
        self._look_for_points(cells, rows, column)
        try:
            return np.array(list(map(float, cells)), dtype=np.float64)
        except (ValueError, TypeError, OverflowError):
            pairs = zip(cells, rows, strict=True)
            return np.array([self._number(cell, row, column) for cell, row in pairs])

    def _number(self, cell: Any, row: int, column: str) -> float:
        try:
            return float(cell)
        except (ValueError, TypeError, OverflowError):
            return self._odd(cell, row, column)

    def _odd(self, cell: Any, row: int, column: str) -> float:
        """The number of a cell that is none in Python."""
        if cell is None:
            return math.nan
        place = Place(row=row, column=column, text=str(cell))
        text = place.text.strip()
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if isinstance(cell, str) and _WITH_COMMA.fullmatch(text):
            self._comma = self._comma or place
            self._sure = self._sure or not _GROUPED.fullmatch(text)
            return float(text.replace(",", "."))
        raise self._no_number(place)

    def _no_number(self, place: Place) -> DataError:
        grouped = _LOOKS_GROUPED.fullmatch(place.text.strip())
        return DataError(
            f"{self._name}: {place} is no number",
            hint=_POINT if grouped else "the model takes numbers only; encode text first",
        )

    def _look_for_points(self, cells: Sequence[Any], rows: Sequence[int], column: str) -> None:
        """Remember the first point, and refuse what only Python takes for a number: `1_000`."""
        try:
            text = " ".join(cells)
        except TypeError:  # numbers among them, as in JSON
            text = " ".join([cell for cell in cells if isinstance(cell, str)])
        if "_" in text:
            at = next(i for i, cell in enumerate(cells) if isinstance(cell, str) and "_" in cell)
            raise self._no_number(Place(row=rows[at], column=column, text=cells[at]))
        if self._point is not None or "." not in text:
            return
        for i, cell in enumerate(cells):
            if isinstance(cell, str) and "." in cell and cell.strip().lower() not in MISSING:
                self._point = Place(row=rows[i], column=column, text=cell)
                return

    def finish(self) -> None:
        """Raise where a comma could stand before decimals or between thousands."""
        if self._comma is None:
            return
        if self._point is not None:
            raise DataError(
                f"{self._name}: {self._comma} has a comma, and a point stands in"
                f" {self._point}: which of them is before the decimals is open",
                hint=_POINT,
            )
        if not self._sure:
            raise DataError(
                f"{self._name}: {self._comma} may have a decimal comma or a comma between the"
                " thousands, and no other number tells which",
                hint=_POINT,
            )


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with a point or a comma before its decimals."""
    try:
        float(cell)
    except ValueError:
        return bool(_WITH_COMMA.fullmatch(cell.strip()))
    return "_" not in cell


def typed(cells: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """A column that is no feature: int64 or float64 where all cells are numbers, else text.

    Text stays as it stands in the file. Missing cells among numbers are NaN.
    """
    if cells.dtype != object:
        return cells
    given = [cell for cell in cells if not _void(cell)]
    if given and all(isinstance(cell, bool) for cell in given):
        return cells.astype(np.bool_) if len(given) == len(cells) else _texts(cells)
    if not all(is_number(cell) if isinstance(cell, str) else _is_real(cell) for cell in given):
        return _texts(cells)
    reader = NumberReader(name)
    try:
        numbers = reader.column(cells.tolist(), range(len(cells)), "")
        reader.finish()
    except DataError:
        return _texts(cells)
    whole = all(_is_whole(cell) for cell in cells) and bool((np.abs(numbers) <= 2.0**53).all())
    return numbers.astype(np.int64) if whole else numbers


def _texts(cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array(["" if cell is None else str(cell) for cell in cells], dtype=object)


def _void(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def _is_real(cell: Any) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _is_whole(cell: Any) -> bool:
    if isinstance(cell, str):
        return re.fullmatch(r"\s*[-+]?\d+\s*", cell) is not None
    return isinstance(cell, int) and not isinstance(cell, bool)
