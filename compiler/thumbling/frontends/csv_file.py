# SPDX-License-Identifier: MIT
"""Tables of text: any usual delimiter and encoding, read in pieces so that memory stays bounded."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import DataError
from thumbling.frontends.cell_numbers import MISSING, NumberReader, is_number
from thumbling.frontends.table import Choice, Table, Wanted, column_name, is_numbered, table_of
from thumbling.frontends.unpack import MAX_UNPACKED_BYTES, too_large

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_LONGEST_ROW = 16 << 20  # characters
_CELLS_AT_ONCE = 1 << 16
_CELL_BYTES = 64  # of a Python string beside its characters
_ENCODINGS = (
    *((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32")),
    *((codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16")),
    *((codecs.BOM_UTF16_BE, "utf-16"), (b"", "utf-8"), (b"", "cp1252")),
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_Row = tuple[int, list[str]]


def read_csv(wanted: Wanted, content: bytes) -> Table:
    """The table in a file of text. Raises `DataError`, with row and column where there is one."""
    encoding = _encoding(wanted.name, content)
    delimiter, skipped = _delimiter(_lines(wanted.name, content, encoding))
    rows = _rows(wanted.name, _lines(wanted.name, content, encoding), delimiter, skipped)
    try:
        number, first = next(rows)
    except StopIteration:
        raise DataError(f"{wanted.name} is empty", hint="give at least one row") from None
    header = _header(first)
    choice = wanted.choose(header, len(first))
    body = _Body(wanted, header, choice, len(first))
    if header is None:
        body.add(number, first)
    for number, row in rows:
        body.add(number, row)
    return body.table()


class _Body:
    """The rows so far: features as numbers, other columns as text."""

    def __init__(
        self, wanted: Wanted, header: list[str] | None, choice: Choice, width: int
    ) -> None:
        self._wanted, self._header, self._width = wanted, header, width
        self._features = frozenset(choice.features)
        self._reader = NumberReader(wanted.name)
        self._waiting: list[list[str]] = []
        self._numbers: list[int] = []  # of the rows that wait
        self._done: list[list[npt.NDArray[Any]]] = [[] for _ in range(width)]
        self._taken = 0

    def add(self, number: int, row: list[str]) -> None:
        """Take a row. Raises `DataError` where it is too short or long, or no numbers."""
        if len(row) != self._width:
            raise DataError(
                f"{self._wanted.name}: row {number} has {len(row)} cells,"
                f" the first row has {self._width}",
                hint="every row needs the same number of cells",
            )
        self._waiting.append(row)
        self._numbers.append(number)
        if len(self._waiting) * self._width >= _CELLS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        for i, cells in enumerate(zip(*self._waiting, strict=True)):
            if i in self._features:
                name = column_name(self._header, i)
                column = self._reader.column(cells, self._numbers, name)
                self._taken += column.nbytes
            else:
                column = np.array(cells, dtype=object)
                self._taken += sum(map(len, cells)) + _CELL_BYTES * len(cells)
            self._done[i].append(column)
        if self._taken > MAX_UNPACKED_BYTES:
            raise too_large(self._wanted.name, MAX_UNPACKED_BYTES, DataError)
        self._waiting, self._numbers = [], []

    def table(self) -> Table:
        """All rows. Raises `DataError` where it is open what a comma in a number means."""
        self._flush()
        self._reader.finish()
        columns = [np.concatenate(parts) if parts else np.empty(0) for parts in self._done]
        return table_of(self._wanted, self._header, columns, range(len(columns[0])))


def _encoding(name: str, content: bytes) -> str:
    """UTF-8, what a byte-order mark says, or else the code page that Excel writes."""
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark) and _decodes(content, encoding):
            if encoding in ("utf-8", "cp1252") and _BINARY.search(content):
                break
            return encoding
    raise DataError(
        f"{name} is no text, so no CSV",
        hint="give CSV or JSON in UTF-8, NPY, NPZ, Parquet or Feather",
    )


def _decodes(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    try:
        for start in range(0, len(content), 1 << 20):
            decoder.decode(view[start : start + (1 << 20)])
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(name: str, content: bytes, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as text:
        while line := text.readline(_LONGEST_ROW):
            if len(line) >= _LONGEST_ROW:
                raise _too_long(name)
            yield line


def _too_long(name: str) -> DataError:
    return DataError(
        f"{name} has a row of more than {_LONGEST_ROW >> 20} million characters",
        hint="give one line per row, and close every quoted cell",
    )


def _delimiter(lines: Iterator[str]) -> tuple[str, int]:
    """What stands between cells, and how many lines before the table say just that.

    It is the delimiter that cuts the first lines into equally many cells, most of them numbers.
    """
    sample = [line for _, line in zip(range(_SAMPLE_LINES), lines, strict=False)]
    told = re.fullmatch(r"sep=(.)\r?\n?", sample[0], re.IGNORECASE) if sample else None
    if told:  # Excel's own first line
        return told[1], 1
    sample = [line for line in sample if line.strip()]
    best = max(_DELIMITERS, key=lambda d: _score(sample, d))
    if _score(sample, best)[0] or not _is_spaced(sample):
        return best, 0
    return " ", 0


def _score(sample: Sequence[str], delimiter: str) -> tuple[bool, float, int]:
    """Whether it cuts all lines alike, how many of the cells are numbers, how often it stands."""
    cells = _parsed(sample, delimiter)
    widths = {len(row) for row in cells}
    alike = len(widths) == 1 and widths != {1}
    below = [cell for row in cells[1:] or cells for cell in row]
    numbers = sum(is_number(cell) or cell.strip().lower() in MISSING for cell in below)
    return alike, numbers / max(1, len(below)) if alike else 0.0, sample[0].count(delimiter)


def _parsed(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return []


def _is_spaced(sample: Sequence[str]) -> bool:
    """Whether the lines are numbers with blanks between them, as `numpy.savetxt` writes."""
    return all(len(line.split()) > 1 for line in sample) and all(
        is_number(cell) for line in sample[1:] or sample for cell in line.split()
    )


def _rows(name: str, lines: Iterator[str], delimiter: str, skipped: int) -> Iterator[_Row]:
    """Rows that are not empty, with the number of the line in which each ends."""
    feed = _Feed(name, lines, blanks=delimiter == " ")
    reader = csv.reader(feed, delimiter=delimiter)
    try:
        for row in reader:
            feed.since = 0
            if row and reader.line_num > skipped:
                yield reader.line_num, row
    except csv.Error as error:
        raise DataError(
            f"{name}: row {reader.line_num} is no CSV: {error}",
            hint="quote cells that hold a delimiter, and close every quoted cell",
        ) from error


class _Feed:
    """Lines for the csv reader, as long as no row takes too many of them."""

    def __init__(self, name: str, lines: Iterator[str], *, blanks: bool) -> None:
        self._name, self._lines, self._blanks = name, lines, blanks
        self.since = 0  # characters since the last row was complete

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.since += len(line)
        if self.since > _LONGEST_ROW:
            raise _too_long(self._name)
        return " ".join(line.split()) if self._blanks else line


def _header(first: list[str]) -> list[str] | None:
    """The names in the first row; None where it is a row of data."""
    cells = [cell.strip() for cell in first]
    numbers = sum(map(is_number, cells))
    words = sum(not is_number(cell) and cell.lower() not in MISSING for cell in cells)
    return cells if words > numbers or is_numbered(cells) else None
